"""Claims: an attempt for a contact, and the last look before the carrier is asked for the call.

Fed, claimed and placed are three looks at the same rules; the last one, in the transaction that
places the call, is the one that counts.
"""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.core.settings import get_settings
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptEvent, AttemptState, next_state
from dialer.domain.contact import ContactState
from dialer.services import agents, gate, recordings, retries
from dialer.services.attempts import release
from dialer.services.caller_ids import AtHand
from dialer.store import attempts, callers, contacts
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.telephony.port import CallRequest


def passes(
    session: Session, campaign: Campaign, contact: Contact, now: datetime, *, held: bool = False
) -> bool:
    """`held`: an agent will be reserved for this call before it is claimed."""
    decision = gate.decide(session, campaign, contact, now, held=held)
    if not decision.allowed:
        gate.put_aside(session, campaign, contact, decision, now)
    return decision.allowed


def refusal(session: Session, campaign: Campaign, contact: Contact, now: datetime) -> str | None:
    """Why the contact may not be called by an agent who is there for the call; None: it may be."""
    refused = gate.decide(session, campaign, contact, now, held=True).refused_by
    return refused.detail if refused is not None else None


def claim(
    session: Session,
    campaign: Campaign,
    contact: Contact,
    now: datetime,
    agent: AgentSession | None = None,
    numbers: AtHand | None = None,
) -> Attempt | None:
    """An attempt for the locked contact, its job after the commit. None while no caller id may be shown,
    or another attempt is under way on the number: the index in PostgreSQL lets no second one in. Nor
    while the number is on the line with a call that is concluded already."""
    if attempts.is_on_the_line(session, contact.number) or callers.may_be_on_the_line(
        session, contact.number, now
    ):
        return None
    numbers = numbers or AtHand(session, campaign, now)
    caller_id = numbers.choose(contact)
    if caller_id is None:
        return None
    attempt = Attempt(
        campaign_id=campaign.id,
        contact_id=contact.id,
        phone=contact.number,
        **_when(session, campaign, contact, now),
        caller_id=caller_id,
        claimed_at=now,
        agent_session_id=agent.id if agent else None,
        agent_id=agent.user_id if agent else None,
    )
    try:
        with session.begin_nested():
            session.add(attempt)
            session.flush()
    except IntegrityError as error:
        if "uq_attempts_open" not in str(error.orig):
            raise
        return None
    session.refresh(attempt)
    numbers.count(caller_id)
    contact.state = ContactState.HELD
    contact.updated_at = now
    enqueue_after_commit(session, Job.PLACE_CALL, str(attempt.id))
    publish_after_commit(session, Channel.FLOOR, "all", "attempt", {"campaign_id": campaign.id})
    return attempt


def _agent_is_held(session: Session, attempt: Attempt) -> bool:
    """Whether the agent for whom it was claimed still waits for it."""
    agent = session.get(AgentSession, attempt.agent_session_id) if attempt.agent_session_id else None
    return agent is not None and agent.state is SessionState.RESERVED


def _when(session: Session, campaign: Campaign, contact: Contact, now: datetime) -> dict[str, Any]:
    """The how-manieth try it is, when it is where the person is, and whether that time was learned."""
    zones = gate.clocks(contact)
    local = now.astimezone(ZoneInfo(zones[0])) if zones else None
    return {
        "try_number": contact.attempts_made + 1,
        "local_weekday": local.weekday() if local else None,
        "local_hour": local.hour if local else None,
        "hour_was_learned": retries.was_learned(session, campaign, contact),
    }


def is_to_be_placed(session: Session, attempt_id: UUID) -> bool:
    attempt = session.get(Attempt, attempt_id)
    return attempt is not None and attempt.state is AttemptState.CLAIMED


def begin_placing(session: Session, attempt_id: UUID, now: datetime) -> CallRequest | None:
    """The last look before the carrier is asked: the gate once more, and the attempt counted, in
    this transaction. None when there is nothing to place, because the job came late, twice, or
    the gate said no."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.state is not AttemptState.CLAIMED:
        return None
    contact = contacts.lock(session, attempt.contact_id)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    if contact is None:
        return None
    if callers.may_be_on_the_line(session, attempt.phone, now):
        release(session, attempt, now)
        return None
    held = _agent_is_held(session, attempt)
    decision = gate.decide(session, campaign, contact, now, held=held, phone=attempt.phone)
    attempt.decision = decision.as_json()
    if not decision.allowed:
        attempt.state = next_state(attempt.state, AttemptEvent.REFUSE)
        attempt.closed_at = now
        contact.state = ContactState.WAITING
        gate.put_aside(session, campaign, contact, decision, now)
        if attempt.agent_session_id is not None:
            agents.release(session, attempt.agent_session_id, now)
        return None
    attempt.state = next_state(attempt.state, AttemptEvent.PLACE)
    attempt.placing_at = now
    contact.attempts_made += 1
    contact.updated_at = now
    return CallRequest(
        attempt_id=attempt.id,
        to=attempt.phone,
        caller_id=attempt.caller_id,
        ring_seconds=campaign.ring_seconds,
        call_seconds_limit=campaign.call_seconds_limit,
        machine_detection=campaign.machine_detection,
        leaves_message=bool(campaign.voicemail_message),
        record=recordings.begins_at_answer(campaign, contact, get_settings().office_state),
    )
