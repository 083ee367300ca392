"""Legs: our calls to somebody who is neither the person nor the agent, from the asking to the end.

Each is called at most once; one in doubt is never called again, but taken up when the carrier speaks of it.
Locks are taken in the order attempt, leg, agent session. What a leg's news mean for the call that it
belongs to is told in `leg_news.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.core.log import logger
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.attempt import CARRIER_OUTCOMES, Outcome
from dialer.domain.leg import LegEvent, LegPurpose, LegState, next_state
from dialer.services import unwanted_calls
from dialer.services.answer_plans import HangUp
from dialer.store import legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.legs import Leg
from dialer.telephony.port import InDoubt, LegRequest, Placed, PlaceResult, Rejection

NOT_KNOWN = "asked, and not known whether the carrier has it"


@dataclass(frozen=True)
class JoinAgentRoom:
    """Into the agent's conference, where she and the person are."""

    room: str
    session_id: UUID
    is_muted: bool = False
    coached_sid: str | None = None
    """Heard by this call alone."""


@dataclass(frozen=True)
class JoinOwnRoom:
    """Into the leg's own conference, which ends when anybody leaves it."""

    room: str


LegPlan = JoinAgentRoom | JoinOwnRoom | HangUp


def ask(
    session: Session,
    agent: AgentSession,
    purpose: LegPurpose,
    address: str,
    asked_by_id: int,
    now: datetime,
    *,
    attempt_id: UUID | None = None,
    user_id: int | None = None,
) -> Leg:
    """Have `address` called, or sent for, after the commit, for the room of `agent`."""
    leg = Leg(
        purpose=purpose,
        agent_session_id=agent.id,
        attempt_id=attempt_id,
        asked_by_id=asked_by_id,
        user_id=user_id,
        address=address,
        asked_at=now,
    )
    session.add(leg)
    session.flush()
    session.refresh(leg)
    enqueue_after_commit(session, Job.CALL_LEG if leg.line_of is None else Job.MOVE_LINE, str(leg.id))
    return leg


def begin_calling(session: Session, leg_id: UUID) -> LegRequest | None:
    """What to ask of the carrier; from here on the leg counts as asked. None when there is nothing to
    ask, because the job came late or twice, or the leg was ended meanwhile."""
    leg = legs.lock(session, leg_id)
    if leg is None or leg.state is not LegState.CALLING or leg.call_sid or leg.carrier_error or leg.line_of:
        return None
    leg.carrier_error = NOT_KNOWN
    attempt = session.get(Attempt, leg.attempt_id) if leg.attempt_id else None
    if attempt is not None:
        return LegRequest(leg.id, leg.address, attempt.caller_id)
    agent = session.get_one(AgentSession, leg.agent_session_id)
    return LegRequest(leg.id, leg.address, session.get_one(Campaign, agent.campaign_id).caller_id)


def record_result(session: Session, leg: Leg, result: PlaceResult, now: datetime) -> bool:
    """What the carrier said to being asked. Too fast for it, it is asked again when it may be; nobody was
    called. True when the leg ended by it."""
    if isinstance(result, Placed):
        if _is_its(session, leg, result.sid, now) and leg.state is LegState.ENDED:
            enqueue_after_commit(session, Job.END_LEG, str(leg.id))
        return False
    if isinstance(result, InDoubt):
        if leg.call_sid is None:
            leg.carrier_error = f"{NOT_KNOWN}: {result.message}"
        return False
    if result.why is Rejection.PACE and leg.call_sid is None and leg.state is LegState.CALLING:
        leg.carrier_error = None
        enqueue_after_commit(session, Job.CALL_LEG, str(leg.id))
        return False
    return ended(leg, now, f"{result.code}: {result.message}")


def _is_its(session: Session, leg: Leg, call_sid: str, now: datetime, *, is_over: bool = False) -> bool:
    """Whether the call is the leg's: the first one that is told of is. A second one is hung up on."""
    if leg.call_sid is None:
        leg.call_sid = call_sid
        leg.carrier_error = None
    if leg.call_sid == call_sid:
        return True
    logger.error("second_call_for_leg", leg_id=str(leg.id), call_sid=call_sid)
    if not is_over:
        unwanted_calls.end(session, call_sid, now)
    return False


def answer(session: Session, leg: Leg, call_sid: str, now: datetime) -> LegPlan:
    """Somebody picked up: into the room that the leg's purpose names. Asked again, it says the same."""
    if not _is_its(session, leg, call_sid, now):
        return HangUp()
    leg.state = next_state(leg.state, LegEvent.JOIN)
    if leg.state is LegState.ENDED:
        return HangUp()
    leg.joined_at = leg.joined_at or now
    agent = session.get_one(AgentSession, leg.agent_session_id)
    match leg.purpose:
        case LegPurpose.HAND_ON:
            return JoinOwnRoom(leg.room)
        case LegPurpose.LISTEN:
            return JoinAgentRoom(agent.room, agent.id, is_muted=True)
        case LegPurpose.WHISPER:
            nobody = agent.line_call_sid is None
            return JoinAgentRoom(agent.room, agent.id, is_muted=nobody, coached_sid=agent.line_call_sid)
        case LegPurpose.BARGE | LegPurpose.CONSULT:
            return JoinAgentRoom(agent.room, agent.id)


def progress(session: Session, leg: Leg, call_sid: str, status: str, now: datetime) -> bool:
    """A status of the leg's call, by webhook or by asking. True when the leg ended by it."""
    outcome = CARRIER_OUTCOMES.get(status)
    if not _is_its(session, leg, call_sid, now, is_over=outcome is not None) or outcome is None:
        return False
    return ended(leg, now, "" if outcome is Outcome.ANSWERED else outcome.value)


def end(session: Session, leg: Leg, now: datetime) -> bool:
    """End it by our own wish. At the carrier, its call is hung up after the commit, or an agent's own line
    sent home, and the leg is over when that is done. True when it is over at once: nobody was called."""
    if leg.line_of is not None:
        leg.ended_at = leg.ended_at or now
        enqueue_after_commit(session, Job.MOVE_LINE, str(leg.id))
        return False
    if leg.call_sid is not None:
        enqueue_after_commit(session, Job.END_LEG, str(leg.id))
        return False
    return ended(leg, now, leg.carrier_error or "")


def ended(leg: Leg, now: datetime, why: str) -> bool:
    """It is over; `why` is kept where it was not by somebody's hanging up. False when it was before."""
    if leg.state is LegState.ENDED:
        return False
    leg.state = next_state(leg.state, LegEvent.END)
    leg.ended_at = now
    leg.carrier_error = why or None
    return True
