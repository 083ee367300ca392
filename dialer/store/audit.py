"""Who changed what, and what was refused at the door: kept, never edited."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, col, select

from dialer.core.database import aware, json_column


class AuditEntry(SQLModel, table=True):
    __tablename__ = "audit_entries"

    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    at: datetime = aware()
    user_id: int | None = Field(default=None, foreign_key="users.id")
    action: str = Field(max_length=60, index=True)
    subject: str = Field(max_length=120, index=True)
    detail: dict[str, Any] = json_column(default_factory=dict)


def note(
    session: Session, now: datetime, user_id: int | None, action: str, subject: str, **detail: Any
) -> None:
    session.add(AuditEntry(at=now, user_id=user_id, action=action, subject=subject, detail=detail))


def was_noted_since(session: Session, since: datetime, user_id: int, action: str, subject: str) -> bool:
    found = select(AuditEntry.id).where(
        AuditEntry.action == action,
        AuditEntry.subject == subject,
        AuditEntry.user_id == user_id,
        AuditEntry.at >= since,
    )
    return session.exec(found.limit(1)).first() is not None


def of_subjects(session: Session, subjects: Collection[str], action: str) -> Sequence[AuditEntry]:
    return session.exec(
        select(AuditEntry)
        .where(AuditEntry.action == action, col(AuditEntry.subject).in_(subjects))
        .order_by(col(AuditEntry.id))
    ).all()


def of_subject(session: Session, subject: str, actions: Collection[str]) -> Sequence[AuditEntry]:
    return session.exec(
        select(AuditEntry)
        .where(col(AuditEntry.action).in_(actions), AuditEntry.subject == subject)
        .order_by(col(AuditEntry.id))
    ).all()
