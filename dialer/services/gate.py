"""The gate's facts, gathered; the decision itself is `domain.compliance.may_call`.

It decides of the number that is dialled next: the hours of the contact and of the number must both be
open, and a number that may not be dialled gives way to the contact's next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dialer.domain.campaign import CampaignState
from dialer.domain.compliance import CallFacts, CallingWindow, Decision, Rule, may_call
from dialer.domain.contact import ClosedReason, ContactState, next_number
from dialer.domain.place import zones_of
from dialer.store import attempts, suppressions
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK, Contact
from dialer.store.suppressions import Suppression

WINDOW = CallingWindow()


def is_open(zones: Sequence[str], now: datetime) -> bool:
    """Whether contacts in these zones may be rung now; zones that are never open together are let
    through, for the gate to close their contacts."""
    return all(WINDOW.is_open(now, zone) for zone in zones) or WINDOW.next_open(now, tuple(zones)) is None


def clocks(contact: Contact, phone: str | None = None) -> tuple[str, ...]:
    """Every zone whose hours count for a call to `phone`, or to the number that is dialled next. Of a
    contact whose place is unknown there is none."""
    number = phone or contact.number
    if not contact.zones or number == contact.phone:
        return tuple(contact.zones)
    return tuple(sorted({*contact.zones, *zones_of(number)}))


def decide(
    session: Session,
    campaign: Campaign,
    contact: Contact,
    now: datetime,
    *,
    held: bool,
    phone: str | None = None,
) -> Decision:
    """Of a call to `phone`, or to the number that is dialled next. `held`: an agent waits for this call."""
    call = AskedCall(contact, phone or contact.number, held)
    return decide_all(session, campaign, [call], now)[0]


@dataclass(frozen=True)
class AskedCall:
    """A call that the gate is asked about."""

    contact: Contact
    phone: str
    agent_is_held: bool = True


def decide_all(
    session: Session, campaign: Campaign, calls: Sequence[AskedCall], now: datetime
) -> list[Decision]:
    """The gate's answer for each call, with one look at the suppression list."""
    phones = [call.phone for call in calls]
    found = suppressions.matching(session, phones, campaign.client_id, campaign.id, now)
    return [may_call(_facts(campaign, call, found.get(call.phone)), now, WINDOW) for call in calls]


def _facts(campaign: Campaign, call: AskedCall, suppression: Suppression | None) -> CallFacts:
    contact = call.contact
    return CallFacts(
        zones=clocks(contact, call.phone),
        suppressed_by=suppression.told() if suppression else None,
        campaign_running=campaign.state is CampaignState.RUNNING,
        contact_open=contact.state is not ContactState.CLOSED,
        attempts_made=contact.attempts_made,
        attempts_allowed=_attempts_allowed(campaign, contact),
        abandoned_at=contact.abandoned_at,
        agent_held=call.agent_is_held,
    )


def _attempts_allowed(campaign: Campaign, contact: Contact) -> int:
    """A call-back that was agreed is kept, and somebody who wrote to us is called, though it be one more
    than the campaign allows."""
    agreed = contact.priority <= PRIORITY_CALL_BACK
    return max(campaign.attempts_allowed, contact.attempts_made + 1) if agreed else campaign.attempts_allowed


CLOSING: dict[Rule, ClosedReason] = {
    Rule.SUPPRESSION: ClosedReason.SUPPRESSED,
    Rule.PLACE_KNOWN: ClosedReason.UNKNOWN_PLACE,
    Rule.ATTEMPT_CAP: ClosedReason.EXHAUSTED,
}
"""Refusals that no passing of time cures by itself."""


def put_aside(
    session: Session, campaign: Campaign, contact: Contact, decision: Decision, now: datetime
) -> None:
    """What a refusal does to the contact: its next number's turn, or it is closed, or waits until its
    window opens."""
    refusal = decision.refused_by
    if refusal is None or contact.state is ContactState.CLOSED:
        return
    reason = CLOSING.get(refusal.rule)
    contact.updated_at = now
    if reason is ClosedReason.SUPPRESSED and move_on(session, campaign, contact, now):
        contact.state = ContactState.WAITING
    elif reason is not None:
        _close(contact, reason, refusal.detail)
    elif refusal.rule is Rule.CALLING_WINDOW:
        opens = WINDOW.next_open(now, clocks(contact))
        if opens is None:
            _close(contact, ClosedReason.UNKNOWN_PLACE, "its zones are never open together")
        else:
            contact.state, contact.next_call_at = ContactState.WAITING, opens
    else:
        contact.state = ContactState.WAITING


def move_on(session: Session, campaign: Campaign, contact: Contact, now: datetime) -> bool:
    """The turn of the contact's next number that is neither suppressed nor known to be somebody else's;
    with one such number it stays. False when there is none."""
    numbers = contact.numbers
    useless = attempts.wrong_numbers(session, contact.id) if contact.attempts_made else set()
    useless |= set(suppressions.matching(session, numbers, campaign.client_id, campaign.id, now))
    found = next_number(numbers, contact.phone_at, useless)
    if found is None:
        return False
    contact.phone_at = found
    return True


def _close(contact: Contact, reason: ClosedReason, detail: str) -> None:
    contact.state = ContactState.CLOSED
    contact.closed_reason, contact.closed_detail = reason, detail
