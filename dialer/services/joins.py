"""Whether a person was in an agent's room of whose joining nobody told: what was kept of her call, and
what the carrier said when it was asked who is there. It asks nobody itself."""

from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.store import carrier_events
from dialer.store.attempts import Attempt
from dialer.store.carrier_events import CarrierEvent

ABSENT = "absent"
SENT_THERE = frozenset({"answer", "inbound", "passed_on", "handed_on"})
"""The carrier asked where the call goes, and was told."""
JOINING = timedelta(seconds=2)
ANNOUNCEMENT = timedelta(seconds=10)
"""What a person is told before she joins takes no longer."""


def is_on_the_way(attempt: Attempt, sent_at: datetime, now: datetime) -> bool:
    """Whether she may not have come to the room yet."""
    return now - sent_at < (ANNOUNCEMENT if attempt.recording_announced_at is not None else JOINING)


def absent(session: Session, attempt: Attempt, now: datetime) -> None:
    """The carrier was asked: she and her agent are not in the room together. It is kept as evidence."""
    sent_at = _sent_at(carrier_events.of_call(session, attempt.call_sid or ""))
    if sent_at is not None and is_on_the_way(attempt, sent_at, now):
        return
    event = CarrierEvent(
        key=f"{ABSENT}:{attempt.id}:{now.isoformat()}",
        kind=ABSENT,
        call_sid=attempt.call_sid,
        attempt_id=attempt.id,
        payload={"session_id": str(attempt.agent_session_id)},
        received_at=now,
    )
    carrier_events.keep(session, event)


def was_unseen(session: Session, attempt: Attempt, now: datetime) -> bool:
    """Sent to her agent's room, and never known to be out of it: she was there."""
    if attempt.agent_session_id is None or attempt.call_sid is None:
        return False
    events = carrier_events.of_call(session, attempt.call_sid)
    sent_at = _sent_at(events)
    if sent_at is None or is_on_the_way(attempt, sent_at, now):
        return False
    hers = str(attempt.agent_session_id)
    return not any(event.kind == ABSENT and event.payload["session_id"] == hers for event in events)


def sent_at(session: Session, attempt: Attempt) -> datetime | None:
    """When she was sent to her agent's room, as far as it is known."""
    return _sent_at(carrier_events.of_call(session, attempt.call_sid or ""))


def _sent_at(events: list[CarrierEvent]) -> datetime | None:
    return max((event.received_at for event in events if event.kind in SENT_THERE), default=None)
