"""Dispositions take effect: in one transaction the attempt is closed and the contact is called
again later, agreed a call-back, suppressed, disqualified, or becomes a lead."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dialer.core.errors import Conflict, InvalidFields
from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.domain.attempt import AttemptEvent, AttemptState, Outcome, next_state
from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.disposition import DISQUALIFY_REASONS, CallBackScope, Effect
from dialer.services import abandoned_calls, agents, choices, gate, leads, retries, suppressions
from dialer.store import contacts, dial_queue, dispositions, legs, tries
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK, PRIORITY_RETRY, Contact
from dialer.store.dispositions import Disposition
from dialer.store.suppressions import SuppressionScope

AGREED = frozenset({Effect.MAKE_LEAD, Effect.CALL_BACK, Effect.SUPPRESS})


@dataclass(frozen=True)
class Conclusion:
    """What goes with a disposition."""

    notes: str | None = None
    reason: str | None = None
    call_back_at: datetime | None = None
    call_back_scope: CallBackScope = CallBackScope.ANYONE


def conclude(
    session: Session, attempt: Attempt, code: str, conclusion: Conclusion, now: datetime
) -> Disposition:
    """The agent's disposition of the attempt she has. Still on the line, the person is hung up on
    after the commit, and a machine hears the message that is to be left. Sent twice, the second is no news.

    Raises `InvalidFields` for a disposition that can't be chosen or lacks what it needs, `Conflict` when
    another one was saved before.
    """
    disposition = dispositions.by_code(session, attempt.campaign_id, code)
    if disposition is None or not disposition.by_agent:
        no_such = f"There is no disposition “{code}” to choose in this campaign."
        raise InvalidFields({"disposition": no_such if code else "Choose a disposition."})
    if attempt.disposition_id is not None:
        if attempt.disposition_id == disposition.id:
            return disposition
        saved = session.get_one(Disposition, attempt.disposition_id)
        raise Conflict(f"This call is saved as “{saved.label}” already.")
    state = next_state(attempt.state, AttemptEvent.DISPOSE)
    if state is attempt.state:
        raise Conflict("This call is not with an agent, so it can't be given a disposition.")
    if attempt.state is AttemptState.CONNECTED and legs.open_of_attempt(session, attempt.id):
        raise Conflict("Somebody is called in. Leave the call to them or take the person back first.")
    _check(session, attempt, disposition, conclusion, now)
    attempt.state = state
    attempt.outcome = attempt.outcome or Outcome.ANSWERED
    apply(session, attempt, disposition, conclusion, now)
    if attempt.call_ended_at is None and attempt.handed_on_at is None:
        job = Job.HANG_UP if attempt.voicemail_at is None else Job.PLAY_MESSAGE
        enqueue_after_commit(session, job, str(attempt.id))
    if attempt.agent_session_id is not None:
        agents.dispositioned(session, attempt.agent_session_id, now)
    return disposition


def wrap_up_ran_out(session: Session, attempt: Attempt, code: str, pause: str, now: datetime) -> None:
    """Nothing was saved in time: what she had chosen takes effect where it is complete, else the default.
    The agent is paused, for she may be away."""
    if attempt.state is not AttemptState.WRAP_UP:
        return
    default = dispositions.by_code(session, attempt.campaign_id, code)
    if default is None:
        raise LookupError(f"campaign {attempt.campaign_id} has no disposition {code}")
    chosen, conclusion = _chosen(session, attempt)
    lacks = _lacks(session, attempt, chosen, conclusion, now) if chosen is not None else ""
    saved = default if chosen is None or lacks else chosen
    attempt.state = next_state(attempt.state, AttemptEvent.DISPOSE)
    apply(session, attempt, saved, Conclusion() if saved is default else conclusion, now)
    choices.ran_out(session, attempt, saved.label, chosen.label if chosen else "", lacks, now)
    if attempt.agent_session_id is not None:
        agents.dispositioned(session, attempt.agent_session_id, now, pause_code=pause)


def _chosen(session: Session, attempt: Attempt) -> tuple[Disposition | None, Conclusion]:
    choice = choices.of_attempt(session, attempt)
    found = dispositions.by_code(session, attempt.campaign_id, choice.code) if choice is not None else None
    if choice is None or found is None or not found.by_agent:
        return None, Conclusion()
    return found, Conclusion(None, choice.reason, choice.call_back_at, choice.call_back_scope)


def _lacks(
    session: Session, attempt: Attempt, chosen: Disposition, conclusion: Conclusion, now: datetime
) -> str:
    """Why it can't be saved, in words; empty where it can."""
    try:
        _check(session, attempt, chosen, conclusion, now)
    except InvalidFields as error:
        return " ".join(error.errors.values())
    return ""


