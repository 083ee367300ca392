"""A person whose agent's line died and does not come back: told so, and let go, instead of waiting in
silence. The agent is in wrap-up; a person who was never joined to her counts as abandoned."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, and_, col, or_, select

from dialer.domain.agent import LineState, SessionEvent
from dialer.domain.attempt import AttemptEvent, AttemptState, next_state
from dialer.services import abandoned_calls, agents, attempts, carrier_webhooks
from dialer.services.answer_plans import PlayMessage
from dialer.store import agent_sessions
from dialer.store import attempts as attempt_rows
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt

LIMIT = timedelta(seconds=20)
"""Since the lost line was rung again, or the person answered. On the house's clock: people wait by it."""


def waiting(session: Session, now: datetime) -> Sequence[UUID]:
    """Attempts whose person waits for an agent who is not on the line any more."""
    late = now - LIMIT
    return session.exec(
        select(Attempt.id)
        .join(AgentSession, col(AgentSession.id) == Attempt.agent_session_id)
        .where(
            or_(
                and_(Attempt.state == AttemptState.CONNECTED, col(AgentSession.line_asked_at) < late),
                and_(Attempt.state == AttemptState.ANSWERED, col(Attempt.answered_at) < late),
            ),
            col(Attempt.call_sid).is_not(None),
            col(Attempt.call_ended_at).is_(None),
            col(Attempt.handed_on_at).is_(None),
            AgentSession.line != LineState.UP,
        )
    ).all()


def call_of(session: Session, attempt_id: UUID, now: datetime) -> str | None:
    """The call that is to be told; None when there is nobody to tell any more."""
    attempt = session.get(Attempt, attempt_id)
    return attempt.call_sid if attempt is not None and attempt_id in waiting(session, now) else None


def told(session: Session, attempt_id: UUID, now: datetime) -> None:
    """The person hears the message, and goes."""
    attempt = attempt_rows.lock(session, attempt_id)
    if attempt is None or attempt.handed_on_at is not None or attempt.agent_session_id is None:
        return
    agent = agent_sessions.lock(session, attempt.agent_session_id)
    if attempt.state is AttemptState.CONNECTED and agent is not None:
        attempt.state = next_state(attempt.state, AttemptEvent.HAND_ON)
        attempt.handed_on_at = now
        agents.change_state(session, agent, SessionEvent.CALL_ENDED, now)
    elif attempt.state is AttemptState.ANSWERED:
        attempt.handed_on_at = now
        attempts.miss(session, attempt, now)


def message(
    session: Session, attempt_id: UUID, fields: Mapping[str, str], token: str, now: datetime
) -> PlayMessage | None:
    """Whose message it is; None for an attempt that nobody knows."""
    carrier_webhooks.keep(session, "agent-lost", f"{fields.get('CallSid')}:{token}", fields, attempt_id, now)
    attempt = attempt_rows.lock(session, attempt_id)
    return abandoned_calls.agent_lost_message(session, attempt, now) if attempt is not None else None
