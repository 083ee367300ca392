"""An agent who is asked before a person is passed on to her: her own line comes, and goes home again."""

from datetime import timedelta

import pytest

from dialer.core.database import transaction
from dialer.core.errors import Conflict
from dialer.domain.agent import AgentLine, LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegPurpose, LegState
from dialer.services import agents, colleagues, leg_sweeper, transfer_news, transfers
from dialer.store import legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.legs import Leg
from dialer.store.users import User
from tests.house import wait_for
from tests.sandbox.servers import Twilio
from tests.workers.legs import leg_becomes, leg_now
from tests.workers.situations import agent_now, becomes, hold, line_of, now_of, on_call
from tests.workers.test_transfers import LATER, PATIENCE, asks, colleague, talk_together, works
from workers import call_jobs, jobs

pytestmark = pytest.mark.usefixtures("web")
SOON = timedelta(seconds=6)


def asked(agent: AgentSession, attempt: Attempt, other: AgentSession) -> Leg:
    """The request, its job not run."""
    asks(
        lambda session, now: transfers.to_agent(
            session, agent.user_id, attempt.id, other.id, now, attended=True
        )
    )
    with transaction() as session:
        found = legs.last_of_attempt(session, attempt.id)
    assert found is not None
    return found


def asking(twilio: Twilio) -> tuple[AgentSession, Attempt, AgentSession, Leg]:
    """An agent with a person, the colleague whom she has asked, and the request."""
    agent, attempt = on_call(twilio)
    other = colleague(agent)
    return agent, attempt, other, asked(agent, attempt, other)


def consulting(twilio: Twilio) -> tuple[AgentSession, Attempt, AgentSession, Leg]:
    """The same, the two of them talking."""
    agent, attempt = on_call(twilio)
    other = colleague(agent)
    return agent, attempt, other, consulted(twilio, agent, attempt, other)


def consulted(twilio: Twilio, agent: AgentSession, attempt: Attempt, other: AgentSession) -> Leg:
    """Her line has come to the first agent's room, and the person is on hold."""
    leg = asked(agent, attempt, other)
    call_jobs.move_line(str(leg.id))
    call_jobs.apply_hold(str(attempt.id))
    leg_becomes(leg, LegState.JOINED)
    talk_together(twilio, agent.room, attempt.call_sid, agent.line_call_sid, other.line_call_sid)
    talk_together(twilio, other.room)
    return leg_now(leg)


def breaks_off(twilio: Twilio, agent: AgentSession) -> None:
    """Her line is lost, and rung again."""
    twilio.client.calls(str(agent.line_call_sid)).update(status="completed")
    line_of(agent, LineState.CONNECTING)


def is_home(twilio: Twilio, other: AgentSession, leg: Leg) -> AgentSession:
    """In her own room, ready, and known to be there."""
    leg_becomes(leg, LegState.ENDED)
    talk_together(twilio, other.room, other.line_call_sid)
    wait_for(lambda: agent_now(other).room_sid not in (None, other.room_sid))
    now = agent_now(other)
    assert (now.state, now.line, now.line_call_sid) == (
        SessionState.READY,
        LineState.UP,
        other.line_call_sid,
    )
    return now


@pytest.mark.parametrize("is_on_hold", [True, False])
def test_asked_then_left_with_the_person(sandbox: Twilio, is_on_hold: bool) -> None:
    agent, attempt, other, leg = consulting(sandbox)
    assert now_of(attempt).held_at is not None
    assert agent_now(other).state is SessionState.RESERVED
    assert agent_now(agent).line_call_sid == agent.line_call_sid
    if not is_on_hold:
        hold(agent, attempt, False)
        call_jobs.apply_hold(str(attempt.id))
    works(asks(lambda session, now: transfers.leave(session, agent.user_id, attempt.id)))
    wait_for(lambda: leg_now(leg).joined_at is not None)
    call_jobs.pass_on(str(attempt.id), str(agent.id), str(other.id))
    wait_for(lambda: agent_now(other).state is SessionState.ON_CALL)
    passed = now_of(attempt)
    assert (passed.state, passed.agent_id, passed.held_at) == (AttemptState.CONNECTED, other.user_id, None)
    assert agent_now(agent).state is SessionState.READY
    talk_together(sandbox, other.room, attempt.call_sid, other.line_call_sid)
    talk_together(sandbox, agent.room, agent.line_call_sid)
    assert leg_now(leg).state is LegState.ENDED
    with transaction() as session:
        assert legs.handed_on_to(session, attempt.id) is None
        assert transfers.passed_on_by(session, now_of(attempt)) != ""
    call_jobs.pass_on(str(attempt.id), str(agent.id), str(other.id))
    assert agent_now(other).state is SessionState.ON_CALL


