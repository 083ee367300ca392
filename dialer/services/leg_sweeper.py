"""The sweeper of legs: finds those that a crash or a lost webhook left behind.

Each function finds rows by time alone and is safe to run at any moment, twice, or by two processes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, or_, select

from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import SessionState
from dialer.domain.leg import LegPurpose, LegState
from dialer.services import leg_news
from dialer.services.sweeper import BATCH, Patience
from dialer.store import legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.legs import LINE, Leg

RING = timedelta(seconds=60)
"""How long a leg may ring, and something over."""


def to_ask_about(session: Session, now: datetime, patience: Patience) -> Sequence[UUID]:
    """Open legs that the carrier has had for a while."""
    return session.exec(
        select(Leg.id)
        .where(
            Leg.state != LegState.ENDED,
            col(Leg.call_sid).is_not(None),
            col(Leg.asked_at) < now - patience.silent,
        )
        .limit(BATCH)
    ).all()


def never_called(session: Session, now: datetime, patience: Patience) -> int:
    """Legs whose job was lost are queued again; those that nobody waits for any more, and those in
    doubt that the carrier never spoke of, are given up."""
    waiting = session.exec(
        select(Leg)
        .where(
            Leg.state == LegState.CALLING,
            col(Leg.call_sid).is_(None),
            ~col(Leg.address).startswith(LINE),
            col(Leg.asked_at) < now - patience.job_lost,
        )
        .limit(BATCH)
    ).all()
    for leg in waiting:
        asked = leg.carrier_error is not None
        given_up = patience.never_placed + RING if asked else patience.claim_stale
        if leg.asked_at < now - given_up:
            _give_up(session, leg.id, now)
        elif not asked:
            enqueue_after_commit(session, Job.CALL_LEG, str(leg.id))
    return len(waiting)


def _give_up(session: Session, leg_id: UUID, now: datetime) -> None:
    """Not while a worker that stands still may ask for it yet, nor one of which was heard since."""
    leg = leg_news.locked(session, leg_id) if legs.try_hold(session, leg_id) else None
    if leg is not None and leg.call_sid is None:
        leg_news.hung_up(session, leg_id, now)


def left_over(session: Session, now: datetime) -> int:
    """Legs whose person has gone, or whose agent has signed off with nobody to talk to."""
    found = session.exec(
        select(Leg)
        .join(AgentSession, col(AgentSession.id) == Leg.agent_session_id)
        .outerjoin(Attempt, col(Attempt.id) == Leg.attempt_id)
        .where(
            Leg.state != LegState.ENDED,
            or_(
                col(Attempt.call_ended_at).is_not(None),
                (Leg.purpose != LegPurpose.HAND_ON) & (AgentSession.state == SessionState.OFFLINE),
            ),
        )
        .limit(BATCH)
    ).all()
    for leg in found:
        leg_news.end(session, leg.id, now)
    return len(found)
