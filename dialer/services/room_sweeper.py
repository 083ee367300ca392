"""The sweeper of rooms: finds people whose hold, and agents and supervisors whose mute, is not what is shown.

The carrier's events tell what it has, and its word when it was asked: nothing is asked of it while they
agree with what is wanted.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from dialer.domain.agent import LineState
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegPurpose, LegState
from dialer.services import taken_over
from dialer.services.sweeper import BATCH, Patience
from dialer.services.taken_over import Control, Wanted
from dialer.store import legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.legs import Leg
from dialer.store.room_events import HOLD, MUTE, UNHOLD, UNMUTE, last_told


def holds_not_applied(session: Session, now: datetime, patience: Patience) -> Sequence[UUID]:
    """Attempts whose person is not on hold though she is to be, or still is."""
    told = last_told(Attempt.call_sid, HOLD, UNHOLD)
    is_missing = and_(col(Attempt.held_at) < now - patience.job_lost, told.is_distinct_from(HOLD))
    is_left = and_(col(Attempt.held_at).is_(None), told == HOLD)
    return session.exec(
        select(Attempt.id)
        .join(AgentSession, col(AgentSession.id) == Attempt.agent_session_id)
        .where(
            Attempt.state == AttemptState.CONNECTED,
            col(AgentSession.room_sid).is_not(None),
            or_(is_missing, is_left),
        )
        .limit(BATCH)
    ).all()


def mutes_not_applied(session: Session) -> Sequence[UUID]:
    """Agent sessions whose line is not muted though it is to be, or still is: her next person would not
    hear her."""
    told = last_told(AgentSession.line_call_sid, MUTE, UNMUTE)
    is_missing = and_(col(AgentSession.is_muted), told.is_distinct_from(MUTE))
    is_left = and_(~col(AgentSession.is_muted), told == MUTE)
    return session.exec(
        select(AgentSession.id)
        .where(
            AgentSession.line == LineState.UP,
            col(AgentSession.room_sid).is_not(None),
            or_(is_missing, is_left),
        )
        .limit(BATCH)
    ).all()


def taken_over_not_applied(session: Session) -> Sequence[tuple[UUID, Control]]:
    """Legs of supervisors who took a person over: she is not on hold, or the supervisor not muted, though
    that is wanted, or still is."""
    found = legs.open_of_supervisors(session, Leg.purpose == LegPurpose.HAND_ON, Leg.state == LegState.JOINED)
    wishes = [(leg.id, taken_over.wanted(session, leg.id, control)) for leg in found for control in Control]
    return [
        (leg_id, wish.control)
        for leg_id, wish in wishes
        if wish is not None and _is_on(session, wish) is not wish.is_on
    ]


def _is_on(session: Session, wish: Wanted) -> bool:
    on, off = taken_over.WORDS[wish.control]
    told = last_told(wish.call_sid, on, off, wish.room)
    return session.exec(select(told)).one() == on
