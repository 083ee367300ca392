"""Claims: an attempt for a contact, and the last look before the carrier is asked for the call.

Fed, claimed and placed are three looks at the same rules; the last one, in the transaction that
places the call, is the one that counts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.core.settings import get_settings
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptEvent, AttemptState, next_state
from dialer.domain.compliance import Decision
from dialer.domain.contact import ContactState
from dialer.services import agents, gate, recordings, retries
from dialer.services.attempts import release
from dialer.services.caller_ids import AtHand
from dialer.services.gate import AskedCall
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


def those_passing(
    session: Session, campaign: Campaign, people: Sequence[Contact], now: datetime
) -> list[Contact]:
    """Whom the gate lets through, with an agent held where one is needed; the others are put aside."""
    calls = [AskedCall(contact, contact.number) for contact in people]
    decisions = gate.decide_all(session, campaign, calls, now)
    for contact, decision in zip(people, decisions, strict=True):
        if not decision.allowed:
            gate.put_aside(session, campaign, contact, decision, now)
    return [contact for contact, decision in zip(people, decisions, strict=True) if decision.allowed]


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
    """An attempt for the locked contact, its job after the commit. None as `claim_all` says."""
    begun = claim_all(session, campaign, [contact], now, agent, numbers)
    return begun[0] if begun else None


def claim_all(
    session: Session,
    campaign: Campaign,
    people: Sequence[Contact],
    now: datetime,
    agent: AgentSession | None = None,
    numbers: AtHand | None = None,
) -> Sequence[Attempt]:
    """Attempts for the locked contacts. None for one for whom no caller id may be shown, or on whose number
    another attempt is under way: the index in PostgreSQL lets no second one in. Nor while the number is on
    the line with a call that is concluded already."""
    phones = {contact.number for contact in people}
    busy = attempts.on_the_line(session, phones) | callers.may_be_on_the_line(session, phones, now)
    numbers = numbers or AtHand(session, campaign, now)
    rows = []
    for contact in people:
        caller_id = numbers.choose(contact) if contact.number not in busy else None
        if caller_id is None:
            continue
        numbers.count(caller_id)
        rows.append(
            Attempt(
                campaign_id=campaign.id,
                contact_id=contact.id,
                phone=contact.number,
                **_when(session, campaign, contact, now),
                caller_id=caller_id,
                claimed_at=now,
                agent_session_id=agent.id if agent else None,
                agent_id=agent.user_id if agent else None,
            )
        )
    begun = attempts.open_all(session, rows)
    by_id = {contact.id: contact for contact in people}
    for attempt in begun:
        contact = by_id[attempt.contact_id]
        contact.state = ContactState.HELD
        contact.updated_at = now
        enqueue_after_commit(session, Job.PLACE_CALLS, str(attempt.id))
    if begun:
        publish_after_commit(session, Channel.FLOOR, "all", "attempt", {"campaign_id": campaign.id})
    return begun


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


def to_be_placed(session: Session, attempt_ids: Sequence[UUID]) -> Sequence[UUID]:
    return attempts.in_state(session, attempt_ids, AttemptState.CLAIMED)


def begin_placing(session: Session, attempt_ids: Sequence[UUID], now: datetime) -> list[CallRequest]:
    """The last look before the carrier is asked: the gate once more, and the attempts counted, in
    this transaction. Nothing for an attempt whose job came late, twice, or to which the gate said no."""
    found = attempts.lock_all(session, attempt_ids)
    claimed = [attempt for attempt in found if attempt.state is AttemptState.CLAIMED]
    people = contacts.lock_all(session, {attempt.contact_id for attempt in claimed})
    busy = callers.may_be_on_the_line(session, {attempt.phone for attempt in claimed}, now)
    for attempt in claimed:
        if attempt.phone in busy:
            release(session, attempt, now)
    requests = []
    for campaign_id in {attempt.campaign_id for attempt in claimed}:
        campaign = session.get_one(Campaign, campaign_id)
        calls = [
            (attempt, AskedCall(people[attempt.contact_id], attempt.phone, _agent_is_held(session, attempt)))
            for attempt in claimed
            if attempt.campaign_id == campaign_id and attempt.phone not in busy
        ]
        decisions = gate.decide_all(session, campaign, [call for _, call in calls], now)
        for (attempt, call), decision in zip(calls, decisions, strict=True):
            attempt.decision = decision.as_json()
            if decision.allowed:
                requests.append(_begin(campaign, attempt, call.contact, now))
            else:
                _refuse(session, campaign, attempt, call.contact, decision, now)
    return requests


def _refuse(
    session: Session,
    campaign: Campaign,
    attempt: Attempt,
    contact: Contact,
    decision: Decision,
    now: datetime,
) -> None:
    attempt.state = next_state(attempt.state, AttemptEvent.REFUSE)
    attempt.closed_at = now
    contact.state = ContactState.WAITING
    gate.put_aside(session, campaign, contact, decision, now)
    if attempt.agent_session_id is not None:
        agents.release(session, attempt.agent_session_id, now)


def _begin(campaign: Campaign, attempt: Attempt, contact: Contact, now: datetime) -> CallRequest:
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
