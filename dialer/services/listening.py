"""Who may hear a recording, and the log of who did.

A player asks for one sound in many pieces and again when somebody seeks: what one person asks of one
recording within its length and a minute is one play.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from dialer.core.errors import NotFound
from dialer.domain.recording import RecordingState
from dialer.domain.user import Role
from dialer.store import audit, recordings, users
from dialer.store.attempts import Attempt
from dialer.store.recordings import Recording
from dialer.store.users import User

PLAYED = "recording_played"
AFTER_THE_END = timedelta(minutes=1)
HEARERS = frozenset({Role.SUPERVISOR, Role.MANAGER, Role.ADMIN})
"""Of everybody's calls; an agent hears her own."""


@dataclass(frozen=True)
class Sound:
    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Play:
    who: str
    at: datetime


def may_hear(user: User, attempt: Attempt) -> bool:
    return user.role in HEARERS or attempt.agent_id == user.id


def play(session: Session, user: User, recording_id: UUID, now: datetime) -> Sound:
    """The sound for this person, and the log of it. Raises `NotFound`."""
    recording = recordings.lock(session, recording_id)
    attempt = session.get(Attempt, recording.attempt_id) if recording is not None else None
    if recording is None or attempt is None or not may_hear(user, attempt):
        raise NotFound("There is no such recording, or none that you may hear.")
    sound = _sound(recording)
    subject = f"recording {recording.id}"
    since = now - timedelta(seconds=recording.seconds or 0) - AFTER_THE_END
    if not audit.was_noted_since(session, since, user.id, PLAYED, subject):
        audit.note(session, now, user.id, PLAYED, subject, attempt_id=str(attempt.id))
    return sound


def _sound(recording: Recording) -> Sound:
    if recording.state is RecordingState.DELETED:
        raise NotFound("This recording was deleted when its time was over.")
    if recording.state is RecordingState.ABSENT:
        raise NotFound("There was nothing to record.")
    if recording.object_key is None or recording.bytes is None or recording.sha256 is None:
        raise NotFound("This recording is not in our storage yet. Try again in a minute.")
    return Sound(recording.object_key, recording.bytes, recording.sha256)


def plays_of(session: Session, recording_ids: Collection[UUID]) -> Mapping[UUID, list[Play]]:
    """Who heard each of them and when, the first one first."""
    subjects = {f"recording {recording_id}": recording_id for recording_id in recording_ids}
    entries = audit.of_subjects(session, subjects, PLAYED)
    names = users.names(session, {entry.user_id for entry in entries if entry.user_id is not None})
    found: dict[UUID, list[Play]] = {recording_id: [] for recording_id in recording_ids}
    for entry in entries:
        found[subjects[entry.subject]].append(Play(names.get(entry.user_id or 0, ""), entry.at))
    return found
