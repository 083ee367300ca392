"""A recording in our own storage: taken over from the carrier, kept as long as it may be, then deleted.

The row holds the name, the size and the hash before the carrier is told to delete its copy, so whatever
dies in between is done again from where it stood.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from dialer.core.object_store import Written
from dialer.domain.recording import RecordingEvent, RecordingState, next_state
from dialer.services import recordings as at_carrier
from dialer.store import recordings
from dialer.store.attempts import Attempt
from dialer.store.recordings import Recording

WAITED_FOR = timedelta(days=1)
"""So long after the call the carrier may still come up with the sound."""


@dataclass(frozen=True)
class ToStore:
    recording_sid: str
    name: str
    is_written: bool
    """Its copy is safe; only the carrier's is left to be deleted."""


def to_store(session: Session, recording_id: UUID) -> ToStore | None:
    """None when somebody else is at it or there is nothing to do. Until this transaction ends nobody
    else gets it."""
    if not recordings.try_hold(session, recording_id):
        return None
    recording = session.get(Recording, recording_id)
    if recording is None or recording.state is not RecordingState.COMPLETED:
        return None
    name = recording.object_key or f"{recording.started_at:%Y/%m/%d}/{recording.id}.wav"
    return ToStore(recording.recording_sid, name, recording.sha256 is not None)


def written(session: Session, recording_id: UUID, name: str, file: Written) -> None:
    recording = recordings.lock(session, recording_id)
    if recording is not None and recording.state is RecordingState.COMPLETED:
        recording.object_key, recording.bytes, recording.sha256 = name, file.bytes, file.sha256


def stored(session: Session, recording_id: UUID, now: datetime) -> None:
    """It is with us, and no longer at the carrier."""
    recording = recordings.lock(session, recording_id)
    if recording is None or recording.state is not RecordingState.COMPLETED:
        return
    recording.state = next_state(recording.state, RecordingEvent.STORE)
    recording.stored_at = now
    attempt = session.get(Attempt, recording.attempt_id)
    if attempt is not None:
        at_carrier.tell(session, attempt)


def missing(session: Session, recording_id: UUID, now: datetime) -> None:
    """The carrier has no sound; after a day of asking there will be none."""
    recording = recordings.lock(session, recording_id)
    if recording is None or recording.state is not RecordingState.COMPLETED:
        return
    if now - (recording.completed_at or recording.started_at) > WAITED_FOR:
        at_carrier.vanish(recording, "the carrier never had the sound")


def to_delete(session: Session, recording_id: UUID, kept_days: int, now: datetime) -> str | None:
    """The name of a recording whose time is over; None when it is not, or somebody else is at it."""
    if not recordings.try_hold(session, recording_id):
        return None
    recording = session.get(Recording, recording_id)
    if recording is None or recording.state is not RecordingState.STORED or recording.stored_at is None:
        return None
    return recording.object_key if recording.stored_at <= now - timedelta(days=kept_days) else None


def deleted(session: Session, recording_id: UUID, now: datetime) -> None:
    """The row stays, and with it the hash of what there was."""
    recording = recordings.lock(session, recording_id)
    if recording is not None:
        recording.state = next_state(recording.state, RecordingEvent.DELETE)
        recording.deleted_at = recording.deleted_at or now
