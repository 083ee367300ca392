"""Verdicts on machines and their review: the samples, and what was heard in them, by campaign."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from dialer.domain.attempt import Outcome
from dialer.domain.detection import MACHINES
from dialer.domain.recording import RecordingPurpose, RecordingState, VerdictReview
from dialer.store.attempts import Attempt
from dialer.store.recordings import Recording


class Counted(NamedTuple):
    campaign_id: int
    machines: int
    heard: int
    people: int
    unclear: int


def unreviewed(session: Session, limit: int) -> Sequence[tuple[Recording, Attempt]]:
    """Samples that can be heard and were not judged yet, the oldest first."""
    return session.exec(
        select(Recording, Attempt)
        .join(Attempt, col(Attempt.id) == Recording.attempt_id)
        .where(
            Recording.purpose == RecordingPurpose.VERDICT,
            Recording.state == RecordingState.STORED,
            col(Recording.review).is_(None),
        )
        .order_by(col(Recording.stored_at))
        .limit(limit)
    ).all()


def reviewed(session: Session, limit: int) -> Sequence[tuple[Recording, Attempt]]:
    """Samples that were judged, the last ones first."""
    return session.exec(
        select(Recording, Attempt)
        .join(Attempt, col(Attempt.id) == Recording.attempt_id)
        .where(Recording.purpose == RecordingPurpose.VERDICT, col(Recording.review).is_not(None))
        .order_by(col(Recording.reviewed_at).desc())
        .limit(limit)
    ).all()


def taken_from(session: Session, agent_session_id: UUID, since: datetime) -> Attempt | None:
    """The last call that a verdict took from the agent; none where she concluded it herself."""
    return session.exec(
        select(Attempt)
        .where(
            Attempt.agent_session_id == agent_session_id,
            Attempt.outcome == Outcome.MACHINE,
            col(Attempt.closed_at) >= since,
        )
        .order_by(col(Attempt.closed_at).desc())
        .limit(1)
    ).first()


def counted(session: Session) -> Sequence[Counted]:
    """Of each campaign in which a call was judged a machine by the carrier."""
    heard = func.count(col(Recording.review))
    rows = session.execute(
        sa_select(
            col(Attempt.campaign_id),
            func.count(func.distinct(col(Attempt.id))),
            heard,
            heard.filter(col(Recording.review) == VerdictReview.HUMAN),
            heard.filter(col(Recording.review) == VerdictReview.UNCLEAR),
        )
        .select_from(Attempt)
        .outerjoin(
            Recording,
            (col(Recording.attempt_id) == Attempt.id) & (col(Recording.purpose) == RecordingPurpose.VERDICT),
        )
        .where(col(Attempt.outcome) == Outcome.MACHINE, col(Attempt.answered_by).in_(MACHINES))
        .group_by(col(Attempt.campaign_id))
        .order_by(col(Attempt.campaign_id))
    )
    return [Counted(*row) for row in rows]
