"""Leads as pages show them: many with their follow-up's state, one with all that is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from dialer.core.errors import NotFound
from dialer.domain import metrics
from dialer.domain.disposition import CALLED_IN_VAIN
from dialer.domain.lead import OPEN, Qualification, sla_state
from dialer.services import recording_pages
from dialer.services.leads import FOLLOW_UP_KINDS
from dialer.services.recording_pages import Shown
from dialer.store import attempts, audit, dispositions, leads, users
from dialer.store.attempts import Attempt
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.contacts import Contact
from dialer.store.leads import FollowUp, Lead, LeadFilter

SOON = timedelta(hours=1)
FOLLOW_UP_ICONS = {"call": "phone", "email": "inbox", "meeting": "users", "note": "notebook-pen"}
MOVES = {"lead_moved": "flag", "lead_owner_changed": "user-check"}


@dataclass(frozen=True)
class LeadLine:
    id: int
    person: str
    company: str
    campaign: str
    owner: str
    state: str
    marks: Mapping[str, bool]
    made_at: datetime
    due_at: datetime
    sla: str


@dataclass(frozen=True)
class Event:
    """Something that happened to a lead."""

    at: datetime
    icon: str
    what: str
    who: str
    notes: str
    recordings: Sequence[Shown] = ()


@dataclass(frozen=True)
class LeadPage:
    """`manager/lead.html` says what each name means there."""

    lead: Mapping[str, Any]
    marks: Sequence[Mapping[str, str]]
    answers: Sequence[tuple[str, str]]
    history: Sequence[Event]


def listing(session: Session, wanted: LeadFilter, now: datetime, offset: int, limit: int) -> list[LeadLine]:
    return [
        LeadLine(
            id=lead.id,
            person=contact.name,
            company=contact.company,
            campaign=campaign.name,
            owner=owner.full_name if owner else "",
            state=lead.state.value,
            marks={meaning.value: bool(lead.qualification.get(meaning)) for meaning in Qualification},
            made_at=lead.made_at,
            due_at=lead.due_at,
            sla=_sla(lead, now),
        )
        for lead, contact, campaign, owner in leads.page_of(session, wanted, now, offset, limit)
    ]


def counts(session: Session, now: datetime) -> dict[str, Any]:
    found = leads.sla_counts(session, now, SOON)
    share = metrics.sla_met_share(found.met, found.met_late, found.overdue)
    return {"open": found.open, "overdue": found.overdue, "due_soon": found.due_soon, "met_share": share}


def one(session: Session, lead_id: int, now: datetime) -> LeadPage:
    """Raises `NotFound`."""
    lead = session.get(Lead, lead_id)
    if lead is None:
        raise NotFound("There is no such lead.")
    contact = session.get_one(Contact, lead.contact_id)
    calls, follow_ups = attempts.of_contact(session, contact.id), leads.follow_ups_of(session, lead.id)
    changes = audit.of_subject(session, f"lead {lead.id}", MOVES)
    ids = {lead.owner_id, lead.made_by_id, *(call.agent_id for call in calls)}
    ids |= {row.user_id for row in follow_ups} | {row.user_id for row in changes}
    names = users.names(session, {user_id for user_id in ids if user_id is not None})
    history = [
        *_calls(session, lead, calls, names),
        *(_follow_up(row, names) for row in follow_ups),
        *(_change(row, names) for row in changes),
    ]
    given = attempts.answers_of(session, lead.attempt_id)
    meanings = {meaning.value for meaning in Qualification}
    return LeadPage(
        lead=_lead(session, lead, contact, names, now),
        marks=[{"key": key.value, "answer": _answer_to(lead, key)} for key in Qualification],
        answers=[(answer.label, in_words(answer.value)) for answer in given if answer.means not in meanings],
        history=sorted(history, key=lambda event: event.at, reverse=True),
    )


def in_words(value: object) -> str:
    """A stored answer as it is read."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _sla(lead: Lead, now: datetime) -> str:
    """Empty where nothing is promised any more: closed, and nobody followed up."""
    if lead.first_follow_up_at is None and lead.state not in OPEN:
        return ""
    return sla_state(lead.due_at, lead.first_follow_up_at, now).value


def _answer_to(lead: Lead, meaning: Qualification) -> str:
    found = lead.qualification.get(meaning.value)
    return in_words(found["answer"]) if found else ""


def _lead(
    session: Session, lead: Lead, contact: Contact, names: Mapping[int, str], now: datetime
) -> dict[str, Any]:
    campaign = session.get_one(Campaign, lead.campaign_id)
    return {
        "id": lead.id,
        "person": contact.name,
        "title": contact.title,
        "company": contact.company,
        "phone": contact.phone,
        "email": contact.email,
        "place": ", ".join(part for part in (contact.city, contact.state_code) if part),
        "zone": contact.zones[0] if contact.zones else campaign.time_zone,
        "client": session.get_one(Client, lead.client_id).name,
        "campaign": campaign.name,
        "campaign_slug": campaign.slug,
        "call_list": session.get_one(CallList, contact.call_list_id).name,
        "owner_id": lead.owner_id,
        "owner": names.get(lead.owner_id or 0, ""),
        "made_by": names.get(lead.made_by_id or 0, ""),
        "state": lead.state.value,
        "made_at": lead.made_at,
        "due_at": lead.due_at,
        "first_follow_up_at": lead.first_follow_up_at,
        "sla": _sla(lead, now),
        "closed_reason": lead.closed_reason or "",
    }


def _calls(session: Session, lead: Lead, calls: Sequence[Attempt], names: Mapping[int, str]) -> list[Event]:
    labels = {row.id: row.label for row in dispositions.of_campaign(session, lead.campaign_id)}
    recorded = recording_pages.of_calls(session, [call.id for call in calls])
    return [
        Event(
            at=call.claimed_at,
            icon="target" if call.id == lead.attempt_id else "phone-call",
            what=f"Call: {_of_call(call, labels)}",
            who=names.get(call.agent_id or 0, ""),
            notes=call.notes,
            recordings=recorded.get(call.id, ()),
        )
        for call in calls
    ]


def _of_call(call: Attempt, labels: Mapping[int, str]) -> str:
    if call.called_in_vain:
        return CALLED_IN_VAIN
    return labels.get(call.disposition_id or 0, call.state.value.replace("_", " "))


def _follow_up(row: FollowUp, names: Mapping[int, str]) -> Event:
    what = f"Follow-up: {FOLLOW_UP_KINDS.get(row.kind, row.kind)}"
    return Event(
        row.made_at, FOLLOW_UP_ICONS.get(row.kind, "check"), what, names.get(row.user_id, ""), row.notes
    )


def _change(row: audit.AuditEntry, names: Mapping[int, str]) -> Event:
    what = f"{row.detail.get('before') or 'Nobody'} → {row.detail.get('after') or 'nobody'}"
    label = "Owner" if row.action == "lead_owner_changed" else "State"
    reason = row.detail.get("reason") or ""
    return Event(row.at, MOVES[row.action], f"{label}: {what}", names.get(row.user_id or 0, ""), reason)
