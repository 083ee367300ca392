"""An attempt from the carrier's answer to its end: news late, doubled, swapped, lost, or in doubt."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.contact import ClosedReason, ContactState
from dialer.services import attempts, carrier_webhooks
from dialer.services.answer_plans import HangUp, JoinAgent, PlayMessage, WaitForAgent
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.dispositions import Disposition
from tests.factories import (
    answer,
    disposition_of,
    make_attempt,
    make_campaign,
    make_client,
    make_contact,
    make_session,
    place,
    sid,
    talk,
)

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def placed(session: Session, now: datetime, campaign: Campaign, contact: Contact) -> Attempt:
    """The carrier has the call."""
    return place(session, campaign, contact, now)


def news(session: Session, attempt: Attempt, status: str, sequence: int | None, at: datetime) -> None:
    assert attempt.call_sid is not None
    attempts.progress(session, attempt, attempt.call_sid, status, sequence, at)


def test_the_longest_ready_agent_gets_the_answer(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    make_session(session, campaign, now)
    longest = make_session(session, campaign, now - timedelta(minutes=5))
    make_session(session, campaign, now - timedelta(minutes=9), state=SessionState.PAUSED)
    make_session(session, campaign, now - timedelta(minutes=9), line=LineState.DOWN)
    make_session(session, make_campaign(session, now), now - timedelta(minutes=9))
    assert answer(session, placed, now) == JoinAgent(longest.room, longest.id)
    assert (placed.state, placed.answered_at) == (AttemptState.ANSWERED, now)
    assert (placed.agent_session_id, placed.agent_id) == (longest.id, longest.user_id)
    assert longest.state is SessionState.RESERVED


def test_asked_again_it_says_the_same(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    make_session(session, campaign, now)
    make_session(session, campaign, now)
    plan = answer(session, placed, now)
    assert answer(session, placed, now + A_SECOND) == plan
    attempts.joined(session, placed, now + A_SECOND)
    assert answer(session, placed, now + A_SECOND) == plan
    assert placed.answered_at == now


@pytest.mark.parametrize(("status", "is_abandoned"), [("completed", True), ("no-answer", False)])
def test_whoever_answers_and_meets_nothing_of_ours_is_abandoned(
    session: Session, now: datetime, placed: Attempt, status: str, is_abandoned: bool
) -> None:
    """The carrier had no document from us: she heard that something went wrong."""
    news(session, placed, "ringing", 1, now)
    news(session, placed, status, None, now + A_SECOND)
    assert (placed.state, placed.is_abandoned) == (AttemptState.CLOSED, is_abandoned)


def test_nobody_free_waits_then_hears_the_message_and_is_abandoned(session: Session, now: datetime) -> None:
    client = make_client(session, now)
    campaign = make_campaign(session, now, client, abandon_seconds=2.0)
    placed = place(session, campaign, make_contact(session, campaign, now), now)
    assert answer(session, placed, now) == WaitForAgent(1)
    assert answer(session, placed, now + A_SECOND) == WaitForAgent(1)
    message = answer(session, placed, now + 2 * A_SECOND)
    assert message == PlayMessage(client.name, client.callback_number)
    assert (placed.state, placed.is_abandoned) == (AttemptState.ABANDONED, True)
    assert placed.abandoned_at == now + 2 * A_SECOND
    make_session(session, campaign, now)
    assert answer(session, placed, now + 3 * A_SECOND) == message
    news(session, placed, "completed", 9, now + 9 * A_SECOND)
    assert (placed.state, placed.outcome) == (AttemptState.CLOSED, Outcome.ANSWERED)
    assert disposition_of(session, placed) == "abandoned"


def test_an_agent_who_gets_free_meanwhile_takes_the_one_who_waits(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    assert answer(session, placed, now) == WaitForAgent(1)
    agent = make_session(session, campaign, now)
    assert answer(session, placed, now + A_SECOND) == JoinAgent(agent.room, agent.id)
    assert placed.is_abandoned is False


def test_two_answers_never_get_one_agent(session: Session, now: datetime, campaign: Campaign) -> None:
    make_session(session, campaign, now)
    first, second = (place(session, campaign, make_contact(session, campaign, now), now) for _ in range(2))
    assert isinstance(answer(session, first, now), JoinAgent)
    assert isinstance(answer(session, second, now), WaitForAgent)


def test_the_agents_own_call_joins_her_though_another_waited_longer(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    make_session(session, campaign, now - timedelta(hours=1))
    hers = make_session(session, campaign, now, state=SessionState.RESERVED)
    attempt = make_attempt(session, contact, now, agent_session_id=hers.id, agent_id=hers.user_id)
    assert answer(session, attempt, now) == JoinAgent(hers.room, hers.id)


def test_an_own_call_whose_agent_left_goes_to_whoever_is_free(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    gone = make_session(session, campaign, now, state=SessionState.OFFLINE)
    free = make_session(session, campaign, now)
    attempt = make_attempt(session, contact, now, agent_session_id=gone.id, agent_id=gone.user_id)
    assert answer(session, attempt, now) == JoinAgent(free.room, free.id)
    assert attempt.agent_id == free.user_id


def test_another_call_than_the_attempts_own_is_hung_up(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    make_session(session, campaign, now)
    assert attempts.answer(session, placed, sid(), now) == HangUp()
    attempts.progress(session, placed, sid(), "completed", 5, now)
    assert placed.state is AttemptState.DIALLING


def test_joined_they_talk_and_after_the_end_she_wraps_up(session: Session, now: datetime) -> None:
    talking = talk(session, now)
    assert talking.attempt.connected_at == now
    attempts.joined(session, talking.attempt, now + A_SECOND)
    assert talking.attempt.connected_at == now
    news(session, talking.attempt, "completed", 4, now + timedelta(minutes=3))
    assert (talking.attempt.state, talking.attempt.outcome) == (AttemptState.WRAP_UP, Outcome.ANSWERED)
    assert talking.attempt.call_ended_at == now + timedelta(minutes=3)
    assert talking.attempt.closed_at is None
    assert talking.agent.state is SessionState.WRAP_UP


@pytest.mark.parametrize(
    ("status", "outcome", "code", "minutes"),
    [
        ("busy", Outcome.BUSY, "busy", 30),
        ("no-answer", Outcome.NO_ANSWER, "no_answer", 120),
        ("failed", Outcome.FAILED, "failed", 24 * 60),
        ("canceled", Outcome.CANCELED, "canceled", 60),
        ("completed", Outcome.ANSWERED, "abandoned", 24 * 60),
    ],
)
def test_a_call_that_reached_no_agent_is_concluded_by_the_system(
    session: Session,
    now: datetime,
    contact: Contact,
    placed: Attempt,
    status: str,
    outcome: Outcome,
    code: str,
    minutes: int,
) -> None:
    news(session, placed, "ringing", 1, now)
    news(session, placed, status, 2, now)
    assert (placed.state, placed.outcome, placed.closed_at) == (AttemptState.CLOSED, outcome, now)
    assert disposition_of(session, placed) == code
    assert contact.state is ContactState.WAITING
    spread = session.get_one(Disposition, placed.disposition_id).retry_spread
    assert spread == (code in ("no_answer", "hung_up"))
    assert contact.next_call_at - now >= timedelta(minutes=minutes)
    assert spread or contact.next_call_at - now == timedelta(minutes=minutes)
    assert contact.attempts_made == 1


def test_the_last_try_that_is_allowed_closes_the_contact(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, attempts_allowed=1)
    contact = make_contact(session, campaign, now)
    news(session, place(session, campaign, contact, now), "no-answer", 2, now)
    assert (contact.state, contact.closed_reason) == (ContactState.CLOSED, ClosedReason.EXHAUSTED)


def test_news_doubled_or_out_of_order_changes_nothing(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    agent = make_session(session, campaign, now)
    news(session, placed, "in-progress", 2, now)
    answer(session, placed, now)
    news(session, placed, "ringing", 1, now + A_SECOND)
    news(session, placed, "in-progress", 2, now + A_SECOND)
    assert (placed.state, placed.answered_at) == (AttemptState.ANSWERED, now)
    news(session, placed, "completed", 3, now + A_SECOND)
    concluded = placed.model_dump()
    for status, sequence in (("completed", 3), ("in-progress", 4), ("ringing", 5), ("completed", 6)):
        news(session, placed, status, sequence, now + timedelta(hours=1))
    changed = {"carrier_sequence", "checked_at"}
    assert placed.model_dump(exclude=changed) == {k: v for k, v in concluded.items() if k not in changed}
    assert agent.state is SessionState.READY


def test_a_person_who_hangs_up_before_the_join_frees_the_agent(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    agent = make_session(session, campaign, now)
    answer(session, placed, now)
    news(session, placed, "completed", 3, now + A_SECOND)
    attempts.joined(session, placed, now + 2 * A_SECOND)
    assert (placed.state, placed.connected_at) == (AttemptState.CLOSED, None)
    assert agent.state is SessionState.READY


def test_a_call_of_whose_join_there_is_no_sign_was_abandoned(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    agent = make_session(session, campaign, now)
    fields = {"CallSid": str(placed.call_sid)}
    carrier_webhooks.call_answered(session, placed.id, fields, "t", now)
    end = now + timedelta(minutes=2)
    news(session, placed, "completed", 3, end)
    assert (placed.state, agent.state) == (AttemptState.CLOSED, SessionState.READY)
    assert (placed.is_abandoned, placed.connected_at) == (True, None)
    attempts.joined(session, placed, end + A_SECOND)
    assert placed.state is AttemptState.CLOSED
