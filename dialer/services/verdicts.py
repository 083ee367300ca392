"""How far the verdicts on machines are right: a sample of calls judged machines is recorded, and a
supervisor hears who it was. Drawn by the attempt's id, so that nobody chooses what is looked at.

A person whom the verdict hung up on, or left a message, was left by us, though an agent may have had her
until then: once heard, the call counts as abandoned.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.core.errors import Conflict, NotFound
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.attempt import Outcome
from dialer.domain.detection import AnsweredBy, is_machine, is_sampled
from dialer.domain.recording import RecordingPurpose, VerdictReview
from dialer.services import abandoned_calls
from dialer.store import attempts, audit, recordings
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.recordings import Recording


def is_drawn(session: Session, attempt: Attempt) -> bool:
    """Concluded by the system as a machine, and in the sample. What only a fax can be is not looked at."""
    if attempt.outcome is not Outcome.MACHINE or not is_machine(attempt.answered_by):
        return False
    percent = session.get_one(Campaign, attempt.campaign_id).verdict_review_percent
    return attempt.answered_by != AnsweredBy.FAX and is_sampled(attempt.id, percent)


def record_if_drawn(session: Session, attempt: Attempt) -> None:
    """From now on; what is recorded already serves."""
    if not is_drawn(session, attempt):
        return
    found = recordings.of_attempt(session, attempt.id)
    for recording in found:
        recording.purpose = RecordingPurpose.VERDICT
    if not found:
        enqueue_after_commit(session, Job.RECORD_VERDICT, str(attempt.id))


def to_record(session: Session, attempt_id: UUID) -> str | None:
    """The call of a drawn attempt that is to be recorded; None when it is over, or recorded already."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.call_ended_at is not None or not is_drawn(session, attempt):
        return None
    return None if recordings.of_attempt(session, attempt_id) else attempt.call_sid


def judge(session: Session, recording_id: UUID, review: VerdictReview, user_id: int, now: datetime) -> None:
    """What a supervisor heard; heard again, the last word stands.

    Raises `NotFound`, `Conflict` for a recording that is no sample.
    """
    attempt, seen = _sample(session, recording_id)
    seen.review, seen.reviewed_by_id, seen.reviewed_at = review, user_id, now
    if review is VerdictReview.HUMAN:
        abandoned_calls.misjudged(session, attempt, now)
    else:
        abandoned_calls.was_nobody(session, attempt)
    audit.note(session, now, user_id, "verdict_reviewed", f"attempt {attempt.id}", review=review.value)


def take_back(session: Session, recording_id: UUID, user_id: int, now: datetime) -> None:
    """As if nobody had judged it: the sample waits to be heard again. Raises as `judge` does."""
    attempt, seen = _sample(session, recording_id)
    if seen.review is None:
        return
    before = seen.review
    seen.review = seen.reviewed_by_id = seen.reviewed_at = None
    abandoned_calls.was_nobody(session, attempt)
    audit.note(session, now, user_id, "verdict_taken_back", f"attempt {attempt.id}", review=before.value)


def _sample(session: Session, recording_id: UUID) -> tuple[Attempt, Recording]:
    """Both locked."""
    found = session.get(Recording, recording_id)
    attempt = attempts.lock(session, found.attempt_id) if found is not None else None
    seen = recordings.lock(session, recording_id)
    if seen is None or attempt is None:
        raise NotFound("There is no such recording.")
    if seen.purpose is not RecordingPurpose.VERDICT:
        raise Conflict("This recording is no sample of a verdict.")
    return attempt, seen
