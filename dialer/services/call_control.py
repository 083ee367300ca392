"""What an agent does with the call that she talks on: hold, mute, keypad tones.

It is shown at once and asked of the carrier after the commit; what the carrier could not do is taken
back, with a word to the agent.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.core.errors import Conflict, Invalid
from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegPurpose, LegState
from dialer.services import desk_entries
from dialer.store import agent_sessions, attempts, legs, room_events
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.legs import Leg
from dialer.store.room_events import HOLD, MUTE, UNHOLD, UNMUTE

TONES = re.compile(r"[0-9*#w]{1,32}")
"""`w` waits half a second."""
_IN_ADDRESS = str.maketrans("#*", "hs")
_FROM_ADDRESS = str.maketrans("hs", "#*")


@dataclass(frozen=True)
class Switch:
    """Something of one call in a room that is to be on or off."""

    room_sid: str
    call_sid: str
    is_on: bool


@dataclass(frozen=True)
class Tones:
    room_sid: str
    call_sid: str
    in_address: str


def hold(session: Session, agent_id: int, attempt_id: UUID, is_on: bool, now: datetime) -> None:
    """Raises `Conflict` when nobody is on the line."""
    set_hold(session, talking(session, agent_id, attempt_id), is_on, now)


def set_hold(session: Session, attempt: Attempt, is_on: bool, now: datetime) -> None:
    if (attempt.held_at is not None) is is_on:
        return
    attempt.held_at = now if is_on else None
    enqueue_after_commit(session, Job.APPLY_HOLD, str(attempt.id))
    look_again(session, attempt.agent_id)


def hold_wanted(session: Session, attempt_id: UUID) -> Switch | None:
    """None when the person is with no agent any more."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.state is not AttemptState.CONNECTED or attempt.agent_session_id is None:
        return None
    agent = session.get_one(AgentSession, attempt.agent_session_id)
    return Switch(agent.room_sid or "", attempt.call_sid or "", attempt.held_at is not None)


def hold_applied(session: Session, attempt_id: UUID, tried: Switch, done: bool | None, now: datetime) -> None:
    """The carrier's answer: False when it has no such call in that room, None when it could not be asked."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.state is not AttemptState.CONNECTED:
        return
    if done is not None:
        word = HOLD if tried.is_on and done else UNHOLD
        room_events.keep_word(session, tried.call_sid, tried.room_sid, word, now)
    if (attempt.held_at is not None) is not tried.is_on:
        enqueue_after_commit(session, Job.APPLY_HOLD, str(attempt.id))
    elif done is None:
        attempt.held_at = None if tried.is_on else now
        where = "not put on hold" if tried.is_on else "not taken off hold"
        tell(session, attempt.agent_id, f"The person was {where}: the carrier did not do it. Try again.")
    elif not done:
        attempt.held_at = None
        tell(session, attempt.agent_id, "The carrier does not find the person in your room. It is asked.")
        enqueue_after_commit(session, Job.RECONCILE_ATTEMPT, str(attempt.id))
        _look_for_room(session, attempt.agent_session_id, tried.room_sid)


def _look_for_room(session: Session, session_id: UUID | None, room_sid: str) -> None:
    """Her room may be over, and one of that name another: it is asked for by name."""
    agent = agent_sessions.lock(session, session_id) if session_id is not None else None
    if agent is not None and agent.room_sid == room_sid:
        agent.room_sid = None
        enqueue_after_commit(session, Job.CHECK_LINE, str(agent.id))


def mute(session: Session, agent_id: int, is_on: bool) -> None:
    """Raises `Conflict` when she is in no call."""
    agent = agent_sessions.of_user(session, agent_id, locked=True)
    if agent is None or agent.state is not SessionState.ON_CALL:
        raise Conflict("Nobody is on the line.")
    if agent.is_muted is not is_on:
        agent.is_muted = is_on
        enqueue_after_commit(session, Job.APPLY_MUTE, str(agent.id))
        look_again(session, agent.user_id)


def mute_wanted(session: Session, session_id: UUID) -> Switch | None:
    """None when her line is not up; a line that comes up is not muted."""
    agent = agent_sessions.lock(session, session_id)
    if agent is None or agent.line_call_sid is None:
        return None
    return Switch(agent.room_sid or "", agent.line_call_sid, agent.is_muted)


def mute_applied(session: Session, session_id: UUID, tried: Switch, done: bool | None, now: datetime) -> None:
    """The carrier's answer, as for a hold."""
    agent = agent_sessions.lock(session, session_id)
    if agent is None or agent.line_call_sid != tried.call_sid:
        return
    if done is not None:
        word = MUTE if tried.is_on and done else UNMUTE
        room_events.keep_word(session, tried.call_sid, tried.room_sid, word, now)
    if agent.is_muted is not tried.is_on:
        enqueue_after_commit(session, Job.APPLY_MUTE, str(agent.id))
    elif done is None:
        agent.is_muted = not tried.is_on
        what = "not muted" if tried.is_on else "still muted"
        tell(session, agent.user_id, f"You are {what}: the carrier did not do it. Try again.")
    elif not done:
        agent.is_muted = False
        tell(session, agent.user_id, "The carrier does not find you in your room. It is asked.")
        _look_for_room(session, agent.id, tried.room_sid)


