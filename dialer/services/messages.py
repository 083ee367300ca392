"""The key by which a person who hears a message is not called again: at once, whatever became of the call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.domain.contact import ClosedReason, ContactState
from dialer.services import abandoned_calls, carrier_webhooks, suppressions
from dialer.store import attempts, audit, contacts, dial_queue
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.contacts import Contact
from dialer.store.suppressions import SuppressionScope
from dialer.telephony.messages import OPT_OUT_KEY

SOURCE = "key press"


@dataclass(frozen=True)
class OptedOut:
    client_name: str


class AnotherKey:
    """One that means nothing."""


KeyPlan = OptedOut | AnotherKey


def key_pressed(
    session: Session, attempt_id: UUID, fields: Mapping[str, str], token: str, now: datetime
) -> KeyPlan | None:
    """A key during a message of an attempt's call; None for a call of nobody."""
    keep_key(session, fields, token, attempt_id, now)
    attempt = attempts.lock(session, attempt_id)
    if attempt is None:
        return None
    abandoned_calls.message_is_over(attempt, now)
    if fields.get("Digits") != OPT_OUT_KEY:
        return AnotherKey()
    client = session.get_one(Client, session.get_one(Campaign, attempt.campaign_id).client_id)
    known = session.get_one(Contact, attempt.contact_id).numbers
    for phone in sorted({*known, attempt.phone}):
        opt_out(session, phone, client, now, f"attempt {attempt.id}")
    contact = contacts.lock(session, attempt.contact_id)
    if contact is not None and contact.state is not ContactState.CLOSED:
        contact.state = ContactState.CLOSED
        contact.closed_reason = ClosedReason.SUPPRESSED
        contact.closed_detail = "pressed the key not to be called again"
        contact.updated_at = now
        dial_queue.drop_after_commit(session, contact.campaign_id, contact.id)
    return OptedOut(client.name)


def keep_key(
    session: Session, fields: Mapping[str, str], token: str, attempt_id: UUID | None, now: datetime
) -> None:
    key = f"{fields.get('CallSid')}:{token}"
    carrier_webhooks.keep(session, "key", key, fields, attempt_id, now)


def opt_out(session: Session, phone: str, client: Client, now: datetime, subject: str) -> None:
    """No campaign of the client calls the number again; pressed twice, the second is no news."""
    added = suppressions.add(
        session,
        phone,
        SuppressionScope.CLIENT,
        client.id,
        source=SOURCE,
        reason="pressed the key in a message",
        user_id=None,
        now=now,
    )
    if added.source == SOURCE and added.created_at == now:
        audit.note(session, now, None, "opted_out_by_key", subject, client=client.slug)
