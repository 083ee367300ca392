"""Calls that the carrier has and does not show. What it shows lags behind what it has, so one look that
finds nothing tells nothing; how long nothing was found is kept here. It asks nobody itself."""

from datetime import datetime

from sqlmodel import Session

from dialer.store import carrier_events
from dialer.store.carrier_events import CarrierEvent

UNSEEN = "unseen"


def noted(session: Session, call_sid: str, now: datetime, heard_at: datetime | None = None) -> None:
    """The carrier was asked and showed no such call. The first time since it was last heard of stands."""
    first = since(session, call_sid)
    if first is not None and heard_at is not None and first < heard_at:
        ended(session, call_sid)
    carrier_events.keep(
        session,
        CarrierEvent(key=_key(call_sid), kind=UNSEEN, call_sid=call_sid, payload={}, received_at=now),
    )


def ended(session: Session, call_sid: str) -> None:
    """It showed the call."""
    carrier_events.forget(session, _key(call_sid))


def since(session: Session, call_sid: str) -> datetime | None:
    """When it was first asked in vain, and has shown nothing from then on."""
    event = carrier_events.by_key(session, _key(call_sid))
    return event.received_at if event is not None else None


def _key(call_sid: str) -> str:
    return f"{UNSEEN}:{call_sid}"
