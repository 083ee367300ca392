"""Suppressing a number takes effect at once: waiting contacts who have no other are closed and out of the
dial queue, the others are on their next number, and a claimed attempt is refused by the gate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dialer.core.enums import member_of
from dialer.core.errors import Invalid, InvalidFields
from dialer.domain.contact import ClosedReason, ContactState
from dialer.services import gate
from dialer.services.numbers import e164
from dialer.store import campaigns, clients, contacts, dial_queue, suppressions
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.suppressions import Suppression, SuppressionScope

COUNTRY = "US"
"""Of a number that is typed without one."""


@dataclass(frozen=True)
class Wanted:
    """A suppression as a form asks for it."""

    phone: str
    scope: SuppressionScope
    scope_id: int
    reason: str


@dataclass(frozen=True)
class SuppressionLine:
    phone: str
    scope: str
    whose: str
    """The client or campaign it is of; empty for the whole system."""
    source: str
    reason: str
    added_by: str
    created_at: datetime
    expires_at: datetime | None


def read(session: Session, form: Mapping[str, str]) -> Wanted:
    """Raises `InvalidFields`."""
    errors = {}
    phone, reason = form["phone"].strip(), form["reason"].strip()
    try:
        phone = e164(phone, COUNTRY)
    except Invalid as error:
        errors["phone"] = str(error)
    if not 0 < len(reason) <= 200:
        errors["reason"] = "Say why, in at most 200 characters."
    scope = member_of(SuppressionScope, form["scope"])
    scope_id = 0
    if scope is None:
        errors["scope"] = "Choose whose calls are meant."
    elif scope is not SuppressionScope.SYSTEM:
        field = f"{scope.value}_id"
        known = (
            clients.everything(session) if scope is SuppressionScope.CLIENT else campaigns.everything(session)
        )
        scope_id = next((row.id for row in known if str(row.id) == form[field]), 0)
        if not scope_id:
            errors[field] = f"Choose the {scope.value}."
    if errors or scope is None:
        raise InvalidFields(errors)
    return Wanted(phone, scope, scope_id, reason)


def listing(session: Session, digits: str, offset: int, limit: int) -> list[SuppressionLine]:
    whose = {
        SuppressionScope.SYSTEM: {},
        SuppressionScope.CLIENT: {row.id: row.name for row in clients.everything(session)},
        SuppressionScope.CAMPAIGN: {row.id: row.name for row in campaigns.everything(session)},
    }
    return [
        SuppressionLine(
            phone=row.phone,
            scope=row.scope.value,
            whose=whose[row.scope].get(row.scope_id, ""),
            source=row.source,
            reason=row.reason,
            added_by=user.full_name if user else "",
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
        for row, user in suppressions.page_of(session, digits, offset, limit)
    ]


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
    """Suppress `phone` for good; a suppression that stands for good already is left as it is.

    Contacts are locked before the suppression, as a disposition does, so that the two never wait for
    each other.
    """
    affected = contacts.with_phone(session, phone)
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
    for contact in affected:
        if contact.state is ContactState.WAITING and _covers(session, found, contact):
            _without(session, contact, found, now)
    return found


def _without(session: Session, contact: Contact, suppression: Suppression, now: datetime) -> None:
    """The contact goes on without the number, or is closed when it was her last."""
    if contact.number != suppression.phone:
        return
    campaign = session.get_one(Campaign, contact.campaign_id)
    contact.updated_at = now
    if gate.move_on(session, campaign, contact, now):
        return
    contact.state = ContactState.CLOSED
    contact.closed_reason = ClosedReason.SUPPRESSED
    contact.closed_detail = suppression.told()
    dial_queue.drop_after_commit(session, contact.campaign_id, contact.id)


def _covers(session: Session, suppression: Suppression, contact: Contact) -> bool:
    if suppression.scope is SuppressionScope.SYSTEM:
        return True
    if suppression.scope is SuppressionScope.CAMPAIGN:
        return contact.campaign_id == suppression.scope_id
    return session.get_one(Campaign, contact.campaign_id).client_id == suppression.scope_id
