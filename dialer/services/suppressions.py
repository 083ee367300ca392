"""Suppressing a number takes effect at once: its waiting contacts are closed, so that an id left in
a dial queue finds nobody to claim, and a claimed attempt is refused by the gate."""

from datetime import datetime

from sqlmodel import Session

from dialer.domain.contact import ClosedReason, ContactState
from dialer.store import contacts, suppressions
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.suppressions import Suppression, SuppressionScope


def add(
    session: Session,
    phone: str,
    scope: SuppressionScope,
    scope_id: int,
    *,
    source: str,
    reason: str,
    user_id: int | None,
    now: datetime,
) -> Suppression:
    """Suppress `phone` for good; a suppression that stands for good already is left as it is."""
    asked = Suppression(
        phone=phone,
        scope=scope,
        scope_id=scope_id,
        source=source,
        reason=reason,
        created_by_id=user_id,
        created_at=now,
    )
    found = suppressions.keep(session, asked)
    if found.expires_at is not None:
        found.source, found.reason = source, reason
        found.created_by_id, found.created_at, found.expires_at = user_id, now, None
    for contact in contacts.with_phone(session, phone):
        if contact.state is ContactState.WAITING and _covers(session, found, contact):
            contact.state = ContactState.CLOSED
            contact.closed_reason = ClosedReason.SUPPRESSED
            contact.closed_detail = found.told()
            contact.updated_at = now
    return found


def _covers(session: Session, suppression: Suppression, contact: Contact) -> bool:
    if suppression.scope is SuppressionScope.SYSTEM:
        return True
    if suppression.scope is SuppressionScope.CAMPAIGN:
        return contact.campaign_id == suppression.scope_id
    return session.get_one(Campaign, contact.campaign_id).client_id == suppression.scope_id
