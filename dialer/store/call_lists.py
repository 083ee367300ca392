"""Call lists: files that wait to be loaded, imported batches, and every row that was refused."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, text
from sqlmodel import Field, Session, SQLModel, col, delete, func, select

from dialer.core.database import aware, json_column, under_lock
from dialer.store.campaigns import Campaign
from dialer.store.users import User

AT_ONCE = 1000


class CallList(SQLModel, table=True):
    __tablename__ = "call_lists"

    id: int = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaigns.id", index=True)
    name: str = Field(max_length=200)
    country: str = Field(max_length=2)
    weight: int = 1
    """The share of its fresh contacts among those of the campaign's other lists; 0: the list rests."""
    headers: list[str] = json_column(default_factory=list)
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


class ListUpload(SQLModel, table=True):
    """A file that was sent and is looked at before it is loaded; the bytes go when it is."""

    __tablename__ = "list_uploads"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    campaign_id: int = Field(foreign_key="campaigns.id")
    name: str = Field(max_length=200)
    country: str = Field(max_length=2)
    file_name: str = Field(max_length=255)
    content: bytes
    uploaded_by_id: int = Field(foreign_key="users.id")
    uploaded_at: datetime = aware()
    call_list_id: int | None = Field(default=None, foreign_key="call_lists.id")
    """What it became."""


def lock_upload(session: Session, upload_id: UUID) -> ListUpload | None:
    return session.exec(under_lock(select(ListUpload).where(ListUpload.id == upload_id))).first()


def drop_uploads_before(session: Session, moment: datetime) -> None:
    session.exec(delete(ListUpload).where(col(ListUpload.uploaded_at) < moment))


def page_of(
    session: Session, offset: int, limit: int, campaign_id: int | None = None
) -> Sequence[tuple[CallList, Campaign, User | None]]:
    """Call lists, newest first, with their campaign and who loaded them."""
    query = (
        select(CallList, Campaign, User)
        .join(Campaign, col(Campaign.id) == CallList.campaign_id)
        .outerjoin(User, col(User.id) == CallList.imported_by_id)
        .order_by(col(CallList.id).desc())
    )
    if campaign_id is not None:
        query = query.where(CallList.campaign_id == campaign_id)
    return session.exec(query.offset(offset).limit(limit)).all()


def of_campaign(session: Session, campaign_id: int) -> Sequence[CallList]:
    return session.exec(
        select(CallList).where(CallList.campaign_id == campaign_id).order_by(col(CallList.id))
    ).all()


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(CallList)).one()


def refused_rows(session: Session, call_list_id: int, limit: int) -> Sequence[RefusedRow]:
    return session.exec(
        select(RefusedRow)
        .where(RefusedRow.call_list_id == call_list_id)
        .order_by(col(RefusedRow.line))
        .limit(limit)
    ).all()


def every_refused_row(session: Session, call_list_id: int) -> Iterator[RefusedRow]:
    """All of them, a thousand in memory at once."""
    yield from session.exec(
        select(RefusedRow)
        .where(RefusedRow.call_list_id == call_list_id)
        .order_by(col(RefusedRow.line))
        .execution_options(yield_per=AT_ONCE)
    )


def count_refused(session: Session, call_list_id: int) -> int:
    return session.exec(
        select(func.count()).select_from(RefusedRow).where(RefusedRow.call_list_id == call_list_id)
    ).one()


def by_name(session: Session, campaign_id: int, name: str) -> CallList | None:
    return session.exec(
        select(CallList).where(CallList.campaign_id == campaign_id, CallList.name == name).limit(1)
    ).first()
