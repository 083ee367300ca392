"""How many calls each mode places, and what holds it back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from dialer.core.redis import get_redis
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.campaign import DialMode, StrictPacing
from dialer.domain.contact import ContactState
from dialer.services import agents, attempts, dialling, feeder, pacing
from dialer.services.answer_plans import JoinAgent
from dialer.services.pacing import Pace
from dialer.store import dial_queue
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.contacts import PRIORITY_RETRY
from tests.factories import (
    answer,
    make_attempt,
    make_campaign,
    make_contact,
    make_session,
    make_user,
    pace,
    place,
    sid,
)
from tests.house import commit


def staffed(session: Session, now: datetime, people: int, contacts: int = 40, **over: Any) -> Campaign:
    campaign = make_campaign(session, now, **{"strict_pacing": StrictPacing.OFF} | over)
    for _ in range(people):
        make_session(session, campaign, now)
    for _ in range(contacts):
        make_contact(session, campaign, now)
    return campaign


def remember(
    session: Session, campaign: Campaign, now: datetime, live: int, abandoned: int, others: int
) -> None:
    """Calls of the last hour: talked with, abandoned, and not answered."""
    called = make_contact(session, campaign, now)
    for index in range(live + abandoned + others):
        at = now - timedelta(minutes=50) + timedelta(seconds=index)
        is_live, is_lost = index < live, live <= index < live + abandoned
        make_attempt(
            session,
            called,
            at,
            state=AttemptState.CLOSED,
            outcome=Outcome.ANSWERED if is_live or is_lost else Outcome.NO_ANSWER,
            rang_at=at + timedelta(seconds=1),
            answered_at=at + timedelta(seconds=9) if is_live or is_lost else None,
            connected_at=at + timedelta(seconds=9) if is_live else None,
            is_abandoned=is_lost,
            abandoned_at=at + timedelta(seconds=11) if is_lost else None,
            call_ended_at=at + timedelta(seconds=60 if is_live else 25),
            closed_at=at + timedelta(seconds=70),
        )
    called.state = ContactState.CLOSED
    session.flush()


@pytest.mark.parametrize(
    ("mode", "lines", "calls"),
    [
        (DialMode.MANUAL, 3.0, 0),
        (DialMode.PROGRESSIVE, 3.0, 4),
        (DialMode.POWER, 1.0, 4),
        (DialMode.POWER, 1.6, 6),
        (DialMode.POWER, 2.5, 10),
    ],
)
def test_a_fixed_number_of_calls_for_each_ready_agent(
    session: Session, now: datetime, mode: DialMode, lines: float, calls: int
) -> None:
    campaign = staffed(session, now, 4, dial_mode=mode, lines_per_agent=lines)
    assert pace(session, campaign, now) == calls
    assert pace(session, campaign, now) == 0


def test_a_preview_for_each_ready_agent(session: Session, now: datetime) -> None:
    campaign = staffed(session, now, 3, dial_mode=DialMode.PREVIEW)
    assert pace(session, campaign, now) == 3
    assert session.exec(select(Attempt).where(Attempt.campaign_id == campaign.id)).all() == []


def test_one_campaign_changes_its_mode_while_it_runs(session: Session, now: datetime) -> None:
    campaign = staffed(session, now, 2)
    assert pace(session, campaign, now) == 2
    campaign.dial_mode, campaign.lines_per_agent = DialMode.POWER, 3.0
    assert pace(session, campaign, now) == 4
    campaign.dial_mode = DialMode.PREVIEW
    assert pace(session, campaign, now) == 0


def test_changed_to_preview_while_calls_ring_their_agents_are_kept_for_them(
    session: Session, now: datetime
) -> None:
    campaign = staffed(session, now, 3, 3)
    *ringing, over = [place(session, campaign, make_contact(session, campaign, now), now) for _ in range(3)]
    campaign.dial_mode = DialMode.PREVIEW
    assert pace(session, campaign, now) == 0
    attempts.progress(session, over, over.call_sid or "", "busy", 1, now)
    assert pace(session, campaign, now) == 1
    assert all(isinstance(answer(session, call, now), JoinAgent) for call in ringing)


def test_predictive_dials_more_than_one_call_an_agent_where_few_answer(
    session: Session, now: datetime
) -> None:
    campaign = staffed(session, now, 10, dial_mode=DialMode.PREDICTIVE, caller_id_calls_per_day=10_000)
    remember(session, campaign, now, live=100, abandoned=1, others=900)
    assert pace(session, campaign, now) > 10


@pytest.mark.parametrize("mode", [DialMode.POWER, DialMode.PREDICTIVE])
def test_past_the_limit_it_is_one_call_for_each_free_agent(
    session: Session, now: datetime, mode: DialMode
) -> None:
    campaign = staffed(session, now, 4, dial_mode=mode, lines_per_agent=4.0)
    campaign.started_at = now - timedelta(days=1)
    remember(session, campaign, now, live=50, abandoned=5, others=300)
    assert pace(session, campaign, now) == 4


@pytest.mark.parametrize("mode", [DialMode.POWER, DialMode.PREDICTIVE])
def test_without_a_number_to_call_back_nobody_is_dialled_ahead(
    session: Session, now: datetime, mode: DialMode
) -> None:
    campaign = staffed(session, now, 4, dial_mode=mode, lines_per_agent=4.0)
    session.get_one(Client, campaign.client_id).callback_number = ""
    session.flush()
    assert pace(session, campaign, now) == 4


def test_a_pacer_learns_from_what_it_sees(session: Session, now: datetime) -> None:
    """A call and a talk that ended between two looks are in the log."""
    campaign = staffed(session, now, 2)
    follows = Pace()
    follows.follow(session, [campaign], pacing.look(session, now))
    attempt = make_attempt(session, make_contact(session, campaign, now), now, state=AttemptState.RINGING)
    talker = make_session(session, campaign, now, state=SessionState.ON_CALL, state_since=now)
    follows.follow(session, [campaign], pacing.look(session, now))
    later = now + timedelta(seconds=40)
    attempt.state, attempt.outcome, attempt.call_ended_at = AttemptState.CLOSED, Outcome.BUSY, later
    talker.state, talker.state_since = SessionState.WRAP_UP, later
    session.flush()
    follows.follow(session, [campaign], pacing.look(session, later))
    history = follows.campaigns[campaign.id].history
    assert [(one.outcome, one.ended - one.dialled) for one in history.attempts] == [("busy", 40.0)]
    assert [one.seconds for one in history.talks] == [40.0]
    assert history.wraps == []


def test_who_was_abandoned_is_called_with_an_agent_held(session: Session, now: datetime) -> None:
    campaign = staffed(session, now, 0, 0, dial_mode=DialMode.POWER, lines_per_agent=3.0)
    agent = make_session(session, campaign, now)
    for _ in range(2):
        make_contact(session, campaign, now, abandoned_at=now - timedelta(hours=30))
    assert pace(session, campaign, now) == 1
    attempt = session.exec(select(Attempt).where(Attempt.campaign_id == campaign.id)).one()
    assert (attempt.agent_session_id, agent.state) == (agent.id, SessionState.RESERVED)


def ring(session: Session, campaign: Campaign, now: datetime, calls: int) -> list[Attempt]:
    return [place(session, campaign, make_contact(session, campaign, now), now) for _ in range(calls)]


def end(session: Session, calls: list[Attempt], now: datetime) -> None:
    for call in calls:
        attempts.progress(session, call, str(call.call_sid), "busy", 1, now)


@pytest.mark.parametrize("mode", [DialMode.PROGRESSIVE, DialMode.POWER])
def test_a_call_back_waits_while_a_call_may_need_its_agent(
    session: Session, now: datetime, mode: DialMode
) -> None:
    campaign = staffed(session, now, 0, 9, dial_mode=mode, lines_per_agent=3.0)
    agent = make_session(session, campaign, now)
    ringing = ring(session, campaign, now, 2)
    promised = make_contact(session, campaign, now, call_back_agent_id=agent.user_id, next_call_at=now)
    assert pace(session, campaign, now) == 0
    end(session, ringing[:1], now)
    assert isinstance(answer(session, ringing[1], now), JoinAgent)
    end(session, ringing[1:], now)
    assert agent.state is SessionState.READY
    assert pace(session, campaign, now) == 1
    assert (promised.state, agent.state) == (ContactState.HELD, SessionState.RESERVED)


@pytest.mark.parametrize(("mode", "calls"), [(DialMode.PROGRESSIVE, 0), (DialMode.POWER, 1)])
def test_where_no_agent_is_ever_spare_a_call_back_waits_a_minute(
    session: Session, now: datetime, mode: DialMode, calls: int
) -> None:
    """But it takes nobody from a person who has answered."""
    campaign = staffed(session, now, 1, 9, dial_mode=mode, lines_per_agent=3.0)
    agent = make_session(session, campaign, now)
    late = {"call_back_agent_id": agent.user_id, "next_call_at": now - dialling.CALL_BACK_WAITS}
    make_contact(session, campaign, now, **late)
    waiting = [
        make_attempt(session, make_contact(session, campaign, now), now, state=AttemptState.ANSWERED)
        for _ in range(2)
    ]
    ring(session, campaign, now, 4)
    assert pace(session, campaign, now) == 0
    end(session, waiting[:1], now)
    assert pace(session, campaign, now) == calls
    assert agent.state is (SessionState.RESERVED if calls else SessionState.READY)


def test_who_was_abandoned_takes_no_agent_whom_a_call_may_need(session: Session, now: datetime) -> None:
    campaign = staffed(session, now, 0, 9, dial_mode=DialMode.POWER, lines_per_agent=3.0)
    agent = make_session(session, campaign, now)
    ringing = ring(session, campaign, now, 2)
    abandoned = make_contact(
        session, campaign, now, priority=PRIORITY_RETRY, abandoned_at=now - timedelta(hours=30)
    )
    assert pace(session, campaign, now) == 0
    commit(session)
    assert dial_queue.position(get_redis(), campaign.id, abandoned.id) == 0
    end(session, ringing[:1], now)
    assert isinstance(answer(session, ringing[1], now), JoinAgent)
    end(session, ringing[1:], now)
    assert pace(session, campaign, now) == 1
    assert (abandoned.state, agent.state) == (ContactState.HELD, SessionState.RESERVED)


def test_no_agent_of_another_campaign_is_held(session: Session, now: datetime) -> None:
    """A call of the campaign in which she is counted may need her."""
    campaign, other = staffed(session, now, 0, 0), staffed(session, now, 0, 0)
    agent = agents.start(session, make_user(session, now), other, now, [campaign])
    agents.line_is_up(session, agent, sid(), now)
    make_contact(session, campaign, now, abandoned_at=now - timedelta(hours=30))
    feeder.feed(session, get_redis(), campaign, now)
    assert dialling.dial(session, get_redis(), campaign, 1, 9, now) == 0
    assert agent.state is SessionState.READY


def test_no_call_begins_beyond_what_the_carrier_takes(session: Session, now: datetime) -> None:
    campaign = staffed(session, now, 4, dial_mode=DialMode.POWER, lines_per_agent=3.0)
    assert dialling.dial(session, get_redis(), campaign, 12, 0, now) == 0
