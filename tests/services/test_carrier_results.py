"""What the carrier said to being asked: taken, refused, too fast, or nobody knows."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.core.queue import Job
from dialer.domain.agent import SessionState
from dialer.domain.attempt import FINAL, AttemptState, Outcome
from dialer.domain.campaign import CampaignState
from dialer.domain.contact import ClosedReason, ContactState
from dialer.services import agents, attempts, claims
from dialer.services.answer_plans import JoinAgent, PlayMessage
from dialer.store import suppressions
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.telephony.port import InDoubt, Placed, Rejected, Rejection
from tests.factories import (
    begin_placing,
    disposition_of,
    make_campaign,
    make_contact,
    make_session,
)
from tests.house import commit, queued

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def placing(session: Session, now: datetime, campaign: Campaign, contact: Contact) -> Attempt:
    """The carrier is being asked."""
    attempt = claims.claim(session, campaign, contact, now)
    assert attempt is not None
    assert begin_placing(session, attempt.id, now) is not None
    return attempt


def test_what_the_carrier_took_is_dialling(session: Session, now: datetime, placing: Attempt) -> None:
    attempts.record_result(session, placing.id, Placed("CA1"), now)
    assert (placing.state, placing.call_sid) == (AttemptState.DIALLING, "CA1")
    attempts.record_result(session, placing.id, Placed("CA2"), now)
    assert placing.call_sid == "CA1"


def test_news_may_overtake_the_answer_to_the_asking(
    session: Session, now: datetime, contact: Contact, placing: Attempt
) -> None:
    attempts.progress(session, placing, "CA1", "initiated", 0, now)
    attempts.progress(session, placing, "CA1", "busy", 1, now)
    assert placing.state is AttemptState.CLOSED
    attempts.record_result(session, placing.id, Placed("CA1"), now)
    assert (placing.state, placing.call_sid) == (AttemptState.CLOSED, "CA1")
    assert contact.attempts_made == 1


@pytest.mark.parametrize("is_free", [True, False])
def test_in_doubt_its_agent_takes_other_calls_and_it_is_hers_if_she_is_free(
    session: Session, now: datetime, campaign: Campaign, contact: Contact, *, is_free: bool
) -> None:
    other = make_session(session, campaign, now - timedelta(hours=1))
    hers = make_session(session, campaign, now, state=SessionState.RESERVED)
    attempt = claims.claim(session, campaign, contact, now, hers)
    assert attempt is not None
    begin_placing(session, attempt.id, now)
    attempts.record_result(session, attempt.id, InDoubt("read timed out"), now)
    assert hers.state is SessionState.READY
    if not is_free:
        agents.pause(session, hers, "break", now)
    plan = attempts.answer(session, attempt, "CA1", now)
    agent = hers if is_free else other
    assert plan == JoinAgent(agent.room, agent.id)
    assert (attempt.agent_id, agent.state) == (agent.user_id, SessionState.RESERVED)


def test_in_doubt_it_is_never_asked_again_and_a_webhook_adopts_it(
    session: Session, now: datetime, campaign: Campaign, placing: Attempt
) -> None:
    make_session(session, campaign, now)
    attempts.record_result(session, placing.id, InDoubt("HTTP 500"), now)
    assert (placing.state, placing.carrier_error) == (AttemptState.IN_DOUBT, "HTTP 500")
    assert begin_placing(session, placing.id, now) is None
    attempts.progress(session, placing, "CA1", "ringing", 1, now)
    assert (placing.state, placing.call_sid) == (AttemptState.RINGING, "CA1")
    assert isinstance(attempts.answer(session, placing, "CA1", now), JoinAgent)


def test_doubt_that_comes_after_the_webhook_is_no_doubt(
    session: Session, now: datetime, placing: Attempt
) -> None:
    attempts.progress(session, placing, "CA1", "ringing", 1, now)
    attempts.record_result(session, placing.id, InDoubt("read timed out"), now)
    assert placing.state is AttemptState.RINGING


def test_a_number_the_carrier_refuses_is_closed_for_good(
    session: Session, now: datetime, contact: Contact, placing: Attempt
) -> None:
    refusal = Rejected(Rejection.NUMBER, 21211, "Invalid 'To' number")
    attempts.record_result(session, placing.id, refusal, now)
    assert (placing.state, placing.outcome) == (AttemptState.CLOSED, Outcome.FAILED)
    assert disposition_of(session, placing) == "unusable_number"
    assert placing.carrier_error == "21211: Invalid 'To' number"
    assert (contact.state, contact.closed_reason) == (ContactState.CLOSED, ClosedReason.WRONG_NUMBER)


def test_a_number_the_carrier_refuses_is_suppressed_for_everybody(
    session: Session, now: datetime, campaign: Campaign, contact: Contact, placing: Attempt
) -> None:
    elsewhere = make_campaign(session, now)
    other = make_contact(session, elsewhere, now, phone=contact.phone)
    attempts.record_result(session, placing.id, Rejected(Rejection.NUMBER, 21211, "Invalid 'To' number"), now)
    found = suppressions.matching(session, [contact.phone], elsewhere.client_id, elsewhere.id, now)
    assert (
        found[contact.phone].told() == "the system suppression list (carrier: Twilio can't call it (21211))"
    )
    session.refresh(other)
    assert (other.state, other.closed_reason) == (ContactState.CLOSED, ClosedReason.SUPPRESSED)


def test_a_refusal_for_the_account_pauses_the_campaign_and_gives_the_try_back(
    session: Session, now: datetime, campaign: Campaign, contact: Contact, placing: Attempt
) -> None:
    refusal = Rejected(Rejection.ACCOUNT, 20005, "Account not active")
    attempts.record_result(session, placing.id, refusal, now)
    assert campaign.state is CampaignState.PAUSED
    assert campaign.paused_reason == "Twilio refuses calls (20005): Account not active"
    assert placing.state is AttemptState.RELEASED
    assert (contact.state, contact.attempts_made) == (ContactState.WAITING, 0)


def test_too_fast_for_the_carrier_is_later(
    session: Session, now: datetime, campaign: Campaign, contact: Contact, placing: Attempt
) -> None:
    attempts.record_result(session, placing.id, Rejected(Rejection.PACE, 20429, "Too Many Requests"), now)
    assert campaign.state is CampaignState.RUNNING
    assert placing.state is AttemptState.RELEASED
    assert (contact.attempts_made, contact.next_call_at) == (0, now + timedelta(minutes=15))
    attempts.release(session, placing, now)
    assert contact.attempts_made == 0


def test_the_last_try_given_back_is_a_try_left(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, attempts_allowed=1)
    contact = make_contact(session, campaign, now)
    attempt = claims.claim(session, campaign, contact, now)
    assert attempt is not None
    begin_placing(session, attempt.id, now)
    attempts.record_result(session, attempt.id, Rejected(Rejection.PACE, 20429, "later"), now)
    assert contact.state is ContactState.WAITING


def test_released_an_agents_own_call_back_stays_hers(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    agent = make_session(session, campaign, now, state=SessionState.RESERVED)
    contact = make_contact(session, campaign, now, call_back_agent_id=agent.user_id, priority=10)
    attempt = claims.claim(session, campaign, contact, now, agent)
    assert attempt is not None
    attempts.release(session, attempt, now)
    assert (contact.call_back_agent_id, contact.priority) == (agent.user_id, 10)
    assert agent.state is SessionState.READY


def test_a_call_of_an_attempt_released_on_a_guess_is_ended(
    session: Session, now: datetime, placing: Attempt
) -> None:
    """The carrier's answer comes after all: the call is ended; a person who picks up before that hears
    the client's message and counts as abandoned."""
    attempts.release(session, placing, now)
    session.info.clear()
    attempts.record_result(session, placing.id, Placed("CA1"), now)
    assert placing.state in FINAL
    assert placing.call_sid == "CA1"
    commit(session)
    assert queued() == [(Job.HANG_UP, str(placing.id))]
    assert isinstance(attempts.answer(session, placing, "CA1", now), PlayMessage)
    assert placing.is_abandoned
