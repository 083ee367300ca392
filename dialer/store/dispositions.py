"""Dispositions as rows of a campaign: flags and one effect each."""

from collections.abc import Sequence

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from dialer.core.database import str_enum
from dialer.domain.disposition import Effect


class Disposition(SQLModel, table=True):
    __tablename__ = "dispositions"
    __table_args__ = (UniqueConstraint("campaign_id", "code"),)

    id: int = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaigns.id")
    position: int
    code: str = Field(max_length=40)
    label: str = Field(max_length=80)
    hotkey: str = Field(default="", max_length=1)
    effect: Effect = str_enum(Effect)
    human: bool = True
    by_agent: bool = True
    needs_reason: bool = False
    retry_minutes: int = 0
    """From this outcome to the next try, at least."""
    retry_at_most: int = 0
    """So many tries end so before the contact is given up; 0: as many as the campaign allows."""
    retry_spread: bool = False
    """The next try is in a part of the day that was not tried, and not on the same day."""


def of_campaign(session: Session, campaign_id: int) -> Sequence[Disposition]:
    return session.exec(
        select(Disposition).where(Disposition.campaign_id == campaign_id).order_by(col(Disposition.position))
    ).all()


def by_code(session: Session, campaign_id: int, code: str) -> Disposition | None:
    return session.exec(
        select(Disposition).where(Disposition.campaign_id == campaign_id, Disposition.code == code)
    ).first()
