"""Manual dialling on the desk, and a shift in several campaigns."""

from datetime import datetime

import httpx
import pytest
from sqlmodel import Session

from dialer.domain.campaign import DialMode
from dialer.domain.user import Role
from dialer.store.agent_sessions import AgentSession, campaigns_of, of_user
from dialer.store.campaigns import Campaign
from tests.factories import make_campaign, make_contact, make_session
from tests.house import commit
from tests.web.visitor import Visitor, sign_in, words

DESK = "/desk"


@pytest.fixture
def agent(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.AGENT)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now, dial_mode=DialMode.MANUAL)


@pytest.fixture
def shift(session: Session, campaign: Campaign, agent: Visitor, now: datetime) -> AgentSession:
    return make_session(session, campaign, now, agent.user)


def test_she_finds_looks_and_dials(
    agent: Visitor, shift: AgentSession, campaign: Campaign, session: Session, now: datetime
) -> None:
    rosa = make_contact(session, campaign, now, first_name="Rosa", last_name="Lindqvist")
    commit(session)
    assert "Whom do you call?" in words(agent.get(DESK))
    found = agent.get(f"{DESK}/find", words="lindq")
    assert "Rosa Lindqvist" in words(found)
    assert rosa.phone not in found.text
    shown = agent.post(f"{DESK}/pick", {"contact_id": rosa.id}, htmx=True)
    assert 'data-state="preview"' in shown.text
    assert 'data-state="ringing"' in agent.post(f"{DESK}/dial", {}, htmx=True).text


def test_a_number_that_is_on_no_list_is_offered_and_shown(
    agent: Visitor, shift: AgentSession, session: Session
) -> None:
    commit(session)
    found = agent.get(f"{DESK}/find", words="312 555 0177")
    assert "Nobody in this campaign fits." in words(found)
    assert "Call 312 555 0177" in words(found)
    shown = agent.post(f"{DESK}/pick", {"number": "312 555 0177"}, htmx=True)
    assert 'data-state="preview"' in shown.text


@pytest.mark.parametrize("sent", [{"number": "12"}, {"number": ""}, {"contact_id": 10**9}])
def test_what_can_not_be_called_is_refused_with_words(
    agent: Visitor, shift: AgentSession, session: Session, sent: dict[str, object]
) -> None:
    commit(session)
    answer = agent.post(f"{DESK}/pick", sent, htmx=True)
    assert answer.status_code == 422
    assert 'data-state="ready"' in answer.text
    assert 'role="alert"' in answer.text
    assert "Give at least" in words(agent.get(f"{DESK}/find", words="x"))


def test_a_shift_may_have_several_campaigns_and_needs_one(
    agent: Visitor, session: Session, now: datetime
) -> None:
    one, other = make_campaign(session, now), make_campaign(session, now)
    commit(session)
    refused = agent.post(f"{DESK}/start", {}, htmx=True)
    assert refused.status_code == 422
    assert "Choose at least one campaign." in words(refused)
    assert agent.post(f"{DESK}/start", {"campaign_id": [one.id, other.id]}, htmx=True).status_code == 200
    session.rollback()
    current = of_user(session, agent.user.id)
    assert current is not None
    assert campaigns_of(session, current.id) == {one.id, other.id}
    assert f"you work {one.name} and {other.name}" in words(agent.get(DESK)) or current.state != "ready"