def apply(
    session: Session, attempt: Attempt, disposition: Disposition, conclusion: Conclusion, now: datetime
) -> None:
    """Close the attempt and let the disposition's effect happen to its contact."""
    attempt.disposition_id = disposition.id
    attempt.closed_at = now
    attempt.held_at = None
    if not disposition.human:
        abandoned_calls.was_nobody(session, attempt)
    if conclusion.notes is not None:
        attempt.notes = conclusion.notes
    contact = contacts.lock(session, attempt.contact_id)
    if contact is None:
        raise LookupError(f"attempt {attempt.id} has no contact")
    campaign = session.get_one(Campaign, attempt.campaign_id)
    if _takes_effect(attempt, contact, disposition):
        _effect(session, campaign, attempt, contact, disposition, conclusion, now)
    elif contact.state is ContactState.HELD:
        contact.state = ContactState.WAITING
    contact.updated_at = now
    dial_queue.drop_after_commit(session, contact.campaign_id, contact.id)
    publish_after_commit(session, Channel.FLOOR, "all", "attempt", {"campaign_id": campaign.id})


def _takes_effect(attempt: Attempt, contact: Contact, disposition: Disposition) -> bool:
    """A caller who reached nobody is dialled when she would have been. What a closed contact agrees to
    who called us herself holds; nothing else reopens one."""
    if attempt.is_inbound and disposition.effect in AGREED:
        return True
    talked = not attempt.is_inbound or attempt.connected_at is not None
    return talked and contact.state is not ContactState.CLOSED


def _effect(
    session: Session,
    campaign: Campaign,
    attempt: Attempt,
    contact: Contact,
    disposition: Disposition,
    conclusion: Conclusion,
    now: datetime,
) -> None:
    contact.call_back_agent_id = None
    contact.closed_reason = contact.closed_detail = None
    match disposition.effect:
        case Effect.RETRY:
            _retry(session, campaign, attempt, contact, disposition, now)
        case Effect.CALL_BACK:
            retries.turn_to_number(session, campaign, attempt, contact, disposition, now)
            contact.state = ContactState.WAITING
            contact.is_left_out = False
            contact.priority = PRIORITY_CALL_BACK
            contact.next_call_at = conclusion.call_back_at or now
            if conclusion.call_back_scope is CallBackScope.MINE:
                contact.call_back_agent_id = attempt.agent_id
        case Effect.SUPPRESS:
            _close(contact, ClosedReason.SUPPRESSED, disposition.label)
            _suppress(session, campaign, attempt, contact, now)
        case Effect.DISQUALIFY:
            _close(contact, ClosedReason.DISQUALIFIED, conclusion.reason or disposition.label)
        case Effect.WRONG_NUMBER:
            _wrong_number(session, campaign, attempt, contact, disposition, now)
        case Effect.MAKE_LEAD:
            _close(contact, ClosedReason.LEAD, disposition.label)
            leads.make(session, campaign, contact, attempt, now)


def _suppress(
    session: Session, campaign: Campaign, attempt: Attempt, contact: Contact, now: datetime
) -> None:
    """Her numbers, and the one that she called from where that is another."""
    for phone in sorted({*contact.numbers, attempt.phone}):
        suppressions.add(
            session,
            phone,
            SuppressionScope.CLIENT,
            campaign.client_id,
            source="agent",
            reason=f"asked on a call of {campaign.name}",
            user_id=attempt.agent_id,
            now=now,
        )


def _retry(
    session: Session,
    campaign: Campaign,
    attempt: Attempt,
    contact: Contact,
    disposition: Disposition,
    now: datetime,
) -> None:
    past = tries.of_contact(session, contact.id)
    given_up = retries.gives_up(campaign, contact, disposition, past)
    if given_up:
        _close(contact, ClosedReason.EXHAUSTED, given_up)
        return
    retries.turn_to_number(session, campaign, attempt, contact, disposition, now)
    contact.state = ContactState.WAITING
    contact.priority = PRIORITY_RETRY
    contact.next_call_at = retries.next_call_at(campaign, contact, disposition, past, now)


def _wrong_number(
    session: Session,
    campaign: Campaign,
    attempt: Attempt,
    contact: Contact,
    disposition: Disposition,
    now: datetime,
) -> None:
    """The number is not dialled for this contact again; she is on her next one, if there is one."""
    is_exhausted = contact.attempts_made >= campaign.attempts_allowed
    if attempt.is_inbound or is_exhausted or not gate.move_on(session, campaign, contact, now):
        _close(contact, ClosedReason.WRONG_NUMBER, disposition.label)
        return
    contact.state = ContactState.WAITING
    contact.priority = PRIORITY_RETRY
    contact.next_call_at = now


def _close(contact: Contact, reason: ClosedReason, detail: str) -> None:
    contact.state = ContactState.CLOSED
    contact.closed_reason = reason
    contact.closed_detail = detail


def _check(
    session: Session, attempt: Attempt, disposition: Disposition, conclusion: Conclusion, now: datetime
) -> None:
    if disposition.needs_reason and conclusion.reason not in dict(DISQUALIFY_REASONS):
        choices = ", ".join(label for _, label in DISQUALIFY_REASONS)
        raise InvalidFields({"reason": f"“{disposition.label}” needs a reason: {choices}."})
    if disposition.effect is not Effect.CALL_BACK:
        return
    at = conclusion.call_back_at
    if at is None or at <= now:
        raise InvalidFields({"callback_at": "A call-back needs a date and time to come."})
    contact = session.get_one(Contact, attempt.contact_id)
    opens = gate.WINDOW.next_open(at, gate.clocks(contact, attempt.phone))
    if opens != at:
        outside = "That time is outside the hours in which this number may be called."
        raise InvalidFields({"callback_at": outside})
