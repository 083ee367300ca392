"""Campaigns: made with lawful defaults, started after a check, paused, stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import phonenumbers
from sqlmodel import Session

from dialer.core.errors import Conflict, Invalid
from dialer.core.outbox import Channel, publish_after_commit
from dialer.domain.campaign import CampaignEvent, DialMode, next_state
from dialer.domain.disposition import DEFAULT_DISPOSITIONS
from dialer.store import audit, campaigns, clients
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.dispositions import Disposition


@dataclass(frozen=True)
class CampaignDraft:
    slug: str
    name: str
    client_id: int
    script_slug: str
    caller_id: str
    dial_mode: DialMode = DialMode.PROGRESSIVE
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
    audit.note(session, now, user_id, "campaign_created", f"campaign {campaign.slug}")
    session.flush()
    return campaign


def add_client(session: Session, slug: str, name: str, callback_number: str, now: datetime) -> Client:
    """Raises `Conflict` for a slug in use, `Invalid` for a number that is none."""
    if clients.by_slug(session, slug) is not None:
        raise Conflict(f"There is a client “{slug}” already.")
    client = Client(slug=slug, name=name, callback_number=_e164(callback_number), created_at=now)
    session.add(client)
    session.flush()
    return client


def _e164(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise Invalid(f"“{number}” is no telephone number; write it like +13125550100.") from error
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True)
class Check:
    name: str
    passed: bool
    detail: str


def checklist(
    session: Session, campaign: Campaign, script_problems: Sequence[str], contact_count: int
) -> list[Check]:
    """What must hold before a campaign may start."""
    client = session.get_one(Client, campaign.client_id)
    return [
        Check(
            "Script", not script_problems, "; ".join(script_problems) or f"“{campaign.script_slug}” is valid"
        ),
        Check("Contacts", contact_count > 0, f"{contact_count:,} on its call lists"),
        Check("Caller id", bool(campaign.caller_id), campaign.caller_id or "none set"),
        Check(
            "Message to an abandoned person",
            bool(client.name and client.callback_number),
            f"{client.name}, {client.callback_number}",
        ),
        Check("Follow-up promise", campaign.sla_minutes > 0, f"{campaign.sla_minutes} working minutes"),
        Check("Ringing", campaign.ring_seconds >= 15, f"{campaign.ring_seconds} s (15 s at least)"),
    ]


def move(
    session: Session,
    campaign: Campaign,
    event: CampaignEvent,
    user_id: int | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Start, pause or stop. Asked for what is so already, nothing happens."""
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
    publish_after_commit(session, Channel.FLOOR, "all", "campaign", {"campaign_id": campaign.id})
