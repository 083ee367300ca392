"""The jobs of recordings. Each re-reads its row and does nothing when it comes late or twice; the carrier
and the storage are asked between transactions, and cron finds again what could not be done."""

import time
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.core.clock import get_clock, utc_now
from dialer.core.database import transaction
from dialer.core.log import logger
from dialer.core.object_store import StoreUnreachable, recording_store
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.core.settings import get_settings
from dialer.domain.recording import RecordingPurpose
from dialer.domain.wave import HEAD_BYTES, whole_bytes
from dialer.services import kept_recordings, recording_keys, recordings
from dialer.services.kept_recordings import ToStore
from dialer.services.recording_keys import ToChange
from dialer.store import attempts
from dialer.store import recordings as rows
from dialer.store.attempts import Attempt
from dialer.telephony.port import CarrierUnreachable, RecordingChange, RecordingFacts
from workers.jobs import get_carrier

KEY_GOOD_FOR_SECONDS = 10
"""Real ones. To go on, asked longer ago, says nothing of what the agent wants now."""
MOMENT_SECONDS, LOOK_SECONDS = 1.0, 0.05
"""What a job spends at most on waiting for another one that asks about the same call."""


def start(attempt_id: str) -> None:
    """Begin to record a call, unless it is recorded already."""
    with transaction() as guard:
        if not held(guard, UUID(attempt_id)):
            enqueue_after_commit(guard, Job.START_RECORDING, attempt_id)
            return
        with transaction() as session:
            call_sid = recordings.to_start(session, UUID(attempt_id))
        if call_sid is not None:
            begin(call_sid, UUID(attempt_id), RecordingPurpose.CALL)


def held(guard: Session, attempt_id: UUID, wait_seconds: float = MOMENT_SECONDS) -> bool:
    """Whether this job is the one that asks about recording the call. One that asks for long, because the
    carrier does not answer, is not waited for: it would keep a second worker."""
    until = time.monotonic() + wait_seconds
    while not (is_held := rows.try_hold_call(guard, attempt_id)) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    return is_held


def begin(call_sid: str, attempt_id: UUID, purpose: RecordingPurpose) -> None:
    """Ask while the call is `held`. What goes on already, of a start whose answer was lost or since the call
    was answered, serves: a call has one recording."""
    carrier = get_carrier().recordings
    try:
        begun: list[RecordingFacts | None] = [
            one for one in carrier.of_call(call_sid) if one.status in recordings.GOING_ON
        ]
        begun = begun or [carrier.start(call_sid, attempt_id)]
    except CarrierUnreachable as error:
        logger.warning("recording_not_started", attempt_id=str(attempt_id), error=str(error))
        return
    with transaction() as session:
        attempt = attempts.lock(session, attempt_id)
        for facts in begun:
            if facts is not None and attempt is not None:
                recordings.note(session, attempt, facts.sid, purpose, utc_now())


def change(attempt_id: str, change: str, pressed_at: str | None = None) -> None:
    """Pause or go on. Shown as recording whenever it may be: a pause counts once the carrier has
    confirmed it, and late is better than never; going on counts before the carrier is asked. While another
    job asks about the call a pause waits, and going on does not: it would undo a newer pause. Cron, which
    presses no key, asks for pauses alone."""
    wanted = RecordingChange(change)
    if wanted is RecordingChange.RESUME and (pressed_at is None or _is_too_late(pressed_at)):
        logger.warning("recording_key_too_late", attempt_id=attempt_id, change=change)
        _not_changed(UUID(attempt_id), wanted)
        return
    with transaction() as guard:
        if wanted is RecordingChange.RESUME and not held(guard, UUID(attempt_id), 0):
            _not_changed(UUID(attempt_id), wanted)
            return
        if wanted is RecordingChange.PAUSE and not held(guard, UUID(attempt_id)):
            if pressed_at is not None:
                enqueue_after_commit(guard, Job.CHANGE_RECORDING, attempt_id, change, pressed_at)
            return
        if not _is_known(UUID(attempt_id)):
            find(attempt_id)
        with transaction() as session:
            asked = recording_keys.to_change(session, UUID(attempt_id), wanted)
        done = [_changed(one, wanted) for one in asked]
        if not all(done) or not _is_known(UUID(attempt_id)):
            _not_changed(UUID(attempt_id), wanted)