def press_tones(session: Session, agent_id: int, attempt_id: UUID, digits: str) -> None:
    """Raises `Invalid` for what no keypad has, `Conflict` when nobody is on the line to hear it."""
    digits = "".join(digits.split())
    if not TONES.fullmatch(digits):
        raise Invalid("Keypad tones are up to 32 of 0–9, * and #; w waits half a second.")
    attempt = talking(session, agent_id, attempt_id)
    if attempt.held_at is not None and _called_in(session, attempt) is None:
        raise Conflict("The person is on hold. Take the call off hold first.")
    enqueue_after_commit(session, Job.SEND_TONES, str(attempt.id), digits.translate(_IN_ADDRESS))


def tones_wanted(session: Session, attempt_id: UUID, in_address: str) -> Tones | None:
    attempt = session.get(Attempt, attempt_id)
    if attempt is None or attempt.state is not AttemptState.CONNECTED or attempt.agent_session_id is None:
        return None
    agent = session.get_one(AgentSession, attempt.agent_session_id)
    third = _called_in(session, attempt)
    call_sid = third.call_sid if third is not None else attempt.call_sid
    return Tones(agent.room_sid or "", call_sid or "", in_address)


def _called_in(session: Session, attempt: Attempt) -> Leg | None:
    """The third party in her room who was called: tones are meant for whatever answered there. A colleague
    came with her own line, and presses what she needs."""
    found = (leg for leg in legs.open_of_attempt(session, attempt.id) if leg.line_of is None)
    return next(
        (leg for leg in found if leg.purpose is LegPurpose.CONSULT and leg.state is LegState.JOINED), None
    )


def tones_failed(session: Session, attempt_id: UUID) -> None:
    attempt = session.get(Attempt, attempt_id)
    if attempt is not None and attempt.state is AttemptState.CONNECTED:
        tell(session, attempt.agent_id, "The keypad tones were not sent: the carrier did not do it.")


def tones_of(in_address: str) -> str | None:
    """The digits that an address carries; None for what is none of ours."""
    digits = in_address.translate(_FROM_ADDRESS)
    return digits if TONES.fullmatch(digits) else None


def talking(session: Session, agent_id: int, attempt_id: UUID) -> Attempt:
    """The agent's own attempt, locked, with a person on the line."""
    attempt = desk_entries.own_attempt(session, agent_id, attempt_id)
    if attempt.state is not AttemptState.CONNECTED:
        raise Conflict("Nobody is on the line.")
    return attempt


def tell(session: Session, user_id: int | None, text: str) -> None:
    """A word to an agent, and her desk shown anew."""
    if user_id is not None:
        publish_after_commit(session, Channel.AGENT, str(user_id), "told", {"text": text})
        look_again(session, user_id)


def look_again(session: Session, user_id: int | None) -> None:
    publish_after_commit(session, Channel.AGENT, str(user_id), "state", {})
