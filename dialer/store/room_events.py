"""What the carrier told of one call in one room: on hold or not, muted or not. Of what it was asked to do
and did, its word is kept beside its events, so that one that is late or lost is waited for by nobody."""

from datetime import datetime

from sqlalchemy import ColumnElement, Integer, ScalarSelect, cast
from sqlmodel import Session, col, func, select

from dialer.store import carrier_events
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.carrier_events import CarrierEvent

KIND = "room"
HOLD, UNHOLD, MUTE, UNMUTE = (f"participant-{word}" for word in ("hold", "unhold", "mute", "unmute"))


def last_told(
    call_sid: str | None, on: str, off: str, room: str | None = AgentSession.room_sid
) -> ScalarSelect[str]:
    """The carrier's last word on the call in the room that it is in now; NULL for none."""
    event = _field("StatusCallbackEvent")
    return (
        select(event)
        .where(
            CarrierEvent.call_sid == call_sid,
            CarrierEvent.kind == KIND,
            event.in_((on, off)),
            _field("ConferenceSid") == room,
        )
        .order_by(_sequence().desc().nulls_last(), col(CarrierEvent.received_at).desc())
        .limit(1)
        .correlate(Attempt, AgentSession)
        .scalar_subquery()
    )


def keep_word(session: Session, call_sid: str, room: str, event: str, now: datetime) -> None:
    """The carrier was asked, and it is so: newer than every event heard so far, older than the next one.
    A room that sends no events goes by the name that we gave it, any other by its sid."""
    heard = session.exec(
        select(func.max(_sequence())).where(
            CarrierEvent.call_sid == call_sid,
            CarrierEvent.kind == KIND,
            _field("ConferenceSid") == room,
        )
    ).one()
    payload = {
        "StatusCallbackEvent": event,
        "CallSid": call_sid,
        "ConferenceSid": room,
        "SequenceNumber": str(heard or 0),
    }
    key = f"{KIND}:{room}:asked:{event}:{call_sid}:{now.isoformat()}"
    word = CarrierEvent(key=key, kind=KIND, call_sid=call_sid, payload=payload, received_at=now)
    carrier_events.keep(session, word)


def _field(name: str) -> ColumnElement[str]:
    return func.jsonb_extract_path_text(CarrierEvent.payload, name)


def _sequence() -> ColumnElement[int]:
    return cast(_field("SequenceNumber"), Integer)
