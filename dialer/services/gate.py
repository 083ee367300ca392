"""The gate's facts, gathered; the decision itself is `domain.compliance.may_call`."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from dialer.domain.campaign import CampaignState
from dialer.domain.compliance import CallFacts, CallingWindow, Decision, Rule, may_call
from dialer.domain.contact import ClosedReason, ContactState
from dialer.store import suppressions
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK, Contact
from dialer.store.suppressions import Suppression

WINDOW = CallingWindow()


def decide(session: Session, campaign: Campaign, contact: Contact, now: datetime, *, held: bool) -> Decision:
    """`held`: an agent waits for this call."""
    return decide_all(session, campaign, [contact], now, held=held)[0]


def decide_all(
    session: Session, campaign: Campaign, contacts: Sequence[Contact], now: datetime, *, held: bool
) -> list[Decision]:
    """The gate's answer for each contact, with one look at the suppression list."""
    found = suppressions.matching(
        session, [contact.phone for contact in contacts], campaign.client_id, campaign.id, now
    )
    return [
        may_call(_facts(campaign, contact, found.get(contact.phone), held), now, WINDOW)
        for contact in contacts
    ]


def _facts(campaign: Campaign, contact: Contact, suppression: Suppression | None, held: bool) -> CallFacts:
    return CallFacts(
        zones=tuple(contact.zones),
        suppressed_by=suppression.told() if suppression else None,
        campaign_running=campaign.state is CampaignState.RUNNING,
        contact_open=contact.state is not ContactState.CLOSED,
        attempts_made=contact.attempts_made,
        attempts_allowed=_attempts_allowed(campaign, contact),
        abandoned_at=contact.abandoned_at,
        agent_held=held,
    )


def _attempts_allowed(campaign: Campaign, contact: Contact) -> int:
    """A call-back that was agreed is kept, though it be one more than the campaign allows."""
    agreed = contact.priority == PRIORITY_CALL_BACK
    return max(campaign.attempts_allowed, contact.attempts_made + 1) if agreed else campaign.attempts_allowed


CLOSING: dict[Rule, ClosedReason] = {
    Rule.SUPPRESSION: ClosedReason.SUPPRESSED,
    Rule.PLACE_KNOWN: ClosedReason.UNKNOWN_PLACE,
    Rule.ATTEMPT_CAP: ClosedReason.EXHAUSTED,
}
"""Refusals that no passing of time cures by itself."""


def put_aside(contact: Contact, decision: Decision, now: datetime) -> None:
    """What a refusal does to the contact: close it, or let it wait until its window opens."""
    refusal = decision.refused_by
    if refusal is None or contact.state is ContactState.CLOSED:
        return
    reason = CLOSING.get(refusal.rule)
    if reason is not None:
        contact.state = ContactState.CLOSED
        contact.closed_reason = reason
        contact.closed_detail = refusal.detail
    else:
        contact.state = ContactState.WAITING
        if refusal.rule is Rule.CALLING_WINDOW:
            opens = WINDOW.next_open(now, tuple(contact.zones))
            if opens is None:
                contact.state = ContactState.CLOSED
                contact.closed_reason = ClosedReason.UNKNOWN_PLACE
                contact.closed_detail = "its zones are never open together"
            else:
                contact.next_call_at = opens
    contact.updated_at = now
