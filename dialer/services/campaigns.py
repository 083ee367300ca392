"""Campaigns: made with lawful defaults, set, started after a check, paused, stopped."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from dialer.core.errors import Conflict
from dialer.core.outbox import Channel, publish_after_commit
from dialer.domain.campaign import (
    CampaignEvent,
    DialMode,
    MachineDetection,
    RecordingMode,
    StrictPacing,
    next_state,
)
from dialer.domain.compliance import RING_SECONDS_AT_LEAST
from dialer.domain.disposition import DEFAULT_DISPOSITIONS
from dialer.services import account_numbers, agents
from dialer.services.account_numbers import OwnNumbers
from dialer.services.campaign_settings import CampaignSettings, NewClient, script_problems, slug_of
from dialer.services.numbers import e164
from dialer.store import agent_sessions, audit, caller_ids, campaigns, clients, contacts
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.dispositions import Disposition

RESERVED_SLUGS = frozenset({"new", "live"})
"""Words that addresses of pages use where a slug stands."""


@dataclass(frozen=True)
class CampaignDraft:
    slug: str
    name: str
    client_id: int
    script_slug: str
    caller_id: str
    caller_id_calls_per_day: int = 500
    local_presence: bool = False
    dial_mode: DialMode = DialMode.PROGRESSIVE
    preview_seconds: int = 0
    lines_per_agent: float = 1.5
    priority: int = 5
    weight: int = 1
    abandon_alarm: float = 0.025
    abandon_limit: float = 0.03
    strict_pacing: StrictPacing = StrictPacing.AUTO
    recording: RecordingMode = RecordingMode.OFF
    machine_detection: MachineDetection = MachineDetection.OFF
    voicemail_message: str = ""
    verdict_review_percent: int = 5
    ring_seconds: int = 25
    sla_minutes: int = 120
    wrap_up_seconds: int = 60
    attempts_allowed: int = 6
    time_zone: str = "America/Chicago"
    lead_owner_id: int | None = None


def create(session: Session, draft: CampaignDraft, user_id: int | None, now: datetime) -> Campaign:
    """A campaign in draft, with the default dispositions. Raises `Conflict` for a slug in use."""
    if campaigns.by_slug(session, draft.slug) is not None:
        raise Conflict(f"There is a campaign “{draft.slug}” already.")
    campaign = Campaign(**vars(draft), created_at=now)
    session.add(campaign)
    session.flush()
    for position, row in enumerate(DEFAULT_DISPOSITIONS):
        session.add(Disposition(campaign_id=campaign.id, position=position, **vars(row)))
    caller_ids.include(session, campaign.id, campaign.caller_id, now)
    audit.note(session, now, user_id, "campaign_created", f"campaign {campaign.slug}")
    session.flush()
    return campaign


def add_client(session: Session, slug: str, name: str, callback_number: str, now: datetime) -> Client:
    """Raises `Conflict` for a slug in use, `Invalid` for a number that is none."""
    if clients.by_slug(session, slug) is not None:
        raise Conflict(f"There is a client “{slug}” already.")
    client = Client(slug=slug, name=name, callback_number=e164(callback_number), created_at=now)
    session.add(client)
    session.flush()
    return client


def make(session: Session, settings: CampaignSettings, user_id: int, now: datetime) -> Campaign:
    """A new campaign, its slug made from its name."""
    wanted = slug = slug_of(settings.name)
    number = 1
    while slug in RESERVED_SLUGS or campaigns.by_slug(session, slug) is not None:
        number += 1
        slug = f"{wanted}-{number}"
    return create(session, CampaignDraft(slug=slug, **_columns(session, settings, now)), user_id, now)


def configure(
    session: Session, campaign: Campaign, settings: CampaignSettings, user_id: int, now: datetime
) -> None:
    """Set a campaign anew; what changed is kept. A running one goes on with what is set."""
    changed = {}
    for name, value in _columns(session, settings, now).items():
        if getattr(campaign, name) != value:
            changed[name] = [str(getattr(campaign, name)), str(value)]
            setattr(campaign, name, value)
    if changed:
        audit.note(session, now, user_id, "campaign_set", f"campaign {campaign.slug}", **changed)
    caller_ids.include(session, campaign.id, campaign.caller_id, now)


def _columns(session: Session, settings: CampaignSettings, now: datetime) -> dict[str, Any]:
    columns = asdict(settings)
    del columns["client"]
    client = settings.client
    if isinstance(client, NewClient):
        client = add_client(session, slug_of(client.name), client.name, client.callback_number, now).id
    return columns | {"client_id": client}


@dataclass(frozen=True)
class Check:
    name: str
    passed: bool
    detail: str


def checklist(
    campaign: Campaign, client: Client, problems: Sequence[str], has_contacts: bool, own: OwnNumbers
) -> list[Check]:
    """What must hold before a campaign may start; `problems` are its script's."""
    not_ours = own.refusal(campaign.caller_id)
    return [
        Check("Script", not problems, "; ".join(problems) or f"“{campaign.script_slug}” is valid"),
        Check(
            "Contacts", has_contacts, "There are some" if has_contacts else "Its call lists have no contact"
        ),
        Check("Caller id", not_ours is None, not_ours or campaign.caller_id),
        Check(
            "Message to an abandoned person",
            bool(client.name and client.callback_number),
            "It needs the client's name and a number to call back",
        ),
        Check("Follow-up promise", campaign.sla_minutes > 0, "It needs a time in working minutes"),
        Check(
            "Ring time",
            campaign.ring_seconds >= RING_SECONDS_AT_LEAST,
            f"{campaign.ring_seconds} s are too short; the law asks for {RING_SECONDS_AT_LEAST} s",
        ),
    ]


def checks_of(session: Session, campaign: Campaign, scripts: Path, now: datetime) -> list[Check]:
    return checklist(
        campaign,
        session.get_one(Client, campaign.client_id),
        script_problems(scripts, campaign.script_slug),
        contacts.has_any(session, campaign.id),
        account_numbers.own_numbers(session, now),
    )


def start(session: Session, campaign: Campaign, scripts: Path, user_id: int, now: datetime) -> None:
    """Start what the checklist lets start. Raises `Conflict` naming what is missing."""
    missing = [check for check in checks_of(session, campaign, scripts, now) if not check.passed]
    if missing:
        told = "; ".join(f"{check.name}: {check.detail}" for check in missing)
        raise Conflict(f"“{campaign.name}” can't start yet. {told}.")
    move(session, campaign, CampaignEvent.START, user_id, now)


def move(
    session: Session,
    campaign: Campaign,
    event: CampaignEvent,
    user_id: int | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Start, pause or stop, unchecked. Asked for what is so already, nothing happens; stopped, its
    agents are signed off, each after the call that is hers."""
    state = next_state(campaign.state, event)
    if state is campaign.state:
        return
    audit.note(
        session,
        now,
        user_id,
        "campaign_moved",
        f"campaign {campaign.slug}",
        before=campaign.state.value,
        after=state.value,
        reason=reason,
    )
    campaign.state = state
    campaign.paused_reason = reason
    if event is CampaignEvent.START:
        campaign.started_at = campaign.started_at or now
    if event is CampaignEvent.STOP:
        for agent in agent_sessions.of_campaign(session, campaign.id):
            agents.leave(session, agent, campaign.id, now)
    publish_after_commit(session, Channel.FLOOR, "all", "campaign", {"campaign_id": campaign.id})
