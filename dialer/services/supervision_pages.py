"""Supervision as pages tell it: who is in whose room on the floor, and what the agent reads of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from dialer.domain.leg import LegPurpose, LegState
from dialer.store import legs, users
from dialer.store.attempts import Attempt
from dialer.store.legs import Leg

WORDS: Mapping[LegPurpose, str] = {
    LegPurpose.LISTEN: "is listening",
    LegPurpose.WHISPER: "whispers to you",
    LegPurpose.BARGE: "is in the call",
    LegPurpose.HAND_ON: "takes the call over",
}


@dataclass(frozen=True)
class Watch:
    """One supervisor in one agent's room, as pages tell it."""

    name: str
    how: str
    """`listen`, `whisper`, `barge` or `hand_on`."""
    is_mine: bool
    is_joined: bool
    is_switching: bool


def of_floor(session: Session, viewer_id: int) -> Mapping[str, Sequence[Watch]]:
    """Who is in whose room, by agent session; the viewer's own leg first. Whoever has taken a person over
    has left it."""
    rows = [leg for leg in legs.open_of_supervisors(session) if not _has_the_person(session, leg)]
    names = users.names(session, {leg.asked_by_id for leg in rows})
    watches: dict[str, list[Watch]] = {}
    for leg in sorted(rows, key=lambda leg: leg.user_id != viewer_id):
        watch = Watch(
            name=names[leg.asked_by_id],
            how=leg.purpose.value,
            is_mine=leg.user_id == viewer_id,
            is_joined=leg.state is LegState.JOINED,
            is_switching=leg.state is LegState.JOINED and leg.carrier_error is not None,
        )
        watches.setdefault(str(leg.agent_session_id), []).append(watch)
    return watches


def told_to(session: Session, agent_session_id: UUID | None, *, is_told: bool) -> Sequence[str]:
    """What the agent's desk says of who is in her room; nothing where agents are not to be told."""
    if agent_session_id is None or not is_told:
        return ()
    there = [
        leg
        for leg in legs.open_of_supervisors(session, Leg.agent_session_id == agent_session_id)
        if leg.state is LegState.JOINED and not _has_the_person(session, leg)
    ]
    names = users.names(session, {leg.asked_by_id for leg in there})
    return [f"{names[leg.asked_by_id]} {WORDS[leg.purpose]}" for leg in there]


def _has_the_person(session: Session, leg: Leg) -> bool:
    if leg.purpose is not LegPurpose.HAND_ON or leg.attempt_id is None:
        return False
    return session.get_one(Attempt, leg.attempt_id).handed_on_at is not None
