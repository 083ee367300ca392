"""Campaigns: made with lawful defaults, moved with a trace."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from dialer.core.errors import Conflict, Invalid
from dialer.core.queue import Job
from dialer.core.settings import get_settings
from dialer.domain.agent import SessionState
from dialer.domain.campaign import CampaignEvent, CampaignState
from dialer.domain.disposition import DEFAULT_DISPOSITIONS
from dialer.services import campaigns
from dialer.services.campaigns import CampaignDraft
from dialer.store.audit import AuditEntry
from dialer.store.dispositions import of_campaign
from tests.factories import CALLER_ID, make_campaign, make_client, make_contact, make_session, make_user, talk
from tests.house import commit, queued

E = CampaignEvent


def test_a_new_one_is_a_draft_with_the_default_dispositions(session: Session, now: datetime) -> None:
    client = make_client(session, now)
    draft = CampaignDraft("solar", "Solar", client.id, "home-energy-check", CALLER_ID)
    made = campaigns.create(session, draft, None, now)
    assert made.state is CampaignState.DRAFT
    assert made.ring_seconds >= 15
    assert made.abandon_seconds <= 2
    assert [row.code for row in of_campaign(session, made.id)] == [row.code for row in DEFAULT_DISPOSITIONS]
    with pytest.raises(Conflict, match="“solar” already"):
        campaigns.create(session, draft, None, now)


def test_a_clients_number_is_one_that_can_be_called(session: Session, now: datetime) -> None:
    client = campaigns.add_client(session, "acme", "Acme", "+1 (312) 555-0199", now)
    assert client.callback_number == "+13125550199"
    with pytest.raises(Invalid, match="write it like"):
        campaigns.add_client(session, "other", "Other", "call us", now)
    with pytest.raises(Conflict, match="“acme” already"):
        campaigns.add_client(session, "acme", "Acme", "+13125550199", now)


def test_moves_are_kept_with_who_and_why(session: Session, now: datetime) -> None:
    user = make_user(session, now)
    campaign = make_campaign(session, now, state=CampaignState.DRAFT)
    campaigns.move(session, campaign, E.PAUSE, user.id, now)
    campaigns.move(session, campaign, E.START, user.id, now)
    campaigns.move(session, campaign, E.PAUSE, None, now, reason="the carrier refuses calls")
    assert (campaign.state, campaign.paused_reason) == (CampaignState.PAUSED, "the carrier refuses calls")
    campaigns.move(session, campaign, E.START, user.id, now)
    campaigns.move(session, campaign, E.START, user.id, now)
    assert (campaign.state, campaign.paused_reason) == (CampaignState.RUNNING, None)
    session.flush()
    kept = session.exec(select(AuditEntry).where(AuditEntry.action == "campaign_moved")).all()
    assert [(row.user_id, row.detail["after"], row.detail["reason"]) for row in kept] == [
        (user.id, "running", None),
        (None, "paused", "the carrier refuses calls"),
        (user.id, "running", None),
    ]


def test_stopped_it_signs_its_agents_off_each_after_her_call(session: Session, now: datetime) -> None:
    talking = talk(session, now)
    ready = make_session(session, talking.campaign, now)
    elsewhere = make_session(session, make_campaign(session, now), now)
    campaigns.move(session, talking.campaign, E.STOP, None, now)
    assert (ready.state, elsewhere.state) == (SessionState.OFFLINE, SessionState.READY)
    assert (talking.agent.state, talking.agent.stop_after_call) == (SessionState.ON_CALL, True)
    commit(session)
    assert queued() == [(Job.HANG_UP_AGENT, str(ready.id))]


def test_it_starts_when_nothing_is_missing_and_says_what_is(session: Session, now: datetime) -> None:
    scripts: Path = get_settings().scripts_folder
    user = make_user(session, now)
    campaign = make_campaign(
        session, now, state=CampaignState.DRAFT, script_slug="no-such-script", ring_seconds=10
    )
    with pytest.raises(Conflict) as refused:
        campaigns.start(session, campaign, scripts, user.id, now)
    for missing in ("Script", "Contacts", "Ring time"):
        assert missing in str(refused.value)
    assert [campaign.state] == [CampaignState.DRAFT]
    campaign.script_slug, campaign.ring_seconds = "home-energy-check", 25
    make_contact(session, campaign, now)
    campaigns.start(session, campaign, scripts, user.id, now)
    assert [campaign.state, campaign.started_at] == [CampaignState.RUNNING, now]
