"""Recordings as pages show them: many with who heard them, and those of some calls."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.domain.recording import RecordingPurpose, RecordingState
from dialer.services import listening
from dialer.services.listening import Play
from dialer.store import recordings
from dialer.store.recordings import Recording, RecordingFilter


@dataclass(frozen=True)
class Shown:
    """A recording with what its player needs."""

    id: UUID
    state: str
    """playable, or in words why it is not: in_progress | fetching | absent | deleted."""
    seconds: int | None
    started_at: datetime
    deleted_at: datetime | None
    is_sample: bool
    """Of machine detection, not of a conversation."""


@dataclass(frozen=True)
class RecordingLine:
    recording: Shown
    person: str
    campaign: str
    agent: str
    told_at: datetime | None
    plays: list[Play]


def listing(session: Session, wanted: RecordingFilter, offset: int, limit: int) -> list[RecordingLine]:
    found = recordings.page_of(session, wanted, offset, limit)
    plays = listening.plays_of(session, [recording.id for recording, *_ in found])
    return [
        RecordingLine(
            recording=shown(recording),
            person=contact.name,
            campaign=campaign.name,
            agent=agent.full_name if agent is not None else "",
            told_at=attempt.recording_announced_at,
            plays=plays[recording.id],
        )
        for recording, attempt, contact, campaign, agent in found
    ]


def of_calls(session: Session, attempt_ids: Collection[UUID]) -> Mapping[UUID, list[Shown]]:
    by_call: dict[UUID, list[Shown]] = defaultdict(list)
    for recording in recordings.of_attempts(session, attempt_ids):
        by_call[recording.attempt_id].append(shown(recording))
    return by_call


def shown(recording: Recording) -> Shown:
    return Shown(
        id=recording.id,
        state=_state(recording),
        seconds=recording.seconds,
        started_at=recording.started_at,
        deleted_at=recording.deleted_at,
        is_sample=recording.purpose is RecordingPurpose.VERDICT,
    )


def _state(recording: Recording) -> str:
    if recording.state in (RecordingState.ABSENT, RecordingState.DELETED):
        return recording.state.value
    if recording.sha256 is not None:
        return "playable"
    return "fetching" if recording.state is RecordingState.COMPLETED else "in_progress"
