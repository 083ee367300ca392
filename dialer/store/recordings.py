"""Recordings of calls: where each one is, and until when."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, Session, SQLModel, col, select

from dialer.core.database import aware, str_enum, under_lock
from dialer.domain.recording import RecordingPurpose, RecordingState, VerdictReview


class Recording(SQLModel, table=True):
    __tablename__ = "recordings"
    __table_args__ = (
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


def of_attempt(session: Session, attempt_id: UUID) -> Sequence[Recording]:
    return session.exec(
        select(Recording).where(Recording.attempt_id == attempt_id).order_by(col(Recording.started_at))
    ).all()
