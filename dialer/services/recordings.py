"""A recording while it is at the carrier: begun, told of by callbacks or found by asking, announced.

Its row is found by the carrier's id, so a doubled callback, a late one, and one that comes before the
answer to the start all meet the same row. How it is stored and heard is in `kept_recordings.py`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from dialer.core.log import logger
from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.domain import recording_notice
from dialer.domain.campaign import RecordingMode
from dialer.domain.recording import RUNNING, RecordingEvent, RecordingPurpose, next_state
from dialer.store import attempts, recordings
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.recordings import Recording
from dialer.telephony.port import RecordingChange, RecordingFacts

GOING_ON = frozenset({"in-progress", "paused"})
NOTHING_RECORDED = frozenset({"absent", "failed"})
GONE_AFTER = timedelta(hours=1)
"""A recording that the carrier does not list so long after the call is given up; sooner, its lists may
only be behind."""


def note(
    session: Session, attempt: Attempt, recording_sid: str, purpose: RecordingPurpose, now: datetime
) -> Recording:
    """The row, locked, of a recording that we have begun; its first callback may have made it."""
    recording = recordings.found_or_made(session, attempt.id, recording_sid, purpose, now)
    recording.purpose = purpose
    tell(session, attempt)
    return recording


def heard(session: Session, attempt: Attempt, facts: RecordingFacts, now: datetime) -> Recording:
    """What the carrier says of one recording of the attempt's call, by callback or by being asked."""
    purpose = RecordingPurpose.CALL if is_wanted(session, attempt) else RecordingPurpose.VERDICT
    recording = recordings.found_or_made(session, attempt.id, facts.sid, purpose, now)
    recording.channels = facts.channels
    if recording.state in RUNNING:
        _finished(session, recording, facts, now)
    tell(session, attempt)
    return recording


def _finished(session: Session, recording: Recording, facts: RecordingFacts, now: datetime) -> None:
    if facts.status == "completed":
        recording.state = next_state(recording.state, RecordingEvent.COMPLETE)
        recording.seconds = facts.seconds
        recording.completed_at = now
        enqueue_after_commit(session, Job.STORE_RECORDING, str(recording.id))
    elif facts.status in NOTHING_RECORDED:
        vanish(recording, f"the carrier says {facts.status}")


def vanish(recording: Recording, reason: str) -> None:
    recording.state = next_state(recording.state, RecordingEvent.VANISH)
    logger.warning("recording_absent", recording_id=str(recording.id), reason=reason)


def is_wanted(session: Session, attempt: Attempt) -> bool:
    """Whether the conversation is to be recorded: always, or since the person agreed."""
    mode = session.get_one(Campaign, attempt.campaign_id).recording
    agreed = attempt.recording_announced_at is not None
    return mode is RecordingMode.ALWAYS or (mode is RecordingMode.ON_CONSENT and agreed)


def goes_on(attempt: Attempt) -> bool:
    """The person is with us still, and not handed on to somebody else."""
    return attempt.call_ended_at is None and attempt.handed_on_at is None


def begins_at_answer(campaign: Campaign, contact: Contact, office_state: str | None) -> bool:
    """Whether the carrier may record from the answer on. Whoever has to be told is recorded only once she
    was: from her joining an agent."""
    return campaign.recording is RecordingMode.ALWAYS and not _is_to_be_told(contact, office_state)


def _is_to_be_told(contact: Contact, office_state: str | None) -> bool:
    return recording_notice.is_due(contact.state_code, contact.country, office_state)


def announce(session: Session, attempt_id: UUID, office_state: str | None, now: datetime) -> bool:
    """Whether the person who is about to be joined has to be told that the call is recorded; from then
    on it counts as told. Asked again for the same call, it says the same."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None:
        return False
    if session.get_one(Campaign, attempt.campaign_id).recording is not RecordingMode.ALWAYS:
        return False
    if not _is_to_be_told(session.get_one(Contact, attempt.contact_id), office_state):
        return False
    attempt.recording_announced_at = attempt.recording_announced_at or now
    return True


def to_start(session: Session, attempt_id: UUID) -> str | None:
    """The call to begin recording now; None when it is over, not wanted, or recorded already."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or not goes_on(attempt) or not is_wanted(session, attempt):
        return None
    running = recordings.running(session, attempt_id)
    for recording in running:
        recording.purpose = RecordingPurpose.CALL
    return None if running else attempt.call_sid


def cease(session: Session, attempt: Attempt, now: datetime) -> None:
    """The person leaves the agent for somebody who could not pause: a recording pauses for good."""
    pause = RecordingChange.PAUSE.value
    enqueue_after_commit(session, Job.CHANGE_RECORDING, str(attempt.id), pause, now.isoformat())


def found(session: Session, attempt_id: UUID, known: Iterable[RecordingFacts], now: datetime) -> None:
    """The carrier was asked for all recordings of the call: what it has is applied; what it has no more,
    long after, is absent; and where a call that goes on should have one and has none, it is begun."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None:
        return
    sids = {heard(session, attempt, facts, now).recording_sid for facts in known}
    if attempt.call_ended_at is not None and now - attempt.call_ended_at > GONE_AFTER:
        for recording in recordings.of_attempt(session, attempt_id):
            if recording.state in RUNNING and recording.recording_sid not in sids:
                vanish(recording, "the carrier has none")
    if not sids and goes_on(attempt) and is_wanted(session, attempt):
        enqueue_after_commit(session, Job.START_RECORDING, str(attempt_id))


def tell(session: Session, attempt: Attempt) -> None:
    """The desk shows whether it records."""
    if attempt.agent_id is not None:
        told = {"attempt_id": str(attempt.id)}
        publish_after_commit(session, Channel.AGENT, str(attempt.agent_id), "state", told)
