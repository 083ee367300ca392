"""A recording is taken over from the carrier whole or not at all, whatever dies on the way."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.core.settings import adopt
from dialer.domain.recording import RecordingPurpose, RecordingState
from dialer.services import recording_sweeper, recordings
from dialer.store.recordings import Recording
from dialer.telephony.port import RecordingFacts
from tests.factories import make_attempt, make_campaign, make_contact, sid
from tests.house import House, queued, wait_for
from tests.workers.media import WAV, Media, media_server
from workers import recording_jobs

HALF = len(WAV) // 2
DAYS = 90


@pytest.fixture
def media(house: House, tmp_path: Path) -> Iterator[Media]:
    """The carrier, and a folder of this test alone as storage."""
    with media_server() as media:
        house.furnish(TWILIO_BASE_URL=media.url, RECORDING_STORE=str(tmp_path), TWILIO_READ_SECONDS="30")
        yield media


@pytest.fixture
def completed(media: Media) -> Recording:
    """A recording of which the carrier has told that it is there."""
    now = utc_now()
    with transaction() as session:
        contact = make_contact(session, make_campaign(session, now), now)
        attempt = make_attempt(session, contact, now)
        one = recordings.note(session, attempt, sid("RE"), RecordingPurpose.CALL, now)
        recordings.heard(session, attempt, RecordingFacts(one.recording_sid, "completed", 65, 2), now)
        session.info.clear()
    return one


def now_of(recording: Recording) -> Recording:
    with transaction() as session:
        return session.get_one(Recording, recording.id)


def store(recording: Recording) -> Recording:
    recording_jobs.store(str(recording.id))
    return now_of(recording)


def aged(recording: Recording, **columns: timedelta) -> None:
    with transaction() as session:
        row = session.get_one(Recording, recording.id)
        for name, age in columns.items():
            setattr(row, name, utc_now() - age)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_copied_hashed_and_only_then_deleted_at_the_carrier(
    media: Media, completed: Recording, tmp_path: Path
) -> None:
    stored = store(completed)
    assert (stored.state, stored.bytes) == (RecordingState.STORED, len(WAV))
    assert stored.sha256 == hashlib.sha256(WAV).hexdigest()
    assert stored.object_key is not None
    assert (tmp_path / stored.object_key).read_bytes() == WAV
    assert media.asked == ["GET", "DELETE"]
    assert store(completed).stored_at == stored.stored_at
    assert media.asked == ["GET", "DELETE"]


@pytest.mark.parametrize(
    "fault",
    [
        {"cut_at": HALF},
        {"cut_at": HALF, "says_length": False},
        {"cut_at": 5, "says_length": False},
        {"status": 500},
        {"body": b"<html>not a sound</html>"},
        {"body": b""},
    ],
    ids=str,
)
def test_half_a_file_is_never_taken_for_a_whole_one(
    media: Media, completed: Recording, tmp_path: Path, fault: dict[str, object]
) -> None:
    vars(media).update(fault)
    left = store(completed)
    assert (left.state, left.object_key, left.sha256) == (RecordingState.COMPLETED, None, None)
    assert files(tmp_path) == []
    assert media.asked == ["GET"]
    vars(media).update(vars(Media(media.url)) | {"asked": media.asked, "over": media.over})
    assert store(completed).state is RecordingState.STORED


def test_killed_in_the_middle_it_is_fetched_again(media: Media, completed: Recording, tmp_path: Path) -> None:
    media.hangs_at = HALF
    script = f"from workers import recording_jobs as jobs; print(flush=True); jobs.store('{completed.id}')"
    worker = subprocess.Popen([sys.executable, "-c", script], env=dict(os.environ), stdout=subprocess.PIPE)
    assert worker.stdout is not None
    try:
        worker.stdout.readline()
        wait_for(lambda: media.asked and files(tmp_path))
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    assert [path.suffix for path in files(tmp_path)] == [".wav#1"]
    left = now_of(completed)
    assert (left.state, left.sha256) == (RecordingState.COMPLETED, None)
    with transaction() as session:
        recording_sweeper.store_again(session, utc_now() + timedelta(hours=1), real)
    assert (Job.STORE_RECORDING, str(completed.id)) in queued()
    media.hangs_at = None
    stored = wait_for(lambda: found if (found := store(completed)).sha256 else None)
    assert stored.state is RecordingState.STORED
    assert [path.suffix for path in files(tmp_path)] == [".wav"]


def test_not_deleted_at_the_carrier_it_is_not_fetched_a_second_time(
    media: Media, completed: Recording
) -> None:
    media.delete_status = 500
    left = store(completed)
    assert left.state is RecordingState.COMPLETED
    assert left.sha256 is not None
    media.delete_status = 204
    assert store(completed).state is RecordingState.STORED
    assert media.asked == ["GET", "DELETE", "DELETE"]


def test_what_the_carrier_has_not_yet_is_asked_for_for_a_day(media: Media, completed: Recording) -> None:
    media.status = 404
    assert store(completed).state is RecordingState.COMPLETED
    aged(completed, completed_at=timedelta(hours=23))
    assert store(completed).state is RecordingState.COMPLETED
    aged(completed, completed_at=timedelta(hours=25))
    assert store(completed).state is RecordingState.ABSENT
    assert store(completed).state is RecordingState.ABSENT
    assert media.asked == ["GET"] * 3


def test_a_storage_that_takes_nothing_costs_nothing(
    media: Media, completed: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ENDPOINT": "http://127.0.0.1:9",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    adopt({"RECORDING_STORE": "s3://calls/nowhere"})
    assert store(completed).state is RecordingState.COMPLETED
    assert "DELETE" not in media.asked
    adopt({"RECORDING_STORE": str(tmp_path)})
    assert store(completed).state is RecordingState.STORED


def test_kept_for_its_days_then_deleted_with_its_hash_left(
    media: Media, completed: Recording, tmp_path: Path
) -> None:
    stored = store(completed)
    recording_jobs.delete(str(completed.id))
    assert now_of(completed).state is RecordingState.STORED
    aged(completed, stored_at=timedelta(days=DAYS, hours=1))
    with transaction() as session:
        recording_sweeper.delete_old(session, utc_now(), DAYS)
    assert queued() == [(Job.DELETE_RECORDING, str(completed.id))]
    for _ in range(2):
        recording_jobs.delete(str(completed.id))
        gone = now_of(completed)
        assert (gone.state, gone.sha256) == (RecordingState.DELETED, stored.sha256)
        assert gone.deleted_at is not None
        assert files(tmp_path) == []


def test_a_job_for_nothing_does_nothing(media: Media) -> None:
    for job in (recording_jobs.store, recording_jobs.delete, recording_jobs.start, recording_jobs.find):
        job("00000000-0000-7000-8000-000000000000")
    assert media.asked == []


def real(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
