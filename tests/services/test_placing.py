"""The last look before the carrier is asked: the gate once more, the try counted, the proof kept."""

from datetime import UTC, datetime

import pytest
from sqlmodel import Session, select

from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import CampaignState
from dialer.domain.contact import ClosedReason, ContactState
from dialer.services import claims, suppressions
from dialer.store.attempts import Attempt
from dialer.store.contacts import Contact
from dialer.store.suppressions import SuppressionScope
from tests.factories import CALLER_ID, begin_placing, make_campaign, make_contact, make_session, pace

BUDGET = 50


def attempts_in(session: Session, campaign_id: int) -> list[Attempt]:
    return list(session.exec(select(Attempt).where(Attempt.campaign_id == campaign_id)))


@pytest.fixture
def claimed(session: Session, now: datetime) -> Attempt:
    campaign = make_campaign(session, now)
    attempt = claims.claim(session, campaign, make_contact(session, campaign, now), now)
    assert attempt is not None
    return attempt


def test_placing_counts_the_try_and_keeps_the_proof(
    session: Session, now: datetime, claimed: Attempt
) -> None:
    request = begin_placing(session, claimed.id, now)
    assert request is not None
    assert (request.attempt_id, request.to, request.caller_id) == (claimed.id, claimed.phone, CALLER_ID)
    assert request.ring_seconds >= 15
    assert (claimed.state, claimed.placing_at) == (AttemptState.PLACING, now)
    assert session.get_one(Contact, claimed.contact_id).attempts_made == 1
    assert claimed.decision["allowed"] is True
    assert {verdict["rule"] for verdict in claimed.decision["verdicts"]} >= {
        "calling_window",
        "suppression",
        "attempt_cap",
    }


def test_placing_twice_asks_once(session: Session, now: datetime, claimed: Attempt) -> None:
    assert begin_placing(session, claimed.id, now) is not None
    assert begin_placing(session, claimed.id, now) is None
    assert session.get_one(Contact, claimed.contact_id).attempts_made == 1


def test_a_refusal_at_placing_keeps_the_decision_and_asks_nobody(
    session: Session, now: datetime, claimed: Attempt
) -> None:
    late = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
    assert begin_placing(session, claimed.id, late) is None
    contact = session.get_one(Contact, claimed.contact_id)
    assert (claimed.state, claimed.closed_at) == (AttemptState.REFUSED, late)
    assert claimed.decision["allowed"] is False
    assert [v["rule"] for v in claimed.decision["verdicts"] if not v["passed"]] == ["calling_window"]
    assert (contact.state, contact.attempts_made) == (ContactState.WAITING, 0)
    assert contact.next_call_at == datetime(2026, 12, 2, 14, 0, tzinfo=UTC)


def test_a_number_suppressed_after_the_claim_is_not_rung(
    session: Session, now: datetime, claimed: Attempt
) -> None:
    suppressions.add(
        session,
        claimed.phone,
        SuppressionScope.CAMPAIGN,
        claimed.campaign_id,
        source="agent",
        reason="asked",
        user_id=None,
        now=now,
    )
    assert begin_placing(session, claimed.id, now) is None
    contact = session.get_one(Contact, claimed.contact_id)
    assert (contact.state, contact.closed_reason) == (ContactState.CLOSED, ClosedReason.SUPPRESSED)


def test_a_campaign_paused_after_the_claim_rings_nobody_and_loses_nobody(
    session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    agent = make_session(session, campaign, now)
    contact = make_contact(session, campaign, now, call_back_agent_id=agent.user_id)
    pace(session, campaign, now)
    (attempt,) = attempts_in(session, campaign.id)
    campaign.state = CampaignState.PAUSED
    assert begin_placing(session, attempt.id, now) is None
    assert attempt.state is AttemptState.REFUSED
    assert (contact.state, contact.call_back_agent_id) == (ContactState.WAITING, agent.user_id)
    assert agent.state is SessionState.READY
