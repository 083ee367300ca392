"""Campaigns: the live table, settings held against the law, the checklist, start, pause and stop."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlmodel import Session, col, select

from dialer.core import heartbeat
from dialer.core.redis import get_redis
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import CampaignState, DialMode, MachineDetection, StrictPacing
from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.user import Role
from dialer.store import dial_queue
from dialer.store.audit import AuditEntry
from dialer.store.campaigns import Campaign, by_slug
from dialer.store.clients import Client
from dialer.store.dispositions import of_campaign
from tests.factories import (
    CALLER_ID,
    make_attempt,
    make_campaign,
    make_client,
    make_contact,
    make_lead,
    make_session,
    make_user,
    own,
    talk,
)
from tests.house import commit
from tests.web.visitor import Visitor, sign_in, toast, words

LIST = "/supervisor/campaigns"
SETTINGS = {
    "name": "Autumn offer",
    "script_slug": "home-energy-check",
    "caller_id": "+1 312 555 0100",
    "caller_id_calls_per_day": "300",
    "local_presence": "yes",
    "dial_mode": "preview",
    "preview_seconds": "20",
    "lines_per_agent": "1.5",
    "priority": "2",
    "weight": "3",
    "abandon_alarm": "1.5",
    "abandon_limit": "2.25 %",
    "strict_pacing": "on",
    "recording": "on_consent",
    "machine_detection": "while_connecting",
    "voicemail_message": "We rang about your heating. Call 800 555 0199.",
    "verdict_review_percent": "10",
    "ring_seconds": "20",
    "wrap_up_seconds": "45",
    "attempts_allowed": "4",
    "sla_minutes": "90",
    "time_zone": "America/Denver",
    "lead_owner_id": "",
}


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    own(session, now, CALLER_ID)
    return sign_in(web, session, now, Role.SUPERVISOR)


def fresh(session: Session, campaign: Campaign) -> Campaign:
    session.expire_all()
    return session.get_one(Campaign, campaign.id)


def test_the_table_says_what_to_do_when_it_is_empty(supervisor: Visitor) -> None:
    assert "No campaign yet" in supervisor.read(LIST)


def test_the_table_has_todays_numbers(supervisor: Visitor, session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    talk(session, now, campaign)
    make_session(session, campaign, now)
    make_attempt(session, make_contact(session, campaign, now), now)
    abandoned = make_contact(session, campaign, now)
    closed = {"state": AttemptState.CLOSED, "is_abandoned": True, "abandoned_at": now}
    make_attempt(session, abandoned, now, **closed)
    yesterday = now - timedelta(days=1)
    make_attempt(session, make_contact(session, campaign, now), yesterday, state=AttemptState.CLOSED)
    make_lead(session, make_contact(session, campaign, now), now)
    dial_queue.add(get_redis(), campaign.id, {1: 1.0, 2: 2.0, 3: 3.0})
    commit(session)
    for path in (LIST, f"{LIST}/live"):
        shown = supervisor.read(path)
        assert f"{campaign.name} for Client" in shown
        assert "Running 3 1 1 of 2 4 1" in shown, shown
        assert "50.0%" in shown


def test_a_campaign_is_made_from_the_form(supervisor: Visitor, session: Session, now: datetime) -> None:
    client, owner = make_client(session, now), make_user(session, now, Role.MANAGER)
    commit(session)
    assert "New campaign" in supervisor.read(f"{LIST}/new")
    answer = supervisor.post(LIST, SETTINGS | {"client_id": client.id, "lead_owner_id": owner.id})
    assert answer.headers["location"] == f"{LIST}/autumn-offer"
    assert "is made" in toast(answer, supervisor)
    campaign = by_slug(session, "autumn-offer")
    assert campaign is not None
    assert (campaign.state, campaign.dial_mode) == (CampaignState.DRAFT, DialMode.PREVIEW)
    assert (campaign.caller_id, campaign.ring_seconds, campaign.attempts_allowed) == ("+13125550100", 20, 4)
    assert (campaign.caller_id_calls_per_day, campaign.local_presence) == (300, True)
    assert (campaign.preview_seconds, campaign.lines_per_agent) == (20, 1.5)
    assert (campaign.priority, campaign.weight) == (2, 3)
    assert (campaign.abandon_alarm, campaign.abandon_limit) == (0.015, 0.0225)
    assert campaign.strict_pacing is StrictPacing.ON
    assert (campaign.time_zone, campaign.lead_owner_id) == ("America/Denver", owner.id)
    assert (campaign.machine_detection, campaign.verdict_review_percent) == (
        MachineDetection.WHILE_CONNECTING,
        10,
    )
    assert campaign.voicemail_message == "We rang about your heating. Call 800 555 0199."
    assert len(of_campaign(session, campaign.id)) > 10


def test_a_message_for_a_machine_needs_a_toll_free_number(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    client = make_client(session, now)
    commit(session)
    form = SETTINGS | {"client_id": client.id, "voicemail_message": "We rang about your heating."}
    refused = supervisor.post(LIST, form)
    assert refused.status_code == 422
    assert "must name a toll-free number" in words(refused)
    client.callback_number = "+18885550142"
    session.add(client)
    commit(session)
    assert supervisor.post(LIST, form).status_code == 303


def test_two_campaigns_of_one_name_have_two_addresses(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    client = make_client(session, now)
    commit(session)
    form = SETTINGS | {"client_id": client.id, "name": "New"}
    assert supervisor.post(LIST, form).headers["location"] == f"{LIST}/new-2"
    assert supervisor.post(LIST, form).headers["location"] == f"{LIST}/new-3"


def test_a_new_client_comes_with_its_campaign(supervisor: Visitor, session: Session) -> None:
    new = {"client_id": "new", "client_name": "Kestrel Homes", "client_callback_number": "+13125550188"}
    assert supervisor.post(LIST, SETTINGS | new).status_code == 303
    client = session.exec(select(Client)).one()
    assert (client.name, client.callback_number) == ("Kestrel Homes", "+13125550188")
    again = supervisor.post(LIST, SETTINGS | new)
    assert again.status_code == 422
    assert "There is a client “Kestrel Homes” already" in words(again)


WRONG = [
    ("name", "", "needs a name"),
    ("name", "x" * 121, "needs a name"),
    ("client_id", "", "Choose whom the campaign calls for"),
    ("client_id", "99999", "Choose whom the campaign calls for"),
    ("script_slug", "no-such-script", "Choose a script"),
    ("caller_id", "", "Give the number"),
    ("caller_id", "our number", "is no telephone number"),
    ("caller_id", "+1312", "too few or too many digits"),
    ("caller_id", "+13125550177", "+13125550177 is not one of the account's numbers at Twilio"),
    ("caller_id_calls_per_day", "0", "Between 1 and 100,000"),
    ("dial_mode", "predictive-ish", "Choose how it dials"),
    ("abandon_limit", "3.1", "Between 0.1% and 3%: more is against 16 CFR 310.4"),
    ("abandon_limit", "a few", "Between 0.1% and 3%"),
    ("abandon_alarm", "2.3", "Between 0.1% and 2.25%: the alarm comes before the brake"),
    ("abandon_alarm", "0", "Between 0.1% and"),
    ("strict_pacing", "rather", "Choose how strictly it dials"),
    ("ring_seconds", "14", "Between 15 and 120"),
    ("ring_seconds", "121", "Between 15 and 120"),
    ("ring_seconds", "-20", "Between 15 and 120"),
    ("ring_seconds", "9" * 5000, "Between 15 and 120"),
    ("wrap_up_seconds", "4", "Between 5 and 1,800"),
    ("attempts_allowed", "0", "Between 1 and 30"),
    ("attempts_allowed", "many", "Between 1 and 30"),
    ("sla_minutes", "0", "Between 1 and 2,400"),
    ("time_zone", "Mars/Olympus", "Choose a time zone"),
    ("lead_owner_id", "99999", "Choose who leads go to"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG, ids=[f"{f}={v[:12]}" for f, v, _ in WRONG])
def test_what_the_law_or_reason_forbids_is_told_at_its_field(
    field: str, value: str, message: str, supervisor: Visitor, session: Session, now: datetime
) -> None:
    client = make_client(session, now)
    commit(session)
    answer = supervisor.post(LIST, SETTINGS | {"client_id": client.id, field: value})
    assert answer.status_code == 422
    assert message in words(answer)
    assert f'id="field-{field}-error"' in answer.text
    assert 'value="Autumn offer"' in answer.text or field == "name"
    assert session.exec(select(Campaign)).first() is None


def test_settings_are_changed_and_the_change_is_kept(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    commit(session)
    page = f"{LIST}/{campaign.slug}"
    form = SETTINGS | {"client_id": campaign.client_id}
    assert "The settings are saved." in toast(supervisor.post(page, form), supervisor)
    stored = fresh(session, campaign)
    assert (stored.name, stored.wrap_up_seconds, stored.state) == ("Autumn offer", 45, CampaignState.RUNNING)
    entry = session.exec(select(AuditEntry).where(AuditEntry.action == "campaign_set")).one()
    assert entry.user_id == supervisor.user.id
    assert entry.detail["wrap_up_seconds"] == ["60", "45"]
    refused = supervisor.post(page, form | {"ring_seconds": "5", "name": "Winter offer"})
    assert refused.status_code == 422
    assert 'value="Winter offer"' in refused.text
    assert fresh(session, campaign).name == "Autumn offer"


def test_a_campaign_starts_when_its_checklist_is_done(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now, state=CampaignState.DRAFT)
    commit(session)
    page = f"{LIST}/{campaign.slug}"
    shown = supervisor.read(page)
    assert "5 of 6 done" in shown
    assert "Its call lists have no contact" in shown
    assert "Finish set-up" in supervisor.read(LIST)
    answer = supervisor.post(f"{page}/start")
    assert "can't start yet. Contacts: Its call lists have no contact" in toast(answer, supervisor)
    by_htmx = supervisor.post(f"{page}/start", htmx=True)
    assert by_htmx.status_code == 409
    assert "Its call lists have no contact" in by_htmx.headers["X-Message"]
    assert fresh(session, campaign).state is CampaignState.DRAFT
    make_contact(session, campaign, now)
    commit(session)
    assert "6 of 6 done" in supervisor.read(page)
    assert "is running" in toast(supervisor.post(f"{page}/start"), supervisor)
    assert fresh(session, campaign).state is CampaignState.RUNNING


def test_a_script_that_is_gone_keeps_a_campaign_from_starting(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now, state=CampaignState.STOPPED, script_slug="thrown-away")
    make_contact(session, campaign, now)
    commit(session)
    answer = supervisor.post(f"{LIST}/{campaign.slug}/start", htmx=True)
    assert answer.status_code == 409
    assert "thrown-away" in answer.headers["X-Message"]


def test_pause_and_stop_from_the_table(supervisor: Visitor, session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    make_contact(session, campaign, now)
    busy = talk(session, now, campaign).agent
    idle = make_session(session, campaign, now)
    commit(session)
    page = f"{LIST}/{campaign.slug}"
    paused = supervisor.post(f"{page}/pause", htmx=True)
    assert paused.status_code == 200
    assert "Paused Ada Account paused it" in words(paused)
    session.refresh(idle)
    assert idle.state is SessionState.READY
    stopped = supervisor.post(f"{page}/stop", htmx=True)
    assert "Stopped" in words(stopped)
    session.refresh(idle)
    session.refresh(busy)
    assert (idle.state, busy.state, busy.stop_after_call) == (
        SessionState.OFFLINE,
        SessionState.ON_CALL,
        True,
    )
    supervisor.post(f"{page}/start", htmx=True)
    assert fresh(session, campaign).state is CampaignState.RUNNING
    assert campaign.paused_reason is None
    moved = select(AuditEntry).where(AuditEntry.action == "campaign_moved").order_by(col(AuditEntry.id))
    moves = session.exec(moved).all()
    assert [move.detail["after"] for move in moves] == ["paused", "stopped", "running"]


def test_why_nobody_is_dialled_in_words(supervisor: Visitor, session: Session, now: datetime) -> None:
    for process in heartbeat.Process:
        heartbeat.beat(process)
    campaign = make_campaign(session, now)
    commit(session)
    why = f"{LIST}/{campaign.slug}/why"
    assert "No agent is signed in" not in supervisor.read(why)
    assert "The campaign has no contact: load a call list." in supervisor.read(why)
    make_contact(session, campaign, now, zones=["Asia/Tokyo"])
    commit(session)
    shown = supervisor.read(why)
    assert "Nobody may be dialled now: contacts wait for their calling hours." in shown
    assert "the first may be rung from 08:00 JST (Asia/Tokyo) 1" in shown
    assert "Tue 1 Dec, 17:00 CST" in shown
    make_contact(session, campaign, now, priority=50, next_call_at=now + timedelta(hours=20))
    make_contact(session, campaign, now, priority=10, next_call_at=now + timedelta(hours=10))
    make_contact(session, campaign, now, next_call_at=now + timedelta(hours=5))
    closed = {"state": ContactState.CLOSED, "closed_reason": ClosedReason.EXHAUSTED}
    make_contact(session, campaign, now, **closed)
    commit(session)
    shown = supervisor.read(why)
    assert "Wait for their next try 1" in shown
    assert "Wait for an agreed call-back 1" in shown
    assert "Put off by an agent in preview 1" in shown
    assert "Closed: dialled as often as the campaign allows 1" in shown
    make_contact(session, campaign, now)
    commit(session)
    assert "No agent is signed in to this campaign." in supervisor.read(why)
    agent = make_session(session, campaign, now)
    commit(session)
    assert "The next calls are about to be placed." in supervisor.read(why)
    agent.state = SessionState.PAUSED
    commit(session)
    assert "No agent is ready." in supervisor.read(why)


@pytest.mark.parametrize(
    ("state", "reason", "message"),
    [
        (CampaignState.DRAFT, None, "The campaign has not been started."),
        (CampaignState.STOPPED, None, "The campaign is stopped."),
        (CampaignState.PAUSED, "the carrier refuses calls", "is paused: the carrier refuses calls."),
    ],
)
def test_why_a_campaign_that_does_not_run_dials_nobody(
    state: CampaignState,
    reason: str | None,
    message: str,
    supervisor: Visitor,
    session: Session,
    now: datetime,
) -> None:
    campaign = make_campaign(session, now, state=state, paused_reason=reason)
    make_contact(session, campaign, now)
    commit(session)
    assert message in supervisor.read(f"{LIST}/{campaign.slug}/why")


def test_an_unknown_campaign_is_told_so(supervisor: Visitor) -> None:
    answer = supervisor.get(f"{LIST}/nowhere")
    assert answer.status_code == 404
    assert "There is no campaign “nowhere”." in words(answer)
