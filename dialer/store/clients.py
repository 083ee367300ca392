"""Clients: the firms that campaigns call for."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from dialer.core.database import aware


class Client(SQLModel, table=True):
    __tablename__ = "clients"

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=120)
    callback_number: str = Field(max_length=16)
    """E.164; told in the message to a person who was abandoned."""
    created_at: datetime = aware()


def by_slug(session: Session, slug: str) -> Client | None:
    return session.exec(select(Client).where(Client.slug == slug)).first()


def by_ids(session: Session, ids: Collection[int]) -> dict[int, Client]:
    return {client.id: client for client in session.exec(select(Client).where(col(Client.id).in_(ids)))}


def everything(session: Session) -> Sequence[Client]:
    return session.exec(select(Client).order_by(col(Client.name))).all()
