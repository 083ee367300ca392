"""The numbers that a campaign may show, and the account's own numbers as the carrier last listed them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from dialer.core.database import aware


class CallerId(SQLModel, table=True):
    """One number of a campaign's pool."""

    __tablename__ = "caller_ids"
    __table_args__ = (UniqueConstraint("campaign_id", "phone"),)

    id: int = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaigns.id")
    phone: str = Field(max_length=16)
    added_at: datetime = aware()
    rested_at: datetime | None = aware(default=None, nullable=True)
    """Not shown from here on: people answer it far less often than its pool."""
    rest_reason: str = ""


class AccountNumber(SQLModel, table=True):
    """A number of the account at the carrier."""

    __tablename__ = "account_numbers"

    phone: str = Field(primary_key=True, max_length=16)
    number_sid: str = Field(max_length=34)
    voice_url: str = ""
    seen_at: datetime = aware()


def pool(session: Session, campaign_id: int) -> Sequence[CallerId]:
    return session.exec(
        select(CallerId).where(CallerId.campaign_id == campaign_id).order_by(col(CallerId.phone))
    ).all()


def account_numbers(session: Session) -> Sequence[AccountNumber]:
    return session.exec(select(AccountNumber).order_by(col(AccountNumber.phone))).all()
