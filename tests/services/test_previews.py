"""Preview dialling: the agent sees the contact first, then dials or skips."""

from datetime import datetime

import pytest
from sqlmodel import Session, select

from dialer.core.queue import Job
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import DialMode
from dialer.domain.contact import ContactState
from dialer.services import previews
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.audit import AuditEntry
from dialer.store.contacts import Contact
from tests.factories import make_attempt, make_campaign, make_contact, make_session, pace
from tests.house import commit, queued


@pytest.fixture
def offered(session: Session, now: datetime) -> tuple[AgentSession, Contact]:
    campaign = make_campaign(session, now, dial_mode=DialMode.PREVIEW)
    agent = make_session(session, campaign, now)
    contact = make_contact(session, campaign, now)
    assert pace(session, campaign, now) == 1
    return agent, contact


def test_an_offer_holds_the_contact_and_rings_nobody(
    session: Session, offered: tuple[AgentSession, Contact]
) -> None:
    agent, contact = offered
    commit(session)
    assert (agent.state, agent.preview_contact_id) == (SessionState.RESERVED, contact.id)
    assert contact.state is ContactState.HELD
    assert session.exec(select(Attempt)).all() == []
    assert queued() == []


def test_each_ready_agent_is_offered_another_contact(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, dial_mode=DialMode.PREVIEW)
    agents = [make_session(session, campaign, now) for _ in range(3)]
    contacts = [make_contact(session, campaign, now) for _ in range(2)]
    assert pace(session, campaign, now) == 2
    offers = [agent.preview_contact_id for agent in agents if agent.preview_contact_id]
    assert sorted(offers) == sorted(contact.id for contact in contacts)


def test_dialled_the_call_is_the_agents_own(
    session: Session, now: datetime, offered: tuple[AgentSession, Contact]
) -> None:
    agent, contact = offered
    attempt = previews.dial(session, agent, now)
    assert attempt is not None
    commit(session)
    assert (attempt.state, attempt.agent_session_id) == (AttemptState.CLAIMED, agent.id)
    assert (agent.state, agent.preview_contact_id) == (SessionState.RESERVED, None)
    assert contact.state is ContactState.HELD
    assert queued() == [(Job.PLACE_CALLS, str(attempt.id))]


def test_dialled_twice_is_one_call(
    session: Session, now: datetime, offered: tuple[AgentSession, Contact]
) -> None:
    agent, _ = offered
    assert previews.dial(session, agent, now) is not None
    assert previews.dial(session, agent, now) is None
    assert agent.state is SessionState.RESERVED


def test_skipped_the_contact_waits_and_the_reason_is_kept(
    session: Session, now: datetime, offered: tuple[AgentSession, Contact]
) -> None:
    agent, contact = offered
    previews.skip(session, agent, "rang there yesterday", now)
    assert agent.state is SessionState.READY
    assert (contact.state, contact.next_call_at) == (ContactState.WAITING, now + previews.SKIPPED_FOR)
    entry = session.exec(select(AuditEntry).where(AuditEntry.action == "preview_skipped")).one()
    assert entry.detail == {"reason": "rang there yesterday"}


def test_a_number_that_came_under_way_meanwhile_goes_back(
    session: Session, now: datetime, offered: tuple[AgentSession, Contact]
) -> None:
    agent, contact = offered
    make_attempt(session, make_contact(session, make_campaign(session, now), now, phone=contact.phone), now)
    assert previews.dial(session, agent, now) is None
    assert agent.state is SessionState.READY
    assert contact.state is ContactState.WAITING


def test_a_skip_that_comes_after_the_dial_leaves_the_call_hers(
    session: Session, now: datetime, offered: tuple[AgentSession, Contact]
) -> None:
    agent, contact = offered
    assert previews.dial(session, agent, now) is not None
    previews.skip(session, agent, "too late", now)
    assert agent.state is SessionState.RESERVED
    assert contact.state is ContactState.HELD
