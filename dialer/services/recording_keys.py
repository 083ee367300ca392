"""The agent's one key for recording: the person agreed, pause, go on. `desk_recording.py` shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.core.errors import Conflict
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import RecordingMode
from dialer.domain.recording import RecordingEvent, RecordingState, next_state
from dialer.services import call_control, desk_entries, recordings
from dialer.store import attempts, audit
from dialer.store import recordings as rows
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.telephony.port import RecordingChange

STATES: Mapping[RecordingChange, tuple[RecordingState, RecordingEvent]] = {
    RecordingChange.PAUSE: (RecordingState.IN_PROGRESS, RecordingEvent.PAUSE),
    RecordingChange.RESUME: (RecordingState.PAUSED, RecordingEvent.RESUME),
}
"""What it must be in, and what happens to it."""

NOT_CHANGED: Mapping[RecordingChange, str] = {
    RecordingChange.PAUSE: "The recording could not be paused: take no card number. Press the key again.",
    RecordingChange.RESUME: "The recording may not go on. Press the key again.",
}


@dataclass(frozen=True)
class ToChange:
    recording_id: UUID
    recording_sid: str
    call_sid: str


def agreed(session: Session, agent_id: int, attempt_id: UUID, now: datetime) -> None:
    """The person has agreed to be recorded: kept as the proof of it, and recording begins. Said again
    while it has not begun, it is asked for again."""
    attempt = _on_the_line(session, agent_id, attempt_id)
    if session.get_one(Campaign, attempt.campaign_id).recording is not RecordingMode.ON_CONSENT:
        raise Conflict("This campaign does not ask for consent to recording.")
    if attempt.recording_announced_at is None:
        attempt.recording_announced_at = now
        audit.note(session, now, agent_id, "recording_agreed", f"attempt {attempt.id}")
    enqueue_after_commit(session, Job.START_RECORDING, str(attempt.id))
    recordings.tell(session, attempt)


def change(session: Session, agent_id: int, attempt_id: UUID, wanted: RecordingChange, now: datetime) -> None:
    """The agent pauses, or goes on."""
    attempt = _on_the_line(session, agent_id, attempt_id)
    audit.note(session, now, agent_id, f"recording_{wanted.name.lower()}", f"attempt {attempt.id}")
    enqueue_after_commit(session, Job.CHANGE_RECORDING, str(attempt.id), wanted.value, now.isoformat())


def to_change(session: Session, attempt_id: UUID, wanted: RecordingChange) -> Sequence[ToChange]:
    """All that are not so already. What paused as the person left the agent does not go on."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.call_sid is None:
        return []
    if wanted is RecordingChange.RESUME and attempt.handed_on_at is not None:
        return []
    state, event = STATES[wanted]
    locked = [rows.lock(session, found.id) for found in rows.running(session, attempt_id)]
    recordings_of_it = [one for one in locked if one is not None and one.state is state]
    if wanted is RecordingChange.RESUME:
        for recording in recordings_of_it:
            recording.state = next_state(recording.state, event)
        recordings.tell(session, attempt)
    return [ToChange(one.id, one.recording_sid, attempt.call_sid) for one in recordings_of_it]


def changed(session: Session, recording_id: UUID, wanted: RecordingChange, *, is_done: bool) -> None:
    """The carrier's answer. One that knows of no such recording has ended it, and is asked for its end."""
    recording = rows.lock(session, recording_id)
    if recording is None:
        return
    if is_done and wanted is RecordingChange.PAUSE:
        recording.state = next_state(recording.state, RecordingEvent.PAUSE)
    elif not is_done:
        enqueue_after_commit(session, Job.FIND_RECORDINGS, str(recording.attempt_id))
    recordings.tell(session, session.get_one(Attempt, recording.attempt_id))


def not_changed(session: Session, attempt_id: UUID, wanted: RecordingChange) -> None:
    """The agent who pressed the key is told, and sees what it records still."""
    attempt = session.get(Attempt, attempt_id)
    if attempt is not None and attempt.state is AttemptState.CONNECTED:
        call_control.tell(session, attempt.agent_id, NOT_CHANGED[wanted])


def _on_the_line(session: Session, agent_id: int, attempt_id: UUID) -> Attempt:
    attempt = desk_entries.own_attempt(session, agent_id, attempt_id)
    if attempt.state is not AttemptState.CONNECTED or attempt.handed_on_at is not None:
        raise Conflict("Nobody is on your line any more.")
    return attempt
