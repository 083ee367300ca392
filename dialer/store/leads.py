"""Leads, their qualification, and every follow-up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, Session, SQLModel, col, select

from dialer.core.database import aware, json_column, str_enum, under_lock
from dialer.domain.lead import LeadState


class Lead(SQLModel, table=True):
    __tablename__ = "leads"
    __table_args__ = (
        Index("ix_leads_follow_up_due", "due_at", postgresql_where=text("first_follow_up_at IS NULL")),
    )

    id: int = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contacts.id", unique=True, sa_type=BigInteger)
    client_id: int = Field(foreign_key="clients.id", index=True)
    campaign_id: int = Field(foreign_key="campaigns.id", index=True)
    attempt_id: UUID = Field(foreign_key="attempts.id", unique=True)
    made_by_id: int | None = Field(default=None, foreign_key="users.id")
    owner_id: int | None = Field(default=None, foreign_key="users.id", index=True)
    state: LeadState = str_enum(LeadState, default=LeadState.NEW)
    qualification: dict[str, Any] = json_column(default_factory=dict)
    """Need, funds, authority, time frame: what was answered to the question that means it."""
    made_at: datetime = aware()
    due_at: datetime = aware()
    """When the first follow-up is due."""
    first_follow_up_at: datetime | None = aware(default=None, nullable=True)
    overdue_at: datetime | None = aware(default=None, nullable=True)
    """When it was marked overdue."""
    closed_reason: str | None = None


class FollowUp(SQLModel, table=True):
    __tablename__ = "follow_ups"

    id: int = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="leads.id", index=True)
    user_id: int = Field(foreign_key="users.id")
    kind: str = Field(max_length=20)
    notes: str = ""
    made_at: datetime = aware()


def lock(session: Session, lead_id: int) -> Lead | None:
    return session.exec(under_lock(select(Lead).where(Lead.id == lead_id))).first()


def of_contact(session: Session, contact_id: int) -> Lead | None:
    return session.exec(select(Lead).where(Lead.contact_id == contact_id)).first()


def follow_ups_of(session: Session, lead_id: int) -> Sequence[FollowUp]:
    return session.exec(
        select(FollowUp).where(FollowUp.lead_id == lead_id).order_by(col(FollowUp.made_at))
    ).all()


def newly_overdue(session: Session, now: datetime, limit: int) -> Sequence[Lead]:
    """Leads whose first follow-up is past due and not marked yet, locked."""
    return session.exec(
        under_lock(
            select(Lead)
            .where(col(Lead.first_follow_up_at).is_(None), col(Lead.overdue_at).is_(None), Lead.due_at < now)
            .order_by(col(Lead.due_at))
            .limit(limit),
            skip_locked=True,
        )
    ).all()
