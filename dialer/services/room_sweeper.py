"""The sweeper of rooms: finds people whose hold, and agents whose mute, is not what the desk shows.

The carrier's events tell what it has, so nothing is asked of it while they agree with what is wanted.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, ScalarSelect, and_, cast, or_
from sqlmodel import Session, col, func, select

from dialer.domain.agent import LineState
from dialer.domain.attempt import AttemptState
from dialer.services.sweeper import BATCH, Patience
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.carrier_events import CarrierEvent

HOLD, UNHOLD, MUTE, UNMUTE = (f"participant-{word}" for word in ("hold", "unhold", "mute", "unmute"))


def holds_not_applied(session: Session, now: datetime, patience: Patience) -> Sequence[UUID]:
    """Attempts whose person is not on hold though she is to be, or still is."""
    told = _last_told(Attempt.call_sid, HOLD, UNHOLD)
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
    told = _last_told(AgentSession.line_call_sid, MUTE, UNMUTE)
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


def _last_told(call_sid: str | None, on: str, off: str) -> ScalarSelect[str]:
    """The carrier's last word on the call in the room that it is in now; NULL for none."""
    event = _field("StatusCallbackEvent")
    return (
        select(event)
        .where(
            CarrierEvent.call_sid == call_sid,
            CarrierEvent.kind == "room",
            event.in_((on, off)),
            _field("ConferenceSid") == AgentSession.room_sid,
        )
        .order_by(cast(_field("SequenceNumber"), Integer).desc().nulls_last())
        .limit(1)
        .correlate(Attempt, AgentSession)
        .scalar_subquery()
    )


def _field(name: str) -> ColumnElement[str]:
    return func.jsonb_extract_path_text(CarrierEvent.payload, name)
