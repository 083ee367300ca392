"""A person whom a supervisor took over: on hold or not, the supervisor muted or not.

They talk in the leg's own room. What is wanted is the last entry of the audit log on the leg; it is shown
at once and asked of the carrier after the commit, and what the carrier did not do is taken back. That room
sends no events: what the carrier did is known by its word when it was asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from dialer.core.errors import Conflict
from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.domain.leg import LegPurpose, LegState
from dialer.store import audit, room_events
from dialer.store import legs as leg_rows
from dialer.store.attempts import Attempt
from dialer.store.legs import Leg
from dialer.store.room_events import HOLD, MUTE, UNHOLD, UNMUTE
from dialer.store.users import User


class Control(StrEnum):
    HOLD = "hold"
    MUTE = "mute"


ACTIONS: Mapping[Control, str] = {Control.HOLD: "taken_over_hold", Control.MUTE: "taken_over_mute"}
WORDS: Mapping[Control, tuple[str, str]] = {Control.HOLD: (HOLD, UNHOLD), Control.MUTE: (MUTE, UNMUTE)}
"""The carrier's, for on and off."""


@dataclass(frozen=True)
class Wanted:
    control: Control
    room: str
    """The name of the leg's room."""
    call_sid: str
    """The person's, or the supervisor's own."""
    is_on: bool


def switch(session: Session, by: User, control: Control, is_on: bool, now: datetime) -> None:
    """Raises `Conflict` when the supervisor has nobody."""
    leg = leg_rows.last_of_supervisor(session, by.id)
    attempt = _attempt(session, leg)
    if leg is None or not has_the_person(leg, attempt):
        raise Conflict("You are in no call that you took over.")
    leg_rows.lock(session, leg.id)
    if state(session, leg, control) is is_on:
        return
    _note(session, leg, control, is_on, by.id, now)
    enqueue_after_commit(session, Job.SWITCH_TAKEN_OVER, str(leg.id), control.value)


def has_the_person(leg: Leg, attempt: Attempt | None) -> bool:
    """Whether they talk with each other now."""
    return (
        leg.purpose is LegPurpose.HAND_ON
        and leg.state is LegState.JOINED
        and attempt is not None
        and attempt.handed_on_at is not None
        and attempt.call_ended_at is None
    )


def state(session: Session, leg: Leg, control: Control) -> bool:
    """Whether it is to be on."""
    entries = audit.of_subject(session, _subject(leg), {ACTIONS[control]})
    return bool(entries) and bool(entries[-1].detail["on"])


def was_not_done(session: Session, leg: Leg) -> bool:
    """Whether the carrier did not do the last thing that was wished."""
    entries = audit.of_subject(session, _subject(leg), ACTIONS.values())
    return bool(entries) and entries[-1].user_id is None


def wanted(session: Session, leg_id: UUID, control: Control) -> Wanted | None:
    """None when it is over."""
    leg = session.get(Leg, leg_id)
    attempt = _attempt(session, leg)
    if leg is None or attempt is None or not has_the_person(leg, attempt):
        return None
    sid = attempt.call_sid if control is Control.HOLD else leg.call_sid
    return Wanted(control, leg.room, sid or "", state(session, leg, control))


def applied(session: Session, leg_id: UUID, tried: Wanted, done: bool, now: datetime) -> None:
    """The carrier's answer. Wished otherwise meanwhile, it is asked again."""
    leg = leg_rows.lock(session, leg_id)
    if leg is None:
        return
    if done:
        on, off = WORDS[tried.control]
        room_events.keep_word(session, tried.call_sid, tried.room, on if tried.is_on else off, now)
    if state(session, leg, tried.control) is not tried.is_on:
        enqueue_after_commit(session, Job.SWITCH_TAKEN_OVER, str(leg.id), tried.control.value)
    elif not done:
        _note(session, leg, tried.control, not tried.is_on, None, now)


def _note(
    session: Session, leg: Leg, control: Control, is_on: bool, user_id: int | None, now: datetime
) -> None:
    audit.note(session, now, user_id, ACTIONS[control], _subject(leg), on=is_on)
    publish_after_commit(
        session, Channel.FLOOR, "all", "supervision", {"session_id": str(leg.agent_session_id)}
    )


def _attempt(session: Session, leg: Leg | None) -> Attempt | None:
    return session.get(Attempt, leg.attempt_id) if leg is not None and leg.attempt_id is not None else None


def _subject(leg: Leg) -> str:
    return f"leg {leg.id}"
