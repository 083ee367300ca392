"""The floor as it is now: agents by state, queues, calls, and webhooks that were refused."""

from datetime import datetime

import httpx
import pytest
from sqlmodel import Session

from dialer.core.redis import get_redis
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import CampaignState
from dialer.domain.contact import ContactState
from dialer.domain.leg import LegPurpose, LegState
from dialer.domain.user import Role
from dialer.services import agents, legs
from dialer.store import dial_queue
from tests.factories import make_attempt, make_campaign, make_contact, make_session, make_user, talk
from tests.house import commit
from tests.web.visitor import Visitor, sign_in

FLOOR = "/supervisor/floor"


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.SUPERVISOR)


@pytest.mark.parametrize("path", [FLOOR, f"{FLOOR}/live"])
def test_an_empty_floor_says_what_to_do(path: str, supervisor: Visitor) -> None:
    shown = supervisor.read(path)
    assert "No agent is signed in" in shown
    assert "No campaign is running" in shown
    assert "No call is up" in shown


def test_every_agent_and_call_is_told_of(supervisor: Visitor, session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    talking = talk(session, now, campaign, first_name="Imani")
    ready = make_session(session, campaign, now)
    pausing = make_session(session, campaign, now)
    agents.pause(session, pausing, "lunch", now)
    previewing = make_session(session, campaign, now, make_user(session, now, full_name="Zoe Preview"))
    previewed = make_contact(session, campaign, now, first_name="Mei", state=ContactState.HELD)
    previewing.state, previewing.preview_contact_id = SessionState.RESERVED, previewed.id
    lost = make_session(session, campaign, now)
    lost.line = LineState.DOWN
    ringing = make_contact(session, campaign, now, first_name="Otto")
    make_attempt(session, ringing, now, state=AttemptState.RINGING)
    make_attempt(session, make_contact(session, campaign, now), now, state=AttemptState.IN_DOUBT)
    dial_queue.add(get_redis(), campaign.id, {1: 1.0})
    commit(session)
    shown = supervisor.read(f"{FLOOR}/live")
    assert "Agents signed in 5 Ready 2 On call 1 Wrap-up 0 Paused 1 Not answered yet 2" in shown
    assert "In doubt 1 asked, no clear answer In dial queues 1 Bad signatures 0" in shown
    assert "Lunch" in shown
    assert "Zoe Preview Preview" in shown
    assert "Mei Okafor" in shown
    assert "Line down" in shown
    assert f"Imani Okafor {partly(talking.contact.phone)} · {campaign.name} Connected" in shown
    assert f"Otto Okafor {partly(ringing.phone)} · {campaign.name} Ringing" in shown
    assert ringing.phone[2:5] not in shown
    assert ready.line is LineState.UP


def partly(phone: str) -> str:
    return f"+1 •••-•••-••{phone[-2:]}"


def test_stopped_campaigns_are_not_watched(supervisor: Visitor, session: Session, now: datetime) -> None:
    stopped = make_campaign(session, now, state=CampaignState.STOPPED)
    paused = make_campaign(session, now, state=CampaignState.PAUSED, paused_reason="nobody is in")
    commit(session)
    shown = supervisor.read(FLOOR)
    assert stopped.name not in shown
    assert f"{paused.name} The campaign is paused: nobody is in." in shown


def test_webhooks_with_a_bad_signature_are_counted(supervisor: Visitor, web: httpx.Client) -> None:
    path = "/twilio/attempts/00000000-0000-0000-0000-000000000000/status"
    for _ in range(3):
        assert web.post(path, data={"CallSid": "CA1"}).status_code == 403
    assert "Bad signatures 3" in supervisor.read(FLOOR)


def test_a_person_who_was_handed_on_is_shown_with_whom(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    called = talk(session, now, first_name="Imani")
    rep = make_user(session, now, Role.MANAGER, full_name="Rita Rep")
    asked = legs.ask(
        session,
        called.agent,
        LegPurpose.HAND_ON,
        "+13125550188",
        called.agent.user_id,
        now,
        attempt_id=called.attempt.id,
        user_id=rep.id,
    )
    asked.state, asked.joined_at = LegState.JOINED, now
    called.attempt.state, called.attempt.handed_on_at = AttemptState.WRAP_UP, now
    commit(session)
    shown = supervisor.read(f"{FLOOR}/live")
    assert f"Imani Okafor {partly(called.contact.phone)} · {called.campaign.name} Handed on" in shown
    assert "with Rita Rep" in shown
    called.attempt.call_ended_at = now
    commit(session)
    assert "Handed on" not in supervisor.read(f"{FLOOR}/live")


def test_a_campaign_whose_numbers_are_at_their_cap_says_so(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now, caller_id_calls_per_day=1)
    make_session(session, campaign, now)
    make_contact(session, campaign, now)
    make_attempt(session, make_contact(session, campaign, now), now, state=AttemptState.CLOSED)
    commit(session)
    assert "No caller id may be shown: of 1 in the pool, 1 at their cap" in supervisor.read(FLOOR)
