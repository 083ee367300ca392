"""A person calls one of our numbers: she reaches the agent who called her, else whoever is free for the
campaign, else her client's message with the key not to be called again.

Her call is an attempt like any other, so nobody dials her while she is on the line; it is no dial, and
counts as none. A stranger's is no attempt, but kept under her number, which is not dialled meanwhile. A
number of ours that is ringing her gives way. That she may not be called does not keep her from calling us.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.domain.attempt import CARRIER_OUTCOMES, FINAL, AttemptState
from dialer.domain.contact import ContactState
from dialer.services import agents, attempts
from dialer.services.answer_plans import HangUp
from dialer.store import attempts as attempt_rows
from dialer.store import callers, contacts
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.contacts import Contact

WAIT = timedelta(seconds=30)
"""So long a caller waits for somebody to be free."""
GIVES_WAY = frozenset(
    {AttemptState.DIALLING, AttemptState.RINGING, AttemptState.ANSWERED, AttemptState.ABANDONED}
)
"""Calls of ours to somebody who is calling us: at most her voicemail has them."""


@dataclass(frozen=True)
class Caller:
    call_sid: str
    phone: str
    """Empty when it is withheld."""
    our_number: str
    since: datetime
    """When the call came in."""


@dataclass(frozen=True)
class CallerJoins:
    room: str
    session_id: UUID
    attempt_id: UUID


@dataclass(frozen=True)
class CallerWaits:
    greet_for: str
    """The client in whose name she is asked to wait; empty once she was."""


@dataclass(frozen=True)
class NobodyFree:
    client_name: str
    client_number: str
    attempt_id: UUID | None
    may_opt_out: bool


InboundPlan = CallerJoins | CallerWaits | NobodyFree | HangUp


def answer(session: Session, caller: Caller, now: datetime) -> InboundPlan:
    """What to do with the caller; asked again while she waits, and again for a repeated request."""
    attempt = attempt_rows.lock_by_call_sid(session, caller.call_sid)
    if attempt is not None:
        return _serve(session, caller, attempt, now)
    contact = callers.contact_of(session, caller.phone, caller.our_number) if caller.phone else None
    if contact is None:
        return _stranger(session, caller, now)
    if _line_is_clear(session, caller, contact.id, now):
        attempt = _attempt_of(session, caller, contact, now)
    if attempt is not None:
        return _serve(session, caller, attempt, now)
    callers.note_call(session, caller.phone, caller.call_sid, now)
    return _wait(session, caller, contact.campaign_id, now) or _stranger(session, caller, now)


def left(session: Session, attempt: Attempt, status: str, now: datetime) -> None:
    """Whoever called us is out of the agent's room. The carrier tells of no other end of her call, so where
    she has not hung up it is asked."""
    if not attempt.is_inbound or attempt.handed_on_at is not None:
        return
    if status in CARRIER_OUTCOMES:
        attempts.progress(session, attempt, attempt.call_sid or "", status, None, now)
    else:
        enqueue_after_commit(session, Job.RECONCILE_ATTEMPT, str(attempt.id))


def _line_is_clear(session: Session, caller: Caller, contact_id: int | None, now: datetime) -> bool:
    """Whether nothing of ours is under way with her. What can give way does, and is gone in a moment."""
    for attempt in callers.in_the_way(session, caller.phone, contact_id):
        if attempt.state is AttemptState.CLAIMED:
            attempts.release(session, attempt, now)
        elif attempt.is_inbound:
            enqueue_after_commit(session, Job.RECONCILE_ATTEMPT, str(attempt.id))
        elif attempt.state in GIVES_WAY:
            enqueue_after_commit(session, Job.HANG_UP, str(attempt.id))
    session.flush()
    return not callers.in_the_way(session, caller.phone, contact_id)


def _attempt_of(session: Session, caller: Caller, contact: Contact, now: datetime) -> Attempt | None:
    """None when somebody began to dial her at this moment."""
    held = contacts.lock(session, contact.id)
    attempt = Attempt(
        campaign_id=contact.campaign_id,
        contact_id=contact.id,
        phone=caller.phone,
        caller_id=caller.our_number,
        state=AttemptState.ANSWERED,
        is_inbound=True,
        call_sid=caller.call_sid,
        claimed_at=now,
        answered_at=now,
        checked_at=now,
    )
    try:
        with session.begin_nested():
            session.add(attempt)
            session.flush()
    except IntegrityError as error:
        if "uq_attempts" not in str(error.orig) and "call_sid" not in str(error.orig):
            raise
        return None
    session.refresh(attempt)
    if held is not None and held.state is ContactState.WAITING:
        held.state = ContactState.HELD
        held.updated_at = now
    publish_after_commit(session, Channel.FLOOR, "all", "attempt", {"campaign_id": attempt.campaign_id})
    return attempt


def _serve(session: Session, caller: Caller, attempt: Attempt, now: datetime) -> InboundPlan:
    attempt.checked_at = now
    if attempt.state in FINAL | {AttemptState.WRAP_UP}:
        return HangUp()
    if attempt.state is not AttemptState.ABANDONED:
        agent = _agent_for(session, attempt, now)
        if agent is not None:
            return CallerJoins(agent.room, agent.id, attempt.id)
        waits = _wait(session, caller, attempt.campaign_id, now)
        if waits is not None:
            return waits
        attempts.miss(session, attempt, now)
    client = _client_of(session, attempt.campaign_id)
    return NobodyFree(client.name, client.callback_number, attempt.id, may_opt_out=True)


def _agent_for(session: Session, attempt: Attempt, now: datetime) -> AgentSession | None:
    """The agent who called her last, where she is free; else as for a person whom we called."""
    if attempt.agent_session_id is None:
        last = callers.last_agent(session, attempt.contact_id)
        agent = agents.reserve_ready(session, attempt.campaign_id, last, now) if last is not None else None
        if agent is not None:
            attempt.agent_session_id, attempt.agent_id = agent.id, agent.user_id
            return agent
    return attempts.agent_for(session, attempt, now)


def _wait(session: Session, caller: Caller, campaign_id: int, now: datetime) -> CallerWaits | None:
    """None when she has waited long enough."""
    if now - caller.since >= WAIT:
        return None
    return CallerWaits(_client_of(session, campaign_id).name if caller.since == now else "")


def _stranger(session: Session, caller: Caller, now: datetime) -> NobodyFree | HangUp:
    """Nobody whom the number's campaigns know: the message of the client in whose name it calls. Other
    campaigns may know her, or will: none of them dials her meanwhile."""
    campaign = callers.campaign_of(session, caller.our_number)
    if campaign is None:
        return HangUp()
    if caller.phone:
        callers.note_call(session, caller.phone, caller.call_sid, now)
        _line_is_clear(session, caller, None, now)
    client = session.get_one(Client, campaign.client_id)
    return NobodyFree(client.name, client.callback_number, None, may_opt_out=bool(caller.phone))


def _client_of(session: Session, campaign_id: int) -> Client:
    return session.get_one(Client, session.get_one(Campaign, campaign_id).client_id)