def _is_too_late(pressed_at: str) -> bool:
    age = utc_now() - datetime.fromisoformat(pressed_at)
    return age > get_clock().span_of_real(KEY_GOOD_FOR_SECONDS)


def _changed(asked: ToChange, wanted: RecordingChange) -> bool:
    try:
        changed = get_carrier().recordings.change(asked.call_sid, asked.recording_sid, wanted)
    except CarrierUnreachable as error:
        logger.warning("recording_not_changed", recording_id=str(asked.recording_id), error=str(error))
        return False
    with transaction() as session:
        recording_keys.changed(session, asked.recording_id, wanted, is_done=changed)
    return changed


def _not_changed(attempt_id: UUID, wanted: RecordingChange) -> None:
    with transaction() as session:
        recording_keys.not_changed(session, attempt_id, wanted)


def _is_known(attempt_id: UUID) -> bool:
    with transaction() as session:
        return bool(rows.running(session, attempt_id))


def find(attempt_id: str) -> None:
    """Ask the carrier for the recordings of a call of which too little was heard."""
    with transaction() as session:
        attempt = session.get(Attempt, UUID(attempt_id))
        sid = attempt.call_sid if attempt is not None else None
    if sid is None:
        return
    try:
        known = get_carrier().recordings.of_call(sid)
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", attempt_id=attempt_id, error=str(error))
        return
    with transaction() as session:
        recordings.found(session, UUID(attempt_id), known, utc_now())


def store(recording_id: str) -> None:
    """Take a recording over from the carrier: copied, noted, and only then deleted there. Whatever dies
    on the way, the next run goes on from the last of these that was done."""
    with transaction() as guard:
        task = kept_recordings.to_store(guard, UUID(recording_id))
        if task is None:
            return
        try:
            if task.is_written or _copied(UUID(recording_id), task):
                get_carrier().recordings.delete(task.recording_sid)
                with transaction() as session:
                    kept_recordings.stored(session, UUID(recording_id), utc_now())
        except (CarrierUnreachable, StoreUnreachable) as error:
            logger.warning("recording_not_stored", recording_id=recording_id, error=str(error))


def _copied(recording_id: UUID, task: ToStore) -> bool:
    pieces = get_carrier().recordings.media(task.recording_sid)
    if pieces is None:
        with transaction() as session:
            kept_recordings.missing(session, recording_id, utc_now())
        return False
    file = recording_store().write(task.name, _whole(pieces))
    with transaction() as session:
        kept_recordings.written(session, recording_id, task.name, file)
    return True


def _whole(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Raises `CarrierUnreachable` at the end of a file that is shorter than its head says."""
    head, length = b"", 0
    for piece in pieces:
        head += piece[: HEAD_BYTES - len(head)]
        length += len(piece)
        yield piece
    promised = whole_bytes(head)
    if promised is None or length < promised:
        raise CarrierUnreachable(f"{length} bytes are no whole recording")


def delete(recording_id: str) -> None:
    """A recording whose time is over."""
    with transaction() as guard:
        days = get_settings().recording_days
        name = kept_recordings.to_delete(guard, UUID(recording_id), days, utc_now())
        if name is None:
            return
        try:
            recording_store().delete(name)
        except StoreUnreachable as error:
            logger.warning("recording_not_deleted", recording_id=recording_id, error=str(error))
            return
        with transaction() as session:
            kept_recordings.deleted(session, UUID(recording_id), utc_now())
