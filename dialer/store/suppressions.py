"""Suppressions: numbers that must not be dialled, with source, reason and dates.

Matched whole, never by prefix: real lists hold entries such as "2".
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, Session, SQLModel, col, func, or_, select

from dialer.core.database import aware, str_enum, under_lock
from dialer.store.users import User


class SuppressionScope(StrEnum):
    SYSTEM = "system"
    CLIENT = "client"
    CAMPAIGN = "campaign"


class Suppression(SQLModel, table=True):
    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("phone", "scope", "scope_id"),)

    id: int = Field(default=None, primary_key=True)
    phone: str = Field(max_length=16, index=True)
    scope: SuppressionScope = str_enum(SuppressionScope)
    scope_id: int = 0
    """The client's or campaign's id; 0 for the whole system."""
    source: str = Field(max_length=80)
    reason: str = Field(max_length=200)
    created_by_id: int | None = Field(default=None, foreign_key="users.id")
    created_at: datetime = aware()
    expires_at: datetime | None = aware(default=None, nullable=True)

    def told(self) -> str:
        return f"the {self.scope.value} suppression list ({self.source}: {self.reason})"


def matching(
    session: Session, phones: Sequence[str], client_id: int, campaign_id: int, now: datetime
) -> dict[str, Suppression]:
    """The suppression in force for each of `phones` that has one."""
    rows = session.exec(
        select(Suppression).where(
            col(Suppression.phone).in_(phones),
            or_(
                Suppression.scope == SuppressionScope.SYSTEM,
                (col(Suppression.scope) == SuppressionScope.CLIENT)
                & (col(Suppression.scope_id) == client_id),
                (col(Suppression.scope) == SuppressionScope.CAMPAIGN)
                & (col(Suppression.scope_id) == campaign_id),
            ),
            or_(col(Suppression.expires_at).is_(None), col(Suppression.expires_at) > now),
        )
    )
    return {row.phone: row for row in rows}


def keep(session: Session, row: Suppression) -> Suppression:
    """`row`, or the one that stands for its number and scope already, locked."""
    session.exec(
        insert(Suppression)
        .values(row.model_dump(exclude={"id"}))
        .on_conflict_do_nothing(index_elements=["phone", "scope", "scope_id"])
    )
    return session.exec(
        under_lock(
            select(Suppression).where(
                Suppression.phone == row.phone,
                Suppression.scope == row.scope,
                Suppression.scope_id == row.scope_id,
            )
        )
    ).one()


def page_of(
    session: Session, digits: str, offset: int, limit: int
) -> Sequence[tuple[Suppression, User | None]]:
    """The latest first, with who added each; of numbers that hold `digits`."""
    query = (
        select(Suppression, User)
        .outerjoin(User, col(User.id) == Suppression.created_by_id)
        .where(col(Suppression.phone).contains(digits))
        .order_by(col(Suppression.id).desc())
    )
    return session.exec(query.offset(offset).limit(limit)).all()


def count(session: Session, digits: str) -> int:
    query = select(func.count()).select_from(Suppression)
    return session.exec(query.where(col(Suppression.phone).contains(digits)) if digits else query).one()
