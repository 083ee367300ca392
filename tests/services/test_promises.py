"""Promises that hold in the awkward moments: nobody meets a stranger, an abandoned person is counted,
an agreed call-back is kept, a shut window stops nobody else, a call given up that rings is seen."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session

from dialer.core.errors import Conflict
from dialer.core.redis import get_redis
from dialer.demo import books
from dialer.domain.agent import PAUSE_NO_DIAL, LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.contact import ContactState
from dialer.domain.disposition import CallBackScope
from dialer.services import agents, attempts, conclusions, feeder, previews, sweeper
from dialer.services.answer_plans import JoinAgent, PlayMessage, WaitForAgent
from dialer.services.conclusions import Conclusion
from dialer.store import agent_sessions
from dialer.store.campaigns import Campaign
from tests.factories import answer, make_campaign, make_contact, make_session, place, talk

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now)


def test_an_agent_takes_nobody_before_the_last_person_has_left_her_room(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    talking = talk(session, now, campaign)
    waiting = place(session, campaign, make_contact(session, campaign, now), now)
    conclusions.conclude(session, talking.attempt, "not_now", Conclusion(), now)
    assert talking.agent.state is SessionState.READY
    assert answer(session, waiting, now) == WaitForAgent()
    assert agent_sessions.ready(session, campaign.id) == []
    attempts.progress(session, talking.attempt, talking.call_sid, "completed", 9, now)
    assert isinstance(answer(session, waiting, now), JoinAgent)


def test_a_person_who_hangs_up_after_waiting_too_long_was_abandoned(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    placed = place(session, campaign, make_contact(session, campaign, now), now)
    assert answer(session, placed, now) == WaitForAgent()
    attempts.progress(session, placed, str(placed.call_sid), "completed", 9, now + timedelta(seconds=3))
    assert (placed.state, placed.is_abandoned) == (AttemptState.CLOSED, True)


def test_an_answer_that_never_reached_the_carrier_is_no_conversation(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    make_session(session, campaign, now)
    placed = place(session, campaign, make_contact(session, campaign, now), now)
    assert isinstance(answer(session, placed, now), JoinAgent)
    attempts.progress(session, placed, str(placed.call_sid), "completed", 9, now + timedelta(seconds=15))
    assert placed.connected_at is None
    assert placed.is_abandoned


def test_nobody_is_connected_to_an_agent_whose_line_is_down(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    agent = make_session(session, campaign, now)
    placed = place(session, campaign, make_contact(session, campaign, now), now)
    answer(session, placed, now)
    agents.line_is_down(session, agent, agent.line_call_sid, now)
    attempts.joined(session, placed, now)
    assert placed.connected_at is None
    agents.line_is_up(session, agent, "CA2", now)
    attempts.joined(session, placed, now)
    assert placed.connected_at == now


def test_a_call_given_up_that_rings_after_all_is_abandoned_and_the_books_say_so(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    placed = place(session, campaign, make_contact(session, campaign, now), now)
    call_sid, placed.call_sid, placed.state = placed.call_sid, None, AttemptState.IN_DOUBT
    attempts.release(session, placed, now)
    assert isinstance(attempts.answer(session, placed, str(call_sid), now), PlayMessage)
    assert placed.is_abandoned
    calls = [{"to": placed.phone, "sid": call_sid}]
    balance = books.balance(session, calls, now)
    assert balance.double_dials == 1
    assert "an attempt given up or refused has a call" in balance.faults


def test_a_call_back_agreed_on_the_last_attempt_is_kept(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, attempts_allowed=1)
    talking = talk(session, now, campaign)
    at = now + timedelta(hours=1)
    agreed = Conclusion(call_back_at=at, call_back_scope=CallBackScope.ANYONE)
    conclusions.conclude(session, talking.attempt, "callback", agreed, now)
    attempts.progress(session, talking.attempt, talking.call_sid, "completed", 9, now)
    session.flush()
    assert feeder.feed(session, get_redis(), campaign, at) == 1


def test_a_shut_window_puts_everybody_on_its_clock_off_at_once(session: Session, now: datetime) -> None:
    night = datetime(2026, 12, 2, 3, 30, tzinfo=UTC)
    campaign = make_campaign(session, night)
    for _ in range(3 * feeder.QUEUE_AT_LEAST):
        make_contact(session, campaign, night, zones=["America/New_York"])
    west = make_contact(session, campaign, night, zones=["America/Los_Angeles"])
    asked = 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    event.listen(session.get_bind(), "before_cursor_execute", count)
    feeder.feed(session, get_redis(), campaign, night)
    event.remove(session.get_bind(), "before_cursor_execute", count)
    session.expire_all()
    assert west.next_call_at <= night
    assert asked < 15


def test_a_preview_is_not_dialled_while_the_line_is_down(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    agent, contact = make_session(session, campaign, now), make_contact(session, campaign, now)
    agent.state, agent.preview_contact_id, agent.line = SessionState.RESERVED, contact.id, LineState.DOWN
    contact.state = ContactState.HELD
    with pytest.raises(Conflict, match="line"):
        previews.dial(session, agent, now)
    assert agent.preview_contact_id == contact.id


def test_a_preview_that_nobody_dials_goes_back(session: Session, now: datetime, campaign: Campaign) -> None:
    agent, contact = make_session(session, campaign, now), make_contact(session, campaign, now)
    agent.state, agent.preview_contact_id = SessionState.RESERVED, contact.id
    contact.state = ContactState.HELD
    session.flush()
    assert sweeper.late_previews(session, now + previews.LIMIT) == 0
    assert sweeper.late_previews(session, now + previews.LIMIT + A_MINUTE) == 1
    assert (agent.state, agent.pause_code) == (SessionState.PAUSED, PAUSE_NO_DIAL)
    assert contact.state is ContactState.WAITING
