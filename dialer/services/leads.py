"""Leads: made by a disposition, followed up on a clock."""

from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.core.errors import Conflict, Invalid
from dialer.core.outbox import Channel, publish_after_commit
from dialer.domain.lead import OPEN, LeadEvent, LeadState, Qualification, next_state
from dialer.domain.user import OWNERS
from dialer.domain.working_time import WorkingWeek, add_working_time
from dialer.store import attempts, audit, leads, legs
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.leads import FollowUp, Lead
from dialer.store.users import User

FOLLOW_UP_KINDS: dict[str, str] = {"call": "Call", "email": "E-mail", "meeting": "Meeting", "note": "Note"}
EVENT_LABELS: dict[LeadEvent, str] = {
    LeadEvent.QUALIFY: "Prospect: qualified on all four",
    LeadEvent.WIN: "Won: it became a sale",
    LeadEvent.LOSE: "Lost",
    LeadEvent.DISQUALIFY: "Disqualified: it never comes back by itself",
}
NEEDS_REASON = frozenset({LeadEvent.LOSE, LeadEvent.DISQUALIFY})
OVERDUE_BATCH = 200


def make(session: Session, campaign: Campaign, contact: Contact, attempt: Attempt, now: datetime) -> Lead:
    """The contact's lead, with the qualification that was asked, an owner, and the time by which
    somebody follows up. A contact has one lead, however often it is made."""
    found = leads.of_contact(session, contact.id)
    if found is not None:
        return found
    meanings = {meaning.value for meaning in Qualification}
    lead = Lead(
        contact_id=contact.id,
        client_id=campaign.client_id,
        campaign_id=campaign.id,
        attempt_id=attempt.id,
        made_by_id=attempt.agent_id,
        owner_id=_taken_over_by(session, attempt) or campaign.lead_owner_id or attempt.agent_id,
        qualification={
            answer.means: {"question": answer.label, "answer": answer.value}
            for answer in attempts.answers_of(session, attempt.id)
            if answer.means in meanings
        },
        made_at=now,
        due_at=add_working_time(
            now, timedelta(minutes=campaign.sla_minutes), WorkingWeek(campaign.time_zone)
        ),
    )
    session.add(lead)
    session.flush()
    publish_after_commit(session, Channel.FLOOR, "all", "lead", {"lead_id": lead.id})
    return lead


def _taken_over_by(session: Session, attempt: Attempt) -> int | None:
    """Who talks on with the person since the agent handed her on, if leads may be theirs."""
    if attempt.handed_on_at is None:
        return None
    user_id = legs.handed_on_to(session, attempt.id)
    user = session.get(User, user_id) if user_id is not None else None
    return user.id if user is not None and user.role in OWNERS else None


def follow_up(session: Session, lead: Lead, user_id: int, kind: str, notes: str, now: datetime) -> FollowUp:
    """Log a follow-up; the first one that reaches out meets the promise.

    Raises `Invalid` for an unknown kind and for a note without words.
    """
    if kind not in FOLLOW_UP_KINDS:
        raise Invalid(f"A follow-up is one of: {', '.join(FOLLOW_UP_KINDS.values())}.")
    if not notes.strip():
        raise Invalid("A follow-up needs words: say how it went.")
    made = FollowUp(lead_id=lead.id, user_id=user_id, kind=kind, notes=notes.strip(), made_at=now)
    session.add(made)
    if kind != "note":
        lead.first_follow_up_at = lead.first_follow_up_at or now
        lead.state = next_state(lead.state, LeadEvent.FOLLOW_UP)
    return made


def moves(state: LeadState) -> list[LeadEvent]:
    """What a person may do with a lead in `state`, besides following it up."""
    return [event for event in EVENT_LABELS if next_state(state, event) is not state]


def move(session: Session, lead: Lead, event: LeadEvent, user_id: int, reason: str, now: datetime) -> None:
    """Qualify, win, lose or disqualify. Raises `Conflict` where the lead's state does not allow it,
    `Invalid` where a reason is missing."""
    state, reason = next_state(lead.state, event), reason.strip()
    if event not in moves(lead.state):
        raise Conflict(f"A lead that is {lead.state.value} can't be moved that way.")
    if event in NEEDS_REASON and not reason:
        raise Invalid("Say why: whoever looks at this lead later wants to know.")
    before, after = lead.state.value, state.value
    audit.note(
        session, now, user_id, "lead_moved", f"lead {lead.id}", before=before, after=after, reason=reason
    )
    lead.state = state
    if state not in OPEN:
        lead.closed_reason = reason or None


def change_owner(session: Session, lead: Lead, owner: User, user_id: int, now: datetime) -> None:
    """Raises `Invalid` for somebody whose leads nobody would see."""
    if not owner.is_active or owner.role not in OWNERS:
        raise Invalid("Leads go to a manager or an agent who is active.")
    if owner.id == lead.owner_id:
        return
    before = session.get_one(User, lead.owner_id).full_name if lead.owner_id is not None else None
    subject = f"lead {lead.id}"
    audit.note(session, now, user_id, "lead_owner_changed", subject, before=before, after=owner.full_name)
    lead.owner_id = owner.id


def mark_overdue(session: Session, now: datetime) -> int:
    late = leads.newly_overdue(session, now, OVERDUE_BATCH)
    for lead in late:
        lead.overdue_at = now
        publish_after_commit(session, Channel.FLOOR, "all", "lead", {"lead_id": lead.id})
    return len(late)
