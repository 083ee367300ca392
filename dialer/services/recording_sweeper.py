"""Finds recordings that a lost callback or a crash left behind, and those whose time is over. Each is
found by its row alone and queued again; the jobs do nothing where nothing is to be done."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.store import recordings
from dialer.telephony.port import RecordingChange

BATCH = 50
LOOKED_FOR = timedelta(days=1)
"""So long after it was claimed, an attempt without a recording is asked about; each time twice as late as the
time before, for many will never have one."""
EVERY_SECONDS = 5
"""Real ones, from one look for what is missing to the next."""
BEGINS_WITHIN_SECONDS, TOLD_WITHIN_SECONDS, STORED_WITHIN_SECONDS = 10, 60, 120
"""Real ones: of the first callback, of the last one, and of the job that fetches."""
PAUSES_WITHIN_SECONDS = 3
"""Real ones: of the job that pauses when the person leaves the agent."""

Span = Callable[[float], timedelta]


def look_again(session: Session, now: datetime, real: Span) -> None:
    """Ask the carrier about calls whose recording should have begun, or ended, by now."""
    every = real(EVERY_SECONDS)
    ended = recordings.Doubling(now, real(TOLD_WITHIN_SECONDS), every)
    begun = recordings.Doubling(now, real(BEGINS_WITHIN_SECONDS), every)
    silent = {
        *recordings.unfinished(session, ended),
        *recordings.unheard_of(session, now - LOOKED_FOR, begun, ended),
    }
    for attempt_id in silent:
        enqueue_after_commit(session, Job.FIND_RECORDINGS, str(attempt_id))


def cease_again(session: Session, now: datetime, real: Span) -> None:
    """Ask for the pause of what is recorded still, though nobody there could pause it."""
    handed_on_before = now - real(PAUSES_WITHIN_SECONDS)
    for attempt_id in recordings.going_on_without_agent(session, handed_on_before, BATCH):
        enqueue_after_commit(session, Job.CHANGE_RECORDING, str(attempt_id), RecordingChange.PAUSE.value)


def store_again(session: Session, now: datetime, real: Span) -> None:
    for recording_id in recordings.left_at_carrier(session, now - real(STORED_WITHIN_SECONDS), BATCH):
        enqueue_after_commit(session, Job.STORE_RECORDING, str(recording_id))


def delete_old(session: Session, now: datetime, kept_days: int) -> None:
    for recording_id in recordings.kept_since_before(session, now - timedelta(days=kept_days), BATCH):
        enqueue_after_commit(session, Job.DELETE_RECORDING, str(recording_id))
