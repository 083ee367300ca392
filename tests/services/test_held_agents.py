"""A person who was abandoned is called again within 72 hours with an agent held for the call, by whatever
path the call comes about."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.core.redis import get_redis
from dialer.domain.agent import SessionEvent, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.contact import ContactState
from dialer.services import agents, attempts, claims, feeder
from dialer.services.answer_plans import JoinAgent
from dialer.store import dial_queue
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.telephony.port import InDoubt
from tests.factories import begin_placing, make_campaign, make_contact, make_session

YESTERDAY = timedelta(days=1)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now)


@pytest.fixture
def contact(session: Session, now: datetime, campaign: Campaign) -> Contact:
    return make_contact(session, campaign, now, abandoned_at=now - YESTERDAY)


def test_without_an_agent_she_is_passed_over_and_keeps_her_place(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    due = contact.next_call_at
    assert not claims.passes(session, campaign, contact, now)
    assert (contact.state, contact.next_call_at) == (ContactState.WAITING, due)
    assert claims.passes(session, campaign, contact, now, held=True)
    contact.abandoned_at = now - 3 * YESTERDAY
    assert claims.passes(session, campaign, contact, now)


def test_the_dial_queue_has_her_for_whoever_holds_an_agent(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    feeder.feed(session, get_redis(), campaign, now)
    assert dial_queue.take(get_redis(), campaign.id, 5) == [contact.id]


def test_the_last_look_refuses_her_call_without_an_agent_and_says_why(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    attempt = claims.claim(session, campaign, contact, now)
    assert attempt is not None
    assert begin_placing(session, attempt.id, now) is None
    assert (attempt.state, contact.state) == (AttemptState.REFUSED, ContactState.WAITING)
    [refusal] = [row for row in attempt.decision["verdicts"] if not row["passed"]]
    assert refusal == {
        "rule": "held_agent",
        "passed": False,
        "detail": "abandoned at 2026-11-30 18:30 UTC, and no agent is held for the call",
    }


@pytest.mark.parametrize("stays", [True, False])
def test_the_agent_must_still_be_held_when_the_carrier_is_asked(
    session: Session, now: datetime, campaign: Campaign, contact: Contact, stays: bool
) -> None:
    agent = make_session(session, campaign, now)
    assert agents.change_state(session, agent, SessionEvent.RESERVE, now)
    attempt = claims.claim(session, campaign, contact, now, agent)
    assert attempt is not None
    if not stays:
        agents.release(session, agent.id, now)
    request = begin_placing(session, attempt.id, now)
    assert (request is not None) is stays
    assert agent.state is (SessionState.RESERVED if stays else SessionState.READY)
    verdict = attempt.decision["verdicts"][-1]
    assert (verdict["rule"], verdict["passed"]) == ("held_agent", stays)


@pytest.mark.parametrize("is_placed", [True, False])
def test_in_doubt_its_agent_stays_held_until_it_is_known(
    session: Session, now: datetime, campaign: Campaign, contact: Contact, *, is_placed: bool
) -> None:
    agent = make_session(session, campaign, now)
    assert agents.change_state(session, agent, SessionEvent.RESERVE, now)
    attempt = claims.claim(session, campaign, contact, now, agent)
    assert attempt is not None
    begin_placing(session, attempt.id, now)
    attempts.record_result(session, attempt.id, InDoubt("read timed out"), now)
    assert attempt.state is AttemptState.IN_DOUBT
    assert (attempt.agent_session_id, agent.state) == (agent.id, SessionState.RESERVED)
    if is_placed:
        assert attempts.answer(session, attempt, "CA1", now) == JoinAgent(agent.room, agent.id)
    else:
        attempts.release(session, attempt, now)
        assert agent.state is SessionState.READY
