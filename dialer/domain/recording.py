"""A recording of a call: made at the carrier, fetched to our own storage, kept for a time."""

from collections.abc import Mapping
from enum import StrEnum

from dialer.domain.machine import advance


class RecordingPurpose(StrEnum):
    CALL = "call"  # the conversation, as the campaign records
    VERDICT = "verdict"  # a sample by which machine detection is judged


class RecordingState(StrEnum):
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    COMPLETED = "completed"  # at the carrier; to be fetched
    STORED = "stored"  # with us, and no longer at the carrier
    ABSENT = "absent"  # there was nothing to record
    DELETED = "deleted"  # its time was over


class RecordingEvent(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    COMPLETE = "complete"
    VANISH = "vanish"
    STORE = "store"
    DELETE = "delete"


class VerdictReview(StrEnum):
    """What a supervisor heard."""

    HUMAN = "human"
    MACHINE = "machine"
    UNCLEAR = "unclear"


S, E = RecordingState, RecordingEvent

RUNNING = frozenset({S.IN_PROGRESS, S.PAUSED})

TRANSITIONS: Mapping[tuple[RecordingState, RecordingEvent], RecordingState] = {
    (S.IN_PROGRESS, E.PAUSE): S.PAUSED,
    (S.PAUSED, E.RESUME): S.IN_PROGRESS,
    (S.IN_PROGRESS, E.COMPLETE): S.COMPLETED,
    (S.PAUSED, E.COMPLETE): S.COMPLETED,
    (S.IN_PROGRESS, E.VANISH): S.ABSENT,
    (S.PAUSED, E.VANISH): S.ABSENT,
    (S.COMPLETED, E.VANISH): S.ABSENT,
    (S.COMPLETED, E.STORE): S.STORED,
    (S.STORED, E.DELETE): S.DELETED,
}


def next_state(state: RecordingState, event: RecordingEvent) -> RecordingState:
    return advance(TRANSITIONS, state, event)
