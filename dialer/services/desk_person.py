"""The person on the agent's desk: who it is, how earlier calls went, and what the script may say of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from dialer.domain.attempt import AttemptState
from dialer.domain.disposition import CALLED_IN_VAIN
from dialer.scripts import AgentFields, ClientFields, ContactFields, ScriptFields
from dialer.services import gate, listening, recording_pages
from dialer.store import attempts
from dialer.store.attempts import Attempt
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.contacts import PRIORITY_CALL_BACK, Contact
from dialer.store.dispositions import Disposition
from dialer.store.users import User

HISTORY = 10


def script_fields(
    user: User, client: Client, campaign: Campaign, contact: Contact, now: datetime
) -> ScriptFields:
    zone = ZoneInfo(contact.zones[0]) if contact.zones else ZoneInfo(campaign.time_zone)
    return ScriptFields(
        contact=ContactFields(
            contact.first_name,
            contact.last_name,
            contact.company,
            contact.title,
            contact.city,
            contact.state_code,
            contact.custom,
        ),
        agent=AgentFields(user.full_name, user.first_name),
        client=ClientFields(client.name, client.callback_number),
        campaign_name=campaign.name,
        today=now.astimezone(zone).date(),
    )


def contact_shown(
    session: Session, contact: Contact, now: datetime, attempt: Attempt | None = None
) -> Mapping[str, Any]:
    """With the number that `attempt` is a call to or from, or that is dialled next."""
    phone = attempt.phone if attempt is not None else contact.number
    call_list = session.get_one(CallList, contact.call_list_id)
    return {
        "id": contact.id,
        "name": contact.name,
        "title": contact.title,
        "company": contact.company,
        "phone": phone,
        "phone_whole": True,
        "email": contact.email,
        "place": ", ".join(part for part in (contact.city, contact.state_code) if part),
        "zones": contact.zones,
        "callable_until": gate.WINDOW.closes_at(now, gate.clocks(contact, phone)),
        "list_name": call_list.name,
        "source": "",
        "is_call_back": contact.priority == PRIORITY_CALL_BACK,
        "details": [(key.replace("_", " "), str(value)) for key, value in contact.custom.items() if value],
    }


def _disposition_shown(attempt: Attempt, disposition: Disposition | None) -> str:
    if attempt.called_in_vain:
        return CALLED_IN_VAIN
    return disposition.label if disposition else ""


def _effect_shown(attempt: Attempt, disposition: Disposition | None) -> str | None:
    if attempt.called_in_vain:
        return AttemptState.ABANDONED.value
    return disposition.effect.value if disposition else None


def history(
    session: Session, user: User, contact: Contact, current: Attempt | None
) -> Sequence[Mapping[str, Any]]:
    """Earlier calls; what she may hear of them is there to be heard."""
    past = [
        row for row in attempts.of_contact(session, contact.id) if current is None or row.id != current.id
    ]
    labels = {
        row.id: row
        for row in session.exec(select(Disposition).where(Disposition.campaign_id == contact.campaign_id))
    }
    names = {
        user.id: user.full_name
        for user in session.exec(select(User).where(col(User.id).in_({row.agent_id for row in past})))
    }
    hers = [attempt.id for attempt in past[:HISTORY] if listening.may_hear(user, attempt)]
    recorded = recording_pages.of_calls(session, hers) if hers else {}
    rows = []
    for attempt in past[:HISTORY]:
        disposition = labels.get(attempt.disposition_id) if attempt.disposition_id else None
        rows.append(
            {
                "at": attempt.claimed_at,
                "outcome": attempt.outcome.value if attempt.outcome else None,
                "disposition": _disposition_shown(attempt, disposition),
                "effect": _effect_shown(attempt, disposition),
                "agent": names.get(attempt.agent_id or 0, ""),
                "notes": attempt.notes,
                "recordings": recorded.get(attempt.id, ()),
            }
        )
    return rows
