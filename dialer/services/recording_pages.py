"""Recordings as pages show them: many with who heard them, and those of some calls."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.domain.recording import RUNNING, RecordingPurpose, RecordingState
from dialer.services import listening
from dialer.services.listening import Play
from dialer.store import recordings
from dialer.store.attempts import Attempt
from dialer.store.recordings import Recording, RecordingFilter


@dataclass(frozen=True)
class Shown:
    """A recording with what its player needs."""

    id: UUID
    state: str
    """playable, or in words why it is not: in_progress | handed_on | fetching | absent | deleted."""
    seconds: int | None
    started_at: datetime
    deleted_at: datetime | None
    is_sample: bool
    """Of machine detection, not of a conversation."""
    handed_on_at: datetime | None = None
    """When it ended before the person's call did: the person was handed on."""


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
            recording=shown(session, recording),
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
        by_call[recording.attempt_id].append(shown(session, recording))
    return by_call


def shown(session: Session, recording: Recording) -> Shown:
    runs = recording.state in RUNNING and recording.sha256 is None
    attempt = session.get_one(Attempt, recording.attempt_id) if runs else None
    return Shown(
        id=recording.id,
        state=_state(recording, attempt),
        seconds=recording.seconds,
        started_at=recording.started_at,
        deleted_at=recording.deleted_at,
        is_sample=recording.purpose is RecordingPurpose.VERDICT,
        handed_on_at=attempt.handed_on_at if attempt is not None else None,
    )


def _state(recording: Recording, attempt: Attempt | None) -> str:
    """`attempt` is given for one that has not ended at the carrier."""
    if recording.state in (RecordingState.ABSENT, RecordingState.DELETED):
        return recording.state.value
    if recording.sha256 is not None:
        return "playable"
    if attempt is None or attempt.call_ended_at is not None:
        return "fetching"
    return "in_progress" if attempt.handed_on_at is None else "handed_on"
