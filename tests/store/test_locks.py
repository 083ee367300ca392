"""Rows under a lock are read afresh: what another transaction did meanwhile is seen."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import Session

from dialer.core.database import transaction
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.store import agent_sessions, attempts, contacts, leads
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.contacts import Contact
from dialer.store.leads import Lead
from tests.factories import make_attempt, make_campaign, make_contact, make_lead, make_session


def test_a_locked_attempt_is_as_the_other_transaction_left_it(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    attempt = make_attempt(session, make_contact(session, campaign, now), now)
    session.commit()
    with transaction() as other:
        other.get_one(Attempt, attempt.id).state = AttemptState.CLOSED
    locked = attempts.lock(session, attempt.id)
    assert locked is not None
    assert locked.state is AttemptState.CLOSED


def test_a_locked_agent_session_is_as_the_other_transaction_left_it(session: Session, now: datetime) -> None:
    agent = make_session(session, make_campaign(session, now), now)
    session.commit()
    with transaction() as other:
        other.get_one(AgentSession, agent.id).state = SessionState.RESERVED
    locked = agent_sessions.lock(session, agent.id)
    assert locked is not None
    assert locked.state is SessionState.RESERVED
    assert agent_sessions.of_user(session, agent.user_id, locked=True) is agent


@pytest.mark.parametrize(
    "lock",
    [
        lambda session, contact: contacts.lock(session, contact.id),
        lambda session, contact: contacts.lock_waiting(session, [contact.id])[0],
        lambda session, contact: contacts.with_phone(session, contact.phone)[0],
    ],
    ids=["by id", "waiting", "by phone"],
)
def test_a_locked_contact_is_as_the_other_transaction_left_it(
    session: Session, now: datetime, lock: Callable[[Session, Contact], Contact]
) -> None:
    contact = make_contact(session, make_campaign(session, now), now)
    session.commit()
    with transaction() as other:
        other.get_one(Contact, contact.id).attempts_made = 5
    assert lock(session, contact).attempts_made == 5


def test_a_locked_lead_is_as_the_other_transaction_left_it(session: Session, now: datetime) -> None:
    lead = make_lead(session, make_contact(session, make_campaign(session, now), now), now)
    session.commit()
    with transaction() as other:
        other.get_one(Lead, lead.id).first_follow_up_at = now
    locked = leads.lock(session, lead.id)
    assert locked is not None
    assert locked.first_follow_up_at == now


def test_what_this_transaction_changed_is_kept_when_it_locks(session: Session, now: datetime) -> None:
    attempt = make_attempt(session, make_contact(session, make_campaign(session, now), now), now)
    session.commit()
    attempt.state = AttemptState.RINGING
    locked = attempts.lock(session, attempt.id)
    assert locked is attempt
    assert locked.state is AttemptState.RINGING
