"""One sign-in of an agent: ready, paused, in a call, gone; and her own line."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from dialer.core.database import transaction
from dialer.core.errors import Conflict, Invalid
from dialer.core.queue import Job
from dialer.domain.agent import PAUSE_LINE_LOST, PAUSE_STARTING, LineState, SessionState
from dialer.services import agents, conclusions
from dialer.services.conclusions import Conclusion
from dialer.store.agent_sessions import AgentSession, AgentSpan
from dialer.store.campaigns import Campaign
from tests.factories import Talk, hung_up, make_campaign, make_session, make_user, sid, talk
from tests.house import commit, queued, somebody_waits_for_a_lock, wait_for

S = SessionState
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now)


@pytest.fixture
def ready(session: Session, now: datetime, campaign: Campaign) -> AgentSession:
    return make_session(session, campaign, now)


@pytest.fixture
def talking(session: Session, now: datetime) -> Talk:
    return talk(session, now)


def spans(session: Session, agent: AgentSession) -> list[AgentSpan]:
    return list(
        session.exec(
            select(AgentSpan)
            .where(AgentSpan.agent_session_id == agent.id)
            .order_by(col(AgentSpan.started_at), col(AgentSpan.id))
        )
    )


def dispose(session: Session, talk: Talk, now: datetime) -> None:
    conclusions.conclude(session, talk.attempt, "not_now", Conclusion(), now)


def test_signing_on_rings_her_line_and_she_is_ready_when_it_is_up(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    agent = agents.start(session, make_user(session, now), campaign, now)
    assert (agent.state, agent.pause_code, agent.line) == (S.PAUSED, PAUSE_STARTING, LineState.CONNECTING)
    commit(session)
    assert queued() == [(Job.CALL_AGENT, str(agent.id))]
    agents.line_is_up(session, agent, "CA1", now + A_MINUTE)
    assert (agent.state, agent.pause_code, agent.line) == (S.READY, None, LineState.UP)
    assert agent.state_since == now + A_MINUTE


def test_a_second_tab_finds_the_session_that_is_there(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    user = make_user(session, now)
    agent = agents.start(session, user, campaign, now)
    assert agents.start(session, user, campaign, now + A_MINUTE) is agent
    commit(session)
    assert len(queued()) == 1
    other = make_campaign(session, now)
    with pytest.raises(Conflict, match=f"signed on to {campaign.name}"):
        agents.start(session, user, other, now)


def test_two_tabs_at_once_are_one_session(session: Session, now: datetime, campaign: Campaign) -> None:
    user = make_user(session, now)
    session.commit()

    def second_tab() -> UUID:
        with transaction() as other:
            return agents.start(other, user, campaign, now).id

    with ThreadPoolExecutor(1) as pool:
        mine = agents.start(session, user, campaign, now)
        theirs = pool.submit(second_tab)
        wait_for(lambda: somebody_waits_for_a_lock() or theirs.done())
        session.commit()
        assert theirs.result(timeout=15) == mine.id


def test_paused_while_ready_is_now_and_ready_again_when_she_says(
    session: Session, now: datetime, ready: AgentSession
) -> None:
    agents.pause(session, ready, "lunch", now + A_MINUTE)
    assert (ready.state, ready.pause_code) == (S.PAUSED, "lunch")
    agents.pause(session, ready, "coaching", now + 2 * A_MINUTE)
    assert (ready.state, ready.pause_code) == (S.PAUSED, "coaching")
    agents.get_ready(session, ready, now + 3 * A_MINUTE)
    assert (ready.state, ready.pause_code) == (S.READY, None)


@pytest.mark.parametrize("code", ["siesta", "", PAUSE_LINE_LOST])
def test_a_pause_nobody_knows_is_refused(
    session: Session, now: datetime, ready: AgentSession, code: str
) -> None:
    with pytest.raises(Invalid, match="break, lunch"):
        agents.pause(session, ready, code, now)


def test_a_pause_asked_for_in_a_call_begins_after_it(session: Session, now: datetime, talking: Talk) -> None:
    seen = []
    agents.pause(session, talking.agent, "break", now)
    seen.append(talking.agent.state)
    hung_up(session, talking, now + A_MINUTE)
    seen.append(talking.agent.state)
    assert seen == [S.ON_CALL, S.WRAP_UP]
    dispose(session, talking, now + 2 * A_MINUTE)
    assert (talking.agent.state, talking.agent.pause_code) == (S.PAUSED, "break")
    assert talking.agent.pause_after_call is None


def test_a_pause_asked_for_in_a_call_can_be_taken_back(
    session: Session, now: datetime, talking: Talk
) -> None:
    agents.pause(session, talking.agent, "break", now)
    agents.get_ready(session, talking.agent, now)
    dispose(session, talking, now)
    assert talking.agent.state is S.READY


def test_a_pause_asked_for_while_reserved_begins_when_the_call_comes_to_nothing(
    session: Session, now: datetime, campaign: Campaign, ready: AgentSession
) -> None:
    assert agents.reserve_longest_ready(session, campaign.id, now) is ready
    agents.pause(session, ready, "break", now)
    agents.release(session, ready.id, now)
    assert (ready.state, ready.pause_code, ready.pause_after_call) == (S.PAUSED, "break", None)


def test_stopping_ends_the_session_and_her_line(session: Session, now: datetime, ready: AgentSession) -> None:
    agents.stop(session, ready, now + A_MINUTE)
    assert (ready.state, ready.ended_at) == (S.OFFLINE, now + A_MINUTE)
    commit(session)
    assert queued() == [(Job.HANG_UP_AGENT, str(ready.id))]
    agents.stop(session, ready, now + 2 * A_MINUTE)
    assert ready.ended_at == now + A_MINUTE


def test_stopping_in_a_call_waits_for_its_end(session: Session, now: datetime, talking: Talk) -> None:
    agents.stop(session, talking.agent, now)
    assert talking.agent.state is S.ON_CALL
    dispose(session, hung_up(session, talking, now), now + A_MINUTE)
    assert (talking.agent.state, talking.agent.ended_at) == (S.OFFLINE, now + A_MINUTE)


def test_a_line_lost_while_ready_pauses_her_and_says_why(
    session: Session, now: datetime, ready: AgentSession
) -> None:
    agents.line_is_down(session, ready, ready.line_call_sid, now)
    assert (ready.state, ready.pause_code) == (S.PAUSED, PAUSE_LINE_LOST)
    assert (ready.line, ready.line_call_sid) == (LineState.DOWN, None)
    commit(session)
    assert queued() == []
    agents.get_ready(session, ready, now)
    assert (ready.state, ready.pause_code, ready.line) == (S.PAUSED, PAUSE_STARTING, LineState.CONNECTING)
    agents.line_is_up(session, ready, sid(), now)
    assert ready.state is S.READY


def test_a_line_lost_in_a_call_is_rung_again_at_once(session: Session, now: datetime, talking: Talk) -> None:
    agent, later = talking.agent, now + agents.REDIAL_AFTER
    agents.line_is_down(session, agent, agent.line_call_sid, later)
    assert (agent.state, agent.line) == (S.ON_CALL, LineState.CONNECTING)
    commit(session)
    assert queued() == [(Job.CALL_AGENT, str(agent.id))]
    agents.line_is_up(session, agent, "CA2", now)
    assert (agent.state, agent.line, agent.line_call_sid) == (S.ON_CALL, LineState.UP, "CA2")


def test_a_line_that_fails_at_once_is_not_rung_in_a_loop(
    session: Session, now: datetime, talking: Talk
) -> None:
    agent = talking.agent
    for _ in range(5):
        agents.line_is_down(session, agent, agent.line_call_sid, now)
    assert queued() == []
    agents.reconnect_line(session, agent, now + agents.REDIAL_AFTER)
    commit(session)
    assert queued() == [(Job.CALL_AGENT, str(agent.id))]


def test_a_line_that_is_still_down_after_the_call_pauses_her(
    session: Session, now: datetime, talking: Talk
) -> None:
    agents.line_is_down(session, talking.agent, talking.agent.line_call_sid, now)
    dispose(session, talking, now)
    assert (talking.agent.state, talking.agent.pause_code) == (S.PAUSED, PAUSE_LINE_LOST)


def test_news_of_a_leg_that_she_no_longer_has_is_nothing(
    session: Session, now: datetime, talking: Talk
) -> None:
    """Twice the end of the old leg: the new one, already asked for, is not given up."""
    agent, old = talking.agent, talking.agent.line_call_sid
    for _ in range(2):
        agents.line_is_down(session, agent, old, now + agents.REDIAL_AFTER)
    commit(session)
    assert queued() == [(Job.CALL_AGENT, str(agent.id))]
    agents.line_is_up(session, agent, "CA2", now)
    agents.line_is_down(session, agent, old, now)
    assert (agent.line, agent.line_call_sid) == (LineState.UP, "CA2")


def test_a_line_that_comes_up_after_she_left_is_ended(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    agent = agents.start(session, make_user(session, now), campaign, now)
    agents.stop(session, agent, now)
    session.info.clear()
    agents.line_is_up(session, agent, "CA1", now)
    assert agent.state is S.OFFLINE
    commit(session)
    assert queued() == [(Job.HANG_UP_AGENT, str(agent.id))]
    assert agent.line_call_sid == "CA1"


def test_the_spans_add_up_to_the_session_exactly(session: Session, now: datetime) -> None:
    """Ready, two calls, two pauses, off: every moment in one span and none in two."""
    story = talk(session, now)
    agent = story.agent
    at = [now + A_MINUTE * n for n in range(1, 9)]
    hung_up(session, story, at[0])
    agents.pause(session, agent, "break", at[1])
    dispose(session, story, at[2])
    agents.pause(session, agent, "admin", at[3])
    agents.get_ready(session, agent, at[4])
    agents.line_is_down(session, agent, agent.line_call_sid, at[5])
    agents.get_ready(session, agent, at[6])
    agents.line_is_up(session, agent, sid(), at[6])
    agents.stop(session, agent, at[7])
    rows = spans(session, agent)
    assert [row.ended_at for row in rows[:-1]] == [row.started_at for row in rows[1:]]
    assert (rows[0].started_at, rows[-1].ended_at) == (agent.started_at, agent.ended_at)
    spent = [(row.state, row.pause_code) for row in rows if row.ended_at != row.started_at]
    assert spent == [
        (S.ON_CALL, None),
        (S.WRAP_UP, None),
        (S.PAUSED, "break"),
        (S.PAUSED, "admin"),
        (S.READY, None),
        (S.PAUSED, PAUSE_LINE_LOST),
        (S.READY, None),
    ]


def test_somebody_who_is_gone_is_signed_off_as_of_then(
    session: Session, now: datetime, talking: Talk
) -> None:
    agents.end(session, talking.agent, now + A_MINUTE)
    assert (talking.agent.state, talking.agent.ended_at) == (S.OFFLINE, now + A_MINUTE)
    assert all(row.ended_at is not None for row in spans(session, talking.agent))
