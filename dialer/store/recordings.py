"""Recordings of calls: where each one is, and until when."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Index, text
from sqlalchemy import select as sa_select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, Session, SQLModel, and_, col, func, or_, select

from dialer.core.database import aware, str_enum, under_lock
from dialer.domain.attempt import Outcome
from dialer.domain.campaign import RecordingMode
from dialer.domain.leg import LegPurpose
from dialer.domain.recording import RUNNING, RecordingPurpose, RecordingState, VerdictReview
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.legs import Leg
from dialer.store.users import User


class Recording(SQLModel, table=True):
    __tablename__ = "recordings"
    __table_args__ = (
        Index(
            "ix_recordings_running",
            "attempt_id",
            postgresql_where=text("state IN ('in_progress', 'paused')"),
        ),
        Index("ix_recordings_to_fetch", "completed_at", postgresql_where=text("state = 'completed'")),
        Index("ix_recordings_stored", "stored_at", postgresql_where=text("state = 'stored'")),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    attempt_id: UUID = Field(foreign_key="attempts.id", index=True)
    purpose: RecordingPurpose = str_enum(RecordingPurpose, default=RecordingPurpose.CALL)
    state: RecordingState = str_enum(RecordingState, default=RecordingState.IN_PROGRESS)
    recording_sid: str = Field(max_length=34, unique=True)
    channels: int = 2
    seconds: int | None = None
    object_key: str | None = Field(default=None, max_length=200)
    """Its name in our own storage."""
    bytes: int | None = Field(default=None, sa_type=BigInteger)
    sha256: str | None = Field(default=None, max_length=64)
    started_at: datetime = aware()
    completed_at: datetime | None = aware(default=None, nullable=True)
    stored_at: datetime | None = aware(default=None, nullable=True)
    deleted_at: datetime | None = aware(default=None, nullable=True)
    review: VerdictReview | None = str_enum(VerdictReview, default=None, nullable=True)
    reviewed_by_id: int | None = Field(default=None, foreign_key="users.id")
    reviewed_at: datetime | None = aware(default=None, nullable=True)


def lock(session: Session, recording_id: UUID) -> Recording | None:
    return session.exec(under_lock(select(Recording).where(Recording.id == recording_id))).first()


def by_sid(session: Session, recording_sid: str) -> Recording | None:
    return session.exec(select(Recording).where(Recording.recording_sid == recording_sid)).first()


def found_or_made(
    session: Session, attempt_id: UUID, recording_sid: str, purpose: RecordingPurpose, now: datetime
) -> Recording:
    """The one row of the carrier's recording, locked; made when nobody has told of it before."""
    values = {
        "attempt_id": attempt_id,
        "recording_sid": recording_sid,
        "purpose": purpose,
        "state": RecordingState.IN_PROGRESS,
        "channels": 2,
        "started_at": now,
    }
    session.exec(insert(Recording).values(values).on_conflict_do_nothing(index_elements=["recording_sid"]))
    return session.exec(under_lock(select(Recording).where(Recording.recording_sid == recording_sid))).one()


def running(session: Session, attempt_id: UUID) -> Sequence[Recording]:
    """The recordings of the call that go on, or are paused. There is one, but where the carrier made a
    second one of a start whose answer was lost."""
    return session.exec(
        select(Recording)
        .where(Recording.attempt_id == attempt_id, col(Recording.state).in_(RUNNING))
        .order_by(col(Recording.started_at).desc())
    ).all()


def try_hold_call(session: Session, attempt_id: UUID) -> bool:
    """One at a time asks the carrier about recording this call, until the end of the holder's transaction;
    False while somebody does."""
    return bool(session.exec(select(func.pg_try_advisory_xact_lock(3, func.hashtext(str(attempt_id))))).one())


def try_hold(session: Session, recording_id: UUID) -> bool:
    """One at a time stores or deletes this recording; False while somebody does."""
    return bool(
        session.exec(select(func.pg_try_advisory_xact_lock(4, func.hashtext(str(recording_id))))).one()
    )


def left_at_carrier(session: Session, before: datetime, limit: int) -> Sequence[UUID]:
    """Completed before then, and still not with us: some of them, so that those which can't be fetched
    don't keep the others waiting."""
    return session.exec(
        select(Recording.id)
        .where(Recording.state == RecordingState.COMPLETED, col(Recording.completed_at) <= before)
        .order_by(func.random())
        .limit(limit)
    ).all()


def kept_since_before(session: Session, before: datetime, limit: int) -> Sequence[UUID]:
    return session.exec(
        select(Recording.id)
        .where(Recording.state == RecordingState.STORED, col(Recording.stored_at) <= before)
        .order_by(col(Recording.stored_at))
        .limit(limit)
    ).all()


