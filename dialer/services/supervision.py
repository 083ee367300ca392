"""Supervision: a supervisor listens to an agent's call, whispers to her, speaks with both, or takes over.

The supervisor is rung once, as a leg in the agent's room; what she does there changes by a word to the
carrier, which is repeated until it was done. It ends with the call or when either of them leaves. Every
beginning, change and end is in the audit log. How pages tell it is in `supervision_pages.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel import Session, col, or_, select

from dialer.core.errors import Conflict, Invalid
from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import LineState
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import SUPERVISION, LegPurpose, LegState
from dialer.services import legs, lines
from dialer.store import agent_sessions, attempts, audit
from dialer.store import legs as leg_rows
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.legs import Leg
from dialer.store.users import User

STARTED, CHANGED, TAKEN_OVER, ENDED = (
    "supervision_started",
    "supervision_changed",
    "supervision_taken_over",
    "supervision_ended",
)
SWITCHING = "not switched yet"
"""The leg's error from the wish to the carrier's deed."""


def supervise(session: Session, by: User, session_id: UUID, purpose: LegPurpose, now: datetime) -> None:
    """Listen, whisper or barge: the supervisor is rung, or what she does there changes. Being in another
    agent's room ends. Raises `Conflict` when the agent is in no call, `Invalid` for another purpose."""
    if purpose not in SUPERVISION:
        raise Invalid("A supervisor listens, whispers or barges in.")
    agent, attempt, mine = _found(session, by, session_id)
    if mine is None:
        leg = _ring(session, by, agent, attempt, purpose, now)
        _note(session, leg, STARTED, by, now)
    elif mine.purpose not in SUPERVISION:
        raise Conflict("You are taking this call over.")
    elif mine.purpose is not purpose:
        mine.purpose, mine.carrier_error = purpose, _switching(mine)
        _note(session, mine, CHANGED, by, now)
        if mine.state is LegState.JOINED:
            enqueue_after_commit(session, Job.APPLY_SUPERVISION, str(mine.id))
    _tell(session, agent)


def take_over(session: Session, by: User, session_id: UUID, now: datetime) -> None:
    """The person talks on with the supervisor, in a room of their own; the agent goes to her wrap-up.
    A supervisor who is not in the room yet is rung first. Raises `Conflict`."""
    agent, attempt, mine = _found(session, by, session_id)
    if mine is not None and mine.purpose not in SUPERVISION:
        raise Conflict("You are taking this call over.")
    if leg_rows.lock_open_of_attempt(session, attempt.id) is not None:
        raise Conflict("The agent is passing this call on already.")
    if mine is None:
        mine = _ring(session, by, agent, attempt, LegPurpose.HAND_ON, now)
    else:
        mine.purpose, mine.joined_at = LegPurpose.HAND_ON, None
        if mine.state is LegState.JOINED:
            mine.carrier_error = None
            enqueue_after_commit(session, Job.MOVE_LEG, str(mine.id))
    _note(session, mine, TAKEN_OVER, by, now)
    _tell(session, agent)


def stop(session: Session, by: User, session_id: UUID, now: datetime) -> None:
    """The supervisor leaves the room. Raises `Conflict` when she was not there."""
    seen = _open_of(session, by.id, session_id)
    if seen is None:
        raise Conflict("You are not in this call.")
    _end(session, seen, now)


def _found(session: Session, by: User, session_id: UUID) -> tuple[AgentSession, Attempt, Leg | None]:
    """The agent in a call, her attempt locked, and the supervisor's own leg in her room, locked."""
    seen = session.get(AgentSession, session_id)
    found = attempts.open_of_session(session, session_id) if seen is not None else None
    attempt = attempts.lock(session, found.id) if found is not None else None
    if seen is None or attempt is None or attempt.state is not AttemptState.CONNECTED:
        raise Conflict("This agent is in no call now.")
    if seen.user_id == by.id:
        raise Conflict("This is your own call.")
    mine = _open_of(session, by.id, session_id)
    if mine is not None and mine.attempt_id != attempt.id:
        mine = None
    mine = leg_rows.lock(session, mine.id) if mine is not None else None
    agent = agent_sessions.lock(session, session_id)
    if agent is None or attempt.agent_session_id != agent.id:
        raise Conflict("This agent is in no call now.")
    return agent, attempt, mine if mine is not None and mine.state is not LegState.ENDED else None


def _ring(
    session: Session, by: User, agent: AgentSession, attempt: Attempt, purpose: LegPurpose, now: datetime
) -> Leg:
    for other in leg_rows.open_of_supervisors(session, col(Leg.user_id) == by.id):
        if other.purpose is LegPurpose.HAND_ON:
            raise Conflict("You are with a person whom you took over: end that call first.")
        _end(session, other, now)
    address = lines.address_of(by)
    return legs.ask(session, agent, purpose, address, by.id, now, attempt_id=attempt.id, user_id=by.id)


def _end(session: Session, seen: Leg, now: datetime) -> None:
    leg = leg_rows.lock(session, seen.id)
    if leg is not None and legs.end(session, leg, now):
        ended(session, leg, now)


def _switching(leg: Leg) -> str | None:
    return SWITCHING if leg.state is LegState.JOINED else leg.carrier_error


def joined(session: Session, leg: Leg) -> None:
    """She picked up: the agent is told, if she is to be."""
    _tell(session, session.get_one(AgentSession, leg.agent_session_id))


