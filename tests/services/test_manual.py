"""Manual dialling: find, look, dial; the gate says who may not be called."""

from datetime import datetime

import pytest
from sqlmodel import Session, select

from dialer.core.errors import Conflict, Invalid, NotFound
from dialer.domain.agent import SessionState
from dialer.domain.campaign import DialMode
from dialer.domain.contact import ContactState
from dialer.services import manual, previews, suppressions
from dialer.store.agent_sessions import AgentSession
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.suppressions import SuppressionScope
from tests.factories import make_campaign, make_contact, make_session, phone


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now, dial_mode=DialMode.MANUAL)


@pytest.fixture
def agent(session: Session, campaign: Campaign, now: datetime) -> AgentSession:
    return make_session(session, campaign, now)


def test_people_are_found_by_name_company_and_number(
    session: Session, campaign: Campaign, agent: AgentSession, now: datetime
) -> None:
    rosa = make_contact(
        session, campaign, now, first_name="Rosa", last_name="Lindqvist", company="Birch & Co"
    )
    make_contact(session, make_campaign(session, now), now, first_name="Rosa", last_name="Elsewhere")
    for words in ("rosa", "lind", "rosa lindq", "BIRCH", rosa.phone, rosa.phone[-7:]):
        assert [one.contact_id for one in manual.find(session, agent, words)] == [rosa.id], words
    assert manual.find(session, agent, "%%") == []
    with pytest.raises(Invalid):
        manual.find(session, agent, " r ")


def test_picked_she_is_shown_and_dialled(
    session: Session, campaign: Campaign, agent: AgentSession, now: datetime
) -> None:
    contact = make_contact(session, campaign, now)
    manual.pick(session, agent, contact.id, now)
    assert (agent.state, agent.preview_contact_id) == (SessionState.RESERVED, contact.id)
    assert contact.state is ContactState.HELD
    attempt = previews.dial(session, agent, now)
    assert attempt is not None
    assert attempt.agent_session_id == agent.id


def test_a_number_on_no_list_becomes_a_contact(
    session: Session, campaign: Campaign, agent: AgentSession, now: datetime
) -> None:
    number = phone()
    manual.pick_number(session, agent, number, now)
    contact = session.exec(select(Contact).where(Contact.phone == number)).one()
    assert (agent.preview_contact_id, contact.campaign_id) == (contact.id, campaign.id)


def test_who_may_not_be_called_is_told_with_the_rule(
    session: Session, campaign: Campaign, agent: AgentSession, now: datetime
) -> None:
    contact = make_contact(session, campaign, now)
    everywhere = SuppressionScope.SYSTEM, 0
    suppressions.add(session, contact.phone, *everywhere, source="list", reason="", user_id=None, now=now)
    with pytest.raises(Conflict, match="may not be called now"):
        manual.pick(session, agent, contact.id, now)
    with pytest.raises(Invalid):
        manual.pick_number(session, agent, "12", now)
    with pytest.raises(NotFound):
        manual.pick(session, agent, make_contact(session, make_campaign(session, now), now).id, now)
    assert agent.state is SessionState.READY


def test_only_in_a_manual_campaign_and_when_ready(
    session: Session, campaign: Campaign, agent: AgentSession, now: datetime
) -> None:
    contact = make_contact(session, campaign, now)
    manual.pick(session, agent, contact.id, now)
    with pytest.raises(Conflict):
        manual.pick(session, agent, contact.id, now)
    other = make_campaign(session, now)
    with pytest.raises(Conflict):
        manual.pick(session, make_session(session, other, now), make_contact(session, other, now).id, now)
