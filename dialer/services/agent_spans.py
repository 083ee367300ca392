"""The spans of time that an agent session spends in each state: one is open while she is signed in."""

from datetime import datetime

from sqlmodel import Session

from dialer.store import agent_sessions
from dialer.store.agent_sessions import AgentSession, AgentSpan


def begin(session: Session, agent: AgentSession, now: datetime) -> None:
    session.add(
        AgentSpan(
            agent_session_id=agent.id,
            user_id=agent.user_id,
            campaign_id=agent.campaign_id,
            state=agent.state,
            pause_code=agent.pause_code,
            started_at=now,
        )
    )


def close(session: Session, agent: AgentSession, now: datetime) -> None:
    span = agent_sessions.open_span(session, agent.id)
    if span is not None:
        span.ended_at = now
        session.flush()