def not_taken_over(session: Session, leg: Leg) -> None:
    """The carrier did not move her to a room of her own: she is in the agent's still, and listens."""
    leg.purpose, leg.carrier_error = LegPurpose.LISTEN, SWITCHING
    enqueue_after_commit(session, Job.APPLY_SUPERVISION, str(leg.id))


def entered(session: Session, leg_id: UUID) -> None:
    """She is in the room: what was wished since she picked up is done now."""
    leg = leg_rows.lock(session, leg_id)
    if leg is not None and leg.purpose in SUPERVISION and leg.carrier_error is not None:
        enqueue_after_commit(session, Job.APPLY_SUPERVISION, str(leg.id))


def ended(session: Session, leg: Leg, now: datetime) -> None:
    """Her leg is over, whoever ended it."""
    _note(session, leg, ENDED, None, now, why=leg.carrier_error or "hung up")
    _tell(session, session.get_one(AgentSession, leg.agent_session_id))


class Ears(Protocol):
    """What of a carrier's rooms is asked here."""

    def listen(self, room_sid: str, call_sid: str) -> bool: ...

    def coach(self, room_sid: str, call_sid: str, coached_sid: str | None) -> bool: ...


@dataclass(frozen=True)
class Wish:
    purpose: LegPurpose
    room_sid: str
    call_sid: str
    agent_sid: str | None

    def grant(self, rooms: Ears) -> bool:
        """False when she is not in the room. With nobody to whisper to she is heard by nobody."""
        match self.purpose:
            case LegPurpose.BARGE:
                return rooms.coach(self.room_sid, self.call_sid, None)
            case LegPurpose.WHISPER if self.agent_sid is not None:
                return rooms.coach(self.room_sid, self.call_sid, self.agent_sid)
            case _:
                return rooms.listen(self.room_sid, self.call_sid)


def wished(session: Session, leg_id: UUID) -> Wish | None:
    """What is to be asked of the carrier; None when she is not in a room, or in none that is known."""
    leg = session.get(Leg, leg_id)
    if leg is None or leg.state is not LegState.JOINED or leg.purpose not in SUPERVISION:
        return None
    agent = session.get_one(AgentSession, leg.agent_session_id)
    if leg.call_sid is None or agent.room_sid is None:
        return None
    agent_sid = agent.line_call_sid if agent.line is LineState.UP else None
    return Wish(leg.purpose, agent.room_sid, leg.call_sid, agent_sid)


def granted(session: Session, leg_id: UUID, wish: Wish) -> None:
    leg = leg_rows.lock(session, leg_id)
    if leg is None or leg.state is not LegState.JOINED or leg.purpose not in SUPERVISION:
        return
    if leg.purpose is not wish.purpose:
        enqueue_after_commit(session, Job.APPLY_SUPERVISION, str(leg.id))
        return
    leg.carrier_error = None
    _tell(session, session.get_one(AgentSession, leg.agent_session_id))


def whispering(session: Session, session_id: UUID) -> Sequence[Leg]:
    """Who whispers to the agent, locked: before her session is, as everywhere."""
    found = leg_rows.open_of_supervisors(
        session,
        Leg.agent_session_id == session_id,
        Leg.purpose == LegPurpose.WHISPER,
        Leg.state == LegState.JOINED,
    )
    locked = [leg_rows.lock(session, leg.id) for leg in found]
    return [leg for leg in locked if leg is not None and _whispers(leg)]


def _whispers(leg: Leg) -> bool:
    return leg.purpose is LegPurpose.WHISPER and leg.state is LegState.JOINED


def line_came_up(session: Session, whisperers: Sequence[Leg]) -> None:
    """The agent's line is another call now: whoever whispers must whisper to that one."""
    for leg in whisperers:
        leg.carrier_error = SWITCHING
        enqueue_after_commit(session, Job.APPLY_SUPERVISION, str(leg.id))


def not_switched(session: Session) -> Sequence[UUID]:
    """Wishes that the carrier has not granted yet."""
    waiting = leg_rows.open_of_supervisors(
        session, Leg.state == LegState.JOINED, col(Leg.carrier_error).is_not(None)
    )
    return [leg.id for leg in waiting if leg.purpose in SUPERVISION]


def left_over(session: Session, now: datetime) -> int:
    """Legs whose call is over, or is with somebody else now."""
    rows = session.exec(
        select(Leg)
        .join(Attempt, col(Attempt.id) == Leg.attempt_id)
        .where(Leg.state != LegState.ENDED, col(Leg.purpose).in_(SUPERVISION))
        .where(
            or_(
                Attempt.state != AttemptState.CONNECTED,
                col(Attempt.agent_session_id) != Leg.agent_session_id,
            )
        )
    ).all()
    for leg in rows:
        _end(session, leg, now)
    return len(rows)


def _open_of(session: Session, user_id: int, session_id: UUID) -> Leg | None:
    found = leg_rows.open_of_supervisors(
        session, col(Leg.user_id) == user_id, Leg.agent_session_id == session_id
    )
    return next(iter(found), None)


def _note(session: Session, leg: Leg, action: str, by: User | None, now: datetime, **more: str) -> None:
    agent = session.get_one(AgentSession, leg.agent_session_id)
    who = by.id if by is not None else leg.asked_by_id
    detail = {"agent_id": agent.user_id, "how": leg.purpose.value, **more}
    audit.note(session, now, who, action, f"attempt {leg.attempt_id}", **detail)


def _tell(session: Session, agent: AgentSession) -> None:
    publish_after_commit(session, Channel.AGENT, str(agent.user_id), "state", {})
    publish_after_commit(session, Channel.FLOOR, "all", "supervision", {"session_id": str(agent.id)})
