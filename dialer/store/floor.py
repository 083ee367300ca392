"""The whole floor at one moment, in two queries: every agent signed in and every call that is not joined
yet; and what became of calls. Plain rows to reckon with, locked by nobody, to be changed by nobody."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from dialer.domain.agent import SIGNED_IN, SessionState
from dialer.domain.attempt import UNANSWERED, AttemptState, Outcome
from dialer.store.agent_sessions import AgentSession, AgentSpan, is_free
from dialer.store.attempts import Attempt
from dialer.store.users import User


class AgentNow(NamedTuple):
    session_id: UUID
    user_id: int
    campaign_id: int
    state: SessionState
    since: datetime
    is_free: bool
    """Ready for a call: her line up and her room empty."""
    leaves: bool
    """Pauses or signs off after the call that is hers."""
    takes_inbound: bool


class CallNow(NamedTuple):
    """A call that is on its way, or was answered and is joined to nobody."""

    attempt_id: UUID
    campaign_id: int
    state: AttemptState
    is_inbound: bool
    has_agent: bool
    """Meant for one agent."""
    claimed_at: datetime
    rang_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None


class CallEnd(NamedTuple):
    """What became of a call."""

    attempt_id: UUID
    campaign_id: int
    outcome: Outcome | None
    is_abandoned: bool
    claimed_at: datetime
    rang_at: datetime | None
    answered_at: datetime | None
    connected_at: datetime | None
    abandoned_at: datetime | None
    call_ended_at: datetime | None


class Spell(NamedTuple):
    """A stretch of talk or wrap-up that is over."""

    campaign_id: int
    state: SessionState
    started_at: datetime
    ended_at: datetime


def agents(session: Session) -> Sequence[AgentNow]:
    """Everybody signed in, the longest in her state first."""
    leaves = col(AgentSession.stop_after_call) | col(AgentSession.pause_after_call).is_not(None)
    rows = session.execute(
        sa_select(
            col(AgentSession.id),
            col(AgentSession.user_id),
            col(AgentSession.campaign_id),
            col(AgentSession.state),
            col(AgentSession.state_since),
            case((col(AgentSession.state) == SessionState.READY, is_free()), else_=False),
            leaves,
            col(User.takes_inbound),
        )
        .join(User, col(User.id) == AgentSession.user_id)
        .where(col(AgentSession.state).in_(SIGNED_IN))
        .order_by(col(AgentSession.state_since))
    )
    return [AgentNow(*row) for row in rows]


def calls(session: Session) -> Sequence[CallNow]:
    """Of every campaign, the oldest first."""
    rows = session.execute(
        sa_select(
            col(Attempt.id),
            col(Attempt.campaign_id),
            col(Attempt.state),
            col(Attempt.is_inbound),
            col(Attempt.agent_session_id).is_not(None),
            col(Attempt.claimed_at),
            col(Attempt.rang_at),
            col(Attempt.answered_at),
            col(Attempt.answered_by),
        )
        .where(col(Attempt.state).in_(UNANSWERED | {AttemptState.ANSWERED}))
        .order_by(col(Attempt.claimed_at))
    )
    return [CallNow(*row) for row in rows]


_END = (
    col(Attempt.id),
    col(Attempt.campaign_id),
    col(Attempt.outcome),
    col(Attempt.is_abandoned),
    col(Attempt.claimed_at),
    col(Attempt.rang_at),
    col(Attempt.answered_at),
    col(Attempt.connected_at),
    col(Attempt.abandoned_at),
    col(Attempt.call_ended_at),
)


def ends_of(session: Session, attempt_ids: Collection[UUID]) -> Sequence[CallEnd]:
    rows = session.execute(
        sa_select(*_END).where(col(Attempt.id).in_(attempt_ids)).order_by(col(Attempt.claimed_at))
    )
    return [CallEnd(*row) for row in rows]


def last_ends(session: Session, campaign_id: int, since: datetime, limit: int) -> Sequence[CallEnd]:
    """The campaign's newest dials that are joined or over, the oldest of them first."""
    rows = session.execute(
        sa_select(*_END)
        .where(
            col(Attempt.campaign_id) == campaign_id,
            col(Attempt.claimed_at) >= since,
            col(Attempt.state).not_in(UNANSWERED | {AttemptState.ANSWERED}),
            ~col(Attempt.is_inbound),
        )
        .order_by(col(Attempt.claimed_at).desc())
        .limit(limit)
    ).all()
    return [CallEnd(*row) for row in reversed(rows)]


def last_spells(session: Session, campaign_id: int, since: datetime, limit: int) -> Sequence[Spell]:
    """The campaign's newest talks and wrap-ups, the oldest of them first."""
    rows = session.execute(
        sa_select(
            col(AgentSpan.campaign_id),
            col(AgentSpan.state),
            col(AgentSpan.started_at),
            col(AgentSpan.ended_at),
        )
        .where(
            col(AgentSpan.campaign_id) == campaign_id,
            col(AgentSpan.started_at) >= since,
            col(AgentSpan.ended_at).is_not(None),
            col(AgentSpan.state).in_({SessionState.ON_CALL, SessionState.WRAP_UP}),
        )
        .order_by(col(AgentSpan.started_at).desc())
        .limit(limit)
    ).all()
    return [Spell(*row) for row in reversed(rows)]
