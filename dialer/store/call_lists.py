"""Call lists: imported batches, and every row that was refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, col, select

from dialer.core.database import aware, json_column


class CallList(SQLModel, table=True):
    __tablename__ = "call_lists"

    id: int = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaigns.id", index=True)
    name: str = Field(max_length=200)
    country: str = Field(max_length=2)
    mapping: dict[str, Any] = json_column()
    counts: dict[str, Any] = json_column()
    """rows, new, updated, duplicate, suppressed, invalid and the reasons of the invalid ones."""
    imported_by_id: int | None = Field(default=None, foreign_key="users.id")
    imported_at: datetime = aware()


class RefusedRow(SQLModel, table=True):
    """A row that did not become a contact, kept with where it stood and why."""

    __tablename__ = "refused_rows"

    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    call_list_id: int = Field(foreign_key="call_lists.id", index=True)
    line: int
    column: str
    value: str
    reason: str = Field(max_length=40)
    message: str
    row: list[str] = json_column()


def of_campaign(session: Session, campaign_id: int) -> Sequence[CallList]:
    return session.exec(
        select(CallList).where(CallList.campaign_id == campaign_id).order_by(col(CallList.id).desc())
    ).all()


def everything(session: Session) -> Sequence[CallList]:
    return session.exec(select(CallList).order_by(col(CallList.id).desc())).all()


def refused_rows(session: Session, call_list_id: int) -> Sequence[RefusedRow]:
    return session.exec(
        select(RefusedRow).where(RefusedRow.call_list_id == call_list_id).order_by(col(RefusedRow.line))
    ).all()