@dataclass(frozen=True)
class Doubling:
    """Looks at `now` for what happened `first` ago, twice, four times as long ago and so on: each is found
    once at every doubling, by one who looks `every` so often."""

    now: datetime
    first: timedelta
    every: timedelta

    def is_due(self, since: Any) -> ColumnElement[bool]:
        age = func.extract("epoch", self.now - since) / self.first.total_seconds()
        before = func.greatest(age - self.every / self.first, 0.5)
        doublings = [func.floor(func.ln(func.greatest(ratio, 0.5)) / math.log(2)) for ratio in (age, before)]
        return and_(age >= 1.0, doublings[0] != doublings[1])


def unfinished(session: Session, ended: Doubling) -> Sequence[UUID]:
    """Attempts whose call has ended and whose recording seems to go on."""
    return session.exec(
        select(Recording.attempt_id)
        .join(Attempt, col(Attempt.id) == Recording.attempt_id)
        .where(col(Recording.state).in_(RUNNING), ended.is_due(col(Attempt.call_ended_at)))
    ).all()


def going_on_without_agent(session: Session, handed_on_before: datetime, limit: int) -> Sequence[UUID]:
    """Attempts whose person talks on with somebody else since then, and whose recording has not paused."""
    is_with_somebody = (
        select(Leg.id)
        .where(
            Leg.attempt_id == Attempt.id, Leg.purpose == LegPurpose.HAND_ON, col(Leg.joined_at).is_not(None)
        )
        .exists()
    )
    return session.exec(
        select(Recording.attempt_id)
        .join(Attempt, col(Attempt.id) == Recording.attempt_id)
        .where(
            Recording.state == RecordingState.IN_PROGRESS,
            col(Attempt.handed_on_at) <= handed_on_before,
            col(Attempt.call_ended_at).is_(None),
            is_with_somebody,
        )
        .order_by(func.random())
        .limit(limit)
    ).all()


def unheard_of(session: Session, since: datetime, connected: Doubling, ended: Doubling) -> Sequence[UUID]:
    """Attempts claimed since then that should have a recording, and of none of which anybody has heard."""
    is_wanted = or_(
        Campaign.recording == RecordingMode.ALWAYS,
        and_(
            Campaign.recording == RecordingMode.ON_CONSENT,
            col(Attempt.recording_announced_at).is_not(None),
        ),
    )
    was_answered = or_(col(Attempt.answered_at).is_not(None), Attempt.outcome == Outcome.ANSWERED)
    is_due = or_(
        ended.is_due(col(Attempt.call_ended_at)),
        and_(col(Attempt.call_ended_at).is_(None), connected.is_due(col(Attempt.connected_at))),
    )
    has_one = select(Recording.id).where(Recording.attempt_id == Attempt.id).exists()
    return session.exec(
        select(Attempt.id)
        .join(Campaign, col(Campaign.id) == Attempt.campaign_id)
        .where(is_wanted, Attempt.claimed_at >= since, was_answered, is_due, ~has_one)
    ).all()


@dataclass(frozen=True)
class RecordingFilter:
    """What to list; what is None does not restrict."""

    campaign_id: int | None = None
    agent_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


Listed = tuple[Recording, Attempt, Contact, Campaign, User | None]


def page_of(session: Session, wanted: RecordingFilter, offset: int, limit: int) -> Sequence[Listed]:
    """The latest first; a recording's id holds the time it was made."""
    query = (
        sa_select(Recording, Attempt, Contact, Campaign, User)
        .join(Attempt, col(Attempt.id) == Recording.attempt_id)
        .join(Contact, col(Contact.id) == Attempt.contact_id)
        .join(Campaign, col(Campaign.id) == Attempt.campaign_id)
        .outerjoin(User, col(User.id) == Attempt.agent_id)
        .where(*_conditions(wanted))
        .order_by(col(Recording.id).desc())
    )
    return session.execute(query.offset(offset).limit(limit)).all()


def count(session: Session, wanted: RecordingFilter) -> int:
    query = select(func.count()).select_from(Recording).join(Attempt, col(Attempt.id) == Recording.attempt_id)
    return session.exec(query.where(*_conditions(wanted))).one()


def _conditions(wanted: RecordingFilter) -> list[ColumnElement[bool]]:
    found = []
    if wanted.campaign_id is not None:
        found.append(col(Attempt.campaign_id) == wanted.campaign_id)
    if wanted.agent_id is not None:
        found.append(col(Attempt.agent_id) == wanted.agent_id)
    if wanted.since is not None:
        found.append(col(Recording.started_at) >= wanted.since)
    if wanted.until is not None:
        found.append(col(Recording.started_at) < wanted.until)
    return found


def of_attempts(session: Session, attempt_ids: Collection[UUID]) -> Sequence[Recording]:
    return session.exec(
        select(Recording)
        .where(col(Recording.attempt_id).in_(attempt_ids))
        .order_by(col(Recording.started_at))
    ).all()


def of_attempt(session: Session, attempt_id: UUID) -> Sequence[Recording]:
    return session.exec(
        select(Recording).where(Recording.attempt_id == attempt_id).order_by(col(Recording.started_at))
    ).all()
