"""Calls that are nobody's: a second one of an attempt, of an agent's line or of a leg. No row holds such a
call, so it is noted until the carrier has said that it is over, and hung up on until then."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.attempt import CARRIER_OUTCOMES
from dialer.store import carrier_events
from dialer.store.carrier_events import CarrierEvent
from dialer.telephony.port import CallFacts

UNWANTED = "unwanted"


def end(session: Session, call_sid: str, now: datetime) -> None:
    carrier_events.keep(
        session,
        CarrierEvent(key=_key(call_sid), kind=UNWANTED, call_sid=call_sid, payload={}, received_at=now),
    )
    enqueue_after_commit(session, Job.END_CALL, call_sid)


def left(session: Session, call_sid: str, facts: CallFacts | None, long_ago: datetime) -> None:
    """What the carrier has of the call after it was hung up on. None: it shows none, and has none to be
    hung up on; of a call that was noted before `long_ago` that is its last word."""
    noted = carrier_events.by_key(session, _key(call_sid))
    if noted is None:
        return
    is_over = facts.status in CARRIER_OUTCOMES if facts is not None else noted.received_at < long_ago
    if is_over:
        carrier_events.forget(session, noted.key)


def still_up(session: Session, before: datetime) -> Sequence[str]:
    """Calls noted before then, which are to be hung up on again."""
    noted = carrier_events.of_kind(session, UNWANTED, before)
    return [event.call_sid for event in noted if event.call_sid is not None]


def _key(call_sid: str) -> str:
    return f"{UNWANTED}:{call_sid}"
