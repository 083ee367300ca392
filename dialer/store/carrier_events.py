"""Every webhook of the carrier as it came, once each, kept before it is acted on, and what it said of
the end of a line and of calls that it does not show when it was asked. An event of a call nobody knows is
kept too."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, Session, SQLModel, col, select

from dialer.core.database import aware, json_column

NOTES = 200


class CarrierEvent(SQLModel, table=True):
    __tablename__ = "carrier_events"

    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    key: str = Field(unique=True, max_length=200)
    """What makes the event one: kind, sid and sequence number."""
    kind: str = Field(max_length=32)
    call_sid: str | None = Field(default=None, max_length=34, index=True)
    attempt_id: UUID | None = None
    payload: dict[str, Any] = json_column()
    received_at: datetime = aware()


def keep(session: Session, event: CarrierEvent) -> bool:
    """Store the event; False when the same one was stored before."""
    values = event.model_dump(exclude={"id"})
    kept = session.exec(
        insert(CarrierEvent)
        .values(values)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(col(CarrierEvent.id))
    ).first()
    return kept is not None


def of_call(session: Session, call_sid: str) -> list[CarrierEvent]:
    return list(session.exec(select(CarrierEvent).where(CarrierEvent.call_sid == call_sid)).all())


def by_key(session: Session, key: str) -> CarrierEvent | None:
    return session.exec(select(CarrierEvent).where(CarrierEvent.key == key)).first()


def of_kind(session: Session, kind: str, before: datetime) -> list[CarrierEvent]:
    """Notes of our own on calls, made before then. Few among millions, they are found by their keys, whose
    calls' ids begin with the same capital letter."""
    return list(
        session.exec(
            select(CarrierEvent)
            .where(
                col(CarrierEvent.key).between(f"{kind}:A", f"{kind}:Z"),
                CarrierEvent.kind == kind,
                col(CarrierEvent.received_at) < before,
            )
            .order_by(col(CarrierEvent.received_at))
            .limit(NOTES)
        )
    )


def forget(session: Session, key: str) -> None:
    """A note of our own that holds no longer."""
    session.exec(delete(CarrierEvent).where(col(CarrierEvent.key) == key))
