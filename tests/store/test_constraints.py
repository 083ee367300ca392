"""What the database itself makes impossible, whatever the code above it does."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from dialer.domain.agent import SessionState
from dialer.domain.attempt import FINAL, OPEN, AttemptState
from dialer.store.agent_sessions import AgentSession, AgentSpan
from dialer.store.attempts import Attempt
from dialer.store.contacts import Contact
from tests.factories import (
    make_attempt,
    make_campaign,
    make_contact,
    make_lead,
    make_session,
    make_user,
    phone,
)


def refuses(session: Session, index: str) -> "pytest.RaisesExc[IntegrityError]":
    return pytest.raises(IntegrityError, match=index)


@pytest.mark.parametrize("second", sorted(OPEN))
def test_a_contact_never_has_two_open_attempts(session: Session, now: datetime, second: AttemptState) -> None:
    contact = make_contact(session, make_campaign(session, now), now)
    make_attempt(session, contact, now, state=AttemptState.CLAIMED)
    with refuses(session, "uq_attempts_open_contact"), session.begin_nested():
        make_attempt(session, contact, now, state=second, phone=phone())


@pytest.mark.parametrize("second", sorted(OPEN))
def test_a_number_never_has_two_open_attempts(session: Session, now: datetime, second: AttemptState) -> None:
    contacts = [make_contact(session, make_campaign(session, now), now, phone="+13125550123") for _ in "ab"]
    make_attempt(session, contacts[0], now, state=AttemptState.WRAP_UP)
    with refuses(session, "uq_attempts_open_phone"), session.begin_nested():
        make_attempt(session, contacts[1], now, state=second)


def test_attempts_that_ended_are_as_many_as_there_were(session: Session, now: datetime) -> None:
    contact = make_contact(session, make_campaign(session, now), now)
    for state in sorted(FINAL):
        make_attempt(session, contact, now, state=state)
    make_attempt(session, contact, now)
    assert len(session.exec(select(Attempt)).all()) == len(FINAL) + 1


def test_one_call_belongs_to_one_attempt(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    make_attempt(session, make_contact(session, campaign, now), now, call_sid="CA1")
    with refuses(session, "uq_attempts_call_sid"), session.begin_nested():
        make_attempt(session, make_contact(session, campaign, now), now, call_sid="CA1")


@pytest.mark.parametrize("state", sorted(set(SessionState) - {SessionState.OFFLINE}))
def test_nobody_is_signed_in_twice(session: Session, now: datetime, state: SessionState) -> None:
    user = make_user(session, now)
    make_session(session, make_campaign(session, now), now, user, state=state)
    campaign = make_campaign(session, now)
    second = AgentSession(
        user_id=user.id,
        campaign_id=campaign.id,
        state=SessionState.PAUSED,
        state_since=now,
        started_at=now,
    )
    with refuses(session, "uq_agent_sessions_signed_in"), session.begin_nested():
        session.add(second)
        session.flush()


def test_a_session_has_one_open_span(session: Session, now: datetime) -> None:
    agent = make_session(session, make_campaign(session, now), now)
    second = AgentSpan(
        agent_session_id=agent.id,
        user_id=agent.user_id,
        campaign_id=agent.campaign_id,
        state=SessionState.READY,
        started_at=now,
    )
    with refuses(session, "uq_agent_spans_open"), session.begin_nested():
        session.add(second)
        session.flush()


def test_a_campaign_has_each_number_once(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    make_contact(session, campaign, now, phone="+13125550123")
    with refuses(session, "uq_contacts_campaign_id_phone"), session.begin_nested():
        make_contact(session, campaign, now, phone="+13125550123")


def test_a_contact_has_one_lead(session: Session, now: datetime) -> None:
    contact = make_contact(session, make_campaign(session, now), now)
    make_lead(session, contact, now)
    with refuses(session, "uq_leads_contact_id"), session.begin_nested():
        make_lead(session, contact, now)


def test_a_state_that_does_not_exist_is_refused(session: Session, now: datetime) -> None:
    contact = make_contact(session, make_campaign(session, now), now)
    with pytest.raises(IntegrityError, match="contactstate"), session.begin_nested():
        session.connection().execute(
            text("UPDATE contacts SET state = 'lost' WHERE id = :id"), {"id": contact.id}
        )


def test_enums_are_stored_by_their_values(session: Session, now: datetime) -> None:
    contact = make_contact(session, make_campaign(session, now), now)
    stored = session.connection().scalar(text("SELECT state FROM contacts"))
    assert stored == contact.state.value == "waiting"
    session.expire(contact)
    assert session.get_one(Contact, contact.id).next_call_at.tzinfo is not None