def test_asked_then_the_person_taken_back_and_she_can_be_asked_again(sandbox: Twilio) -> None:
    agent, attempt, other, leg = consulting(sandbox)
    left = asks(lambda session, now: transfers.back(session, agent.user_id, attempt.id, now))
    assert agent_now(other).state is SessionState.RESERVED
    works(left)
    other = is_home(sandbox, other, leg)
    talk_together(sandbox, agent.room, attempt.call_sid, agent.line_call_sid)
    assert now_of(attempt).held_at is None
    consulted(sandbox, agent, attempt, other)


def test_a_colleague_at_a_telephone_presses_no_key_again(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    other = colleague(agent)
    with transaction() as session:
        session.get_one(User, other.user_id).line = AgentLine.PHONE
    leg = consulted(sandbox, agent, attempt, other)
    works(asks(lambda session, now: transfers.back(session, agent.user_id, attempt.id, now)))
    is_home(sandbox, other, leg)


def test_a_team_is_asked_by_who_has_been_ready_longest(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    other = colleague(agent)
    asks(
        lambda session, now: transfers.to_team(
            session, agent.user_id, attempt.id, other.campaign_id, now, attended=True
        )
    )
    with transaction() as session:
        leg = legs.of_line(session, other.id)
        assert leg is not None
        assert (leg.purpose, leg.user_id, leg.line_of) == (LegPurpose.CONSULT, other.user_id, other.id)


def test_a_person_who_hangs_up_meanwhile_sends_her_home(sandbox: Twilio) -> None:
    agent, attempt, other, leg = consulting(sandbox)
    sandbox.client.calls(str(attempt.call_sid)).update(status="completed")
    becomes(attempt, AttemptState.WRAP_UP)
    call_jobs.end_leg(str(leg.id))
    call_jobs.move_line(str(leg.id))
    is_home(sandbox, other, leg)
    talk_together(sandbox, agent.room, agent.line_call_sid)
    assert agent_now(agent).state is SessionState.WRAP_UP


def test_a_person_who_hangs_up_before_she_came_leaves_her_where_she_is(sandbox: Twilio) -> None:
    _, attempt, other, leg = asking(sandbox)
    sandbox.client.calls(str(attempt.call_sid)).update(status="completed")
    becomes(attempt, AttemptState.WRAP_UP)
    call_jobs.move_line(str(leg.id))
    is_home(sandbox, other, leg)


def test_her_line_that_is_lost_comes_back_to_the_one_who_asks(sandbox: Twilio) -> None:
    agent, attempt, other, leg = consulting(sandbox)
    breaks_off(sandbox, other)
    with transaction() as session, pytest.raises(Conflict):
        transfers.leave(session, agent.user_id, attempt.id)
    jobs.call_agent(str(other.id))
    back = line_of(other, LineState.UP)
    assert back.line_call_sid != other.line_call_sid
    talk_together(sandbox, agent.room, attempt.call_sid, agent.line_call_sid, back.line_call_sid)
    assert agent_now(agent).line_call_sid == agent.line_call_sid
    works(asks(lambda session, now: transfers.back(session, agent.user_id, attempt.id, now)))
    is_home(sandbox, back, leg)


def test_a_line_that_does_not_come_back_is_not_waited_for(sandbox: Twilio) -> None:
    agent, attempt, other, leg = consulting(sandbox)
    breaks_off(sandbox, other)
    with transaction() as session:
        row = session.get_one(AgentSession, other.id)
        row.line, row.line_call_sid = LineState.DOWN, None
    works(asks(lambda session, now: transfer_news.sweep(session, now + LATER, PATIENCE)))
    leg_becomes(leg, LegState.ENDED)
    let_go = agent_now(other)
    assert (let_go.state, let_go.pause_code) == (SessionState.PAUSED, "line_lost")
    with transaction() as session:
        assert "has left" in transfers.farewell(session, leg_now(leg))
    assert now_of(attempt).agent_id == agent.user_id


def test_the_first_agents_line_that_is_lost_comes_back_to_both(sandbox: Twilio) -> None:
    agent, attempt, other, _ = consulting(sandbox)
    breaks_off(sandbox, agent)
    jobs.call_agent(str(agent.id))
    back = line_of(agent, LineState.UP)
    talk_together(sandbox, agent.room, attempt.call_sid, back.line_call_sid, other.line_call_sid)
    assert agent_now(other).line_call_sid == other.line_call_sid


def test_a_first_agent_who_is_gone_sends_her_home(sandbox: Twilio) -> None:
    agent, _, other, leg = consulting(sandbox)
    with transaction() as session:
        session.get_one(AgentSession, agent.id).state = SessionState.OFFLINE
    works(asks(lambda session, now: leg_sweeper.left_over(session, now)))
    is_home(sandbox, other, leg)


def test_her_wish_to_stop_holds_when_she_is_home(sandbox: Twilio) -> None:
    agent, attempt, other, leg = consulting(sandbox)
    asks(lambda session, now: agents.stop(session, session.get_one(AgentSession, other.id), now))
    assert agent_now(other).state is SessionState.RESERVED
    works(asks(lambda session, now: transfers.back(session, agent.user_id, attempt.id, now)))
    leg_becomes(leg, LegState.ENDED)
    wait_for(lambda: agent_now(other).state is SessionState.OFFLINE)


def test_lost_jobs_are_made_good_and_she_stays_reserved_until_then(sandbox: Twilio) -> None:
    agent, attempt, other, leg = asking(sandbox)
    asks(lambda session, now: leg_sweeper.never_called(session, now + SOON, PATIENCE))
    assert leg_now(leg).state is LegState.CALLING
    works(asks(lambda session, now: transfer_news.sweep(session, now + SOON, PATIENCE)))
    leg_becomes(leg, LegState.JOINED)
    asks(lambda session, now: transfer_news.sweep(session, now + LATER, PATIENCE))
    assert (leg_now(leg).state, agent_now(other).state) == (LegState.JOINED, SessionState.RESERVED)
    asks(lambda session, now: transfers.leave(session, agent.user_id, attempt.id))
    works(asks(lambda session, now: transfer_news.sweep(session, now + SOON, PATIENCE)))
    wait_for(lambda: leg_now(leg).joined_at is not None)
    works(asks(lambda session, now: transfer_news.sweep(session, now + LATER, PATIENCE)))
    wait_for(lambda: agent_now(other).state is SessionState.ON_CALL)
    talk_together(sandbox, other.room, attempt.call_sid, other.line_call_sid)


def test_a_line_that_never_comes_is_given_up_and_she_is_free(sandbox: Twilio) -> None:
    _, _, other, leg = asking(sandbox)
    works(asks(lambda session, now: transfer_news.sweep(session, now + LATER, PATIENCE)))
    is_home(sandbox, other, leg)
    with transaction() as session:
        assert "could not be reached" in transfers.farewell(session, leg_now(leg))


def test_taken_back_while_the_person_is_about_to_go_the_person_stays(sandbox: Twilio) -> None:
    agent, attempt, other, leg = consulting(sandbox)
    works(asks(lambda session, now: transfers.leave(session, agent.user_id, attempt.id)))
    wait_for(lambda: leg_now(leg).joined_at is not None)
    left = asks(lambda session, now: transfers.back(session, agent.user_id, attempt.id, now))
    call_jobs.pass_on(str(attempt.id), str(agent.id), str(other.id))
    works(left)
    leg_becomes(leg, LegState.ENDED)
    wait_for(lambda: agent_now(other).state is SessionState.READY)
    kept = now_of(attempt)
    assert (kept.state, kept.agent_id, kept.held_at) == (AttemptState.CONNECTED, agent.user_id, None)
    talk_together(sandbox, agent.room, attempt.call_sid, agent.line_call_sid)


def test_her_desk_is_told_who_asks_about_whom(sandbox: Twilio) -> None:
    agent, attempt, other, _ = consulting(sandbox)
    with transaction() as session:
        question = colleagues.asked(session, session.get_one(AgentSession, other.id))
        assert question is not None
        assert (question.attempt.id, question.by != "") == (attempt.id, True)
        assert colleagues.asked(session, session.get_one(AgentSession, agent.id)) is None
