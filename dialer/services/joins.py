"""When a person was sent to an agent's room, of whose joining the carrier may not have told. It asks
nobody itself, and takes nobody for joined of whom there is no word: that she was sent there does not tell
that she came."""

from datetime import datetime

from sqlmodel import Session

from dialer.store import carrier_events
from dialer.store.attempts import Attempt

SENT_THERE = frozenset({"answer", "inbound", "passed_on", "handed_on"})
"""The carrier asked where the call goes, and was told."""


def sent_at(session: Session, attempt: Attempt) -> datetime | None:
    """When she was sent to her agent's room, as far as it is known."""
    events = carrier_events.of_call(session, attempt.call_sid or "")
    return max((event.received_at for event in events if event.kind in SENT_THERE), default=None)
