"""Calls that are recorded, end to end with the sandbox: always and on consent, paused, told of or not."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.outbox import Channel
from dialer.core.queue import Job
from dialer.core.redis import get_redis
from dialer.core.settings import adopt
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import RecordingMode
from dialer.domain.recording import RecordingPurpose, RecordingState
from dialer.domain.wave import whole_bytes
from dialer.services import recording_keys
from dialer.store import audit
from dialer.store import recordings as rows
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.recordings import Recording
from dialer.telephony.port import CarrierUnreachable, RecordingChange
from dialer.telephony.twilio_recordings import TwilioRecordings
from tests.factories import make_campaign
from tests.house import DEADLINE_SECONDS, House, queued, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import LONG, at_work, becomes, claimed, now_of, place, plan_faults, stays
from workers import jobs, machine_jobs, recording_jobs

pytestmark = pytest.mark.usefixtures("web")
S = RecordingState


@pytest.fixture(autouse=True)
def storage(sandbox: Twilio, tmp_path: Path) -> Path:
    adopt({"RECORDING_STORE": str(tmp_path), "OFFICE_STATE": "NY"})
    return tmp_path


def talking(sandbox: Twilio, mode: RecordingMode, **contact: object) -> tuple[AgentSession, Attempt]:
    """An agent and a person on the line of a campaign that records like that: one who need not be told."""
    agent = at_work()
    with transaction() as session:
        campaign = session.get_one(Campaign, agent.campaign_id)
        campaign.recording = mode
    attempt = claimed(campaign, **{"state_code": "TX"} | contact)
    sandbox.script(attempt.phone, "human", ring_seconds=1, talk_seconds=LONG, patience_seconds=LONG)
    place(attempt)
    return agent, becomes(attempt, AttemptState.CONNECTED)


def recordings_of(attempt: Attempt) -> list[Recording]:
    with transaction() as session:
        return list(session.exec(select(Recording).where(Recording.attempt_id == attempt.id)))


def one_becomes(attempt: Attempt, state: RecordingState) -> Recording:
    def found() -> Recording | None:
        rows = recordings_of(attempt)
        assert len(rows) <= 1
        return rows[0] if rows and rows[0].state is state else None

    return wait_for(found)


def at_carrier(sandbox: Twilio, recording: Recording) -> str | None:
    found = {row.sid: str(row.status) for row in sandbox.client.recordings.list()}
    return found.get(recording.recording_sid)


def at_carriers(sandbox: Twilio, attempt: Attempt) -> list[str]:
    return [str(row.status) for row in sandbox.client.calls(str(attempt.call_sid)).recordings.list()]


def run_jobs(*names: str) -> None:
    """What waits for a worker, of these jobs."""
    for job, *ids in queued():
        name = job.value.rsplit(".", 1)[1]
        if name in names:
            ask: Callable[..., None] = getattr(recording_jobs, name)
            ask(*ids)


def test_always_from_the_answer_to_our_storage(sandbox: Twilio, storage: Path) -> None:
    _, attempt = talking(sandbox, RecordingMode.ALWAYS)
    assert attempt.recording_announced_at is None
    running = one_becomes(attempt, S.IN_PROGRESS)
    assert (running.channels, running.purpose) == (2, RecordingPurpose.CALL)
    jobs.hang_up(str(attempt.id))
    ended = one_becomes(attempt, S.COMPLETED)
    recording_jobs.store(str(ended.id))
    stored = one_becomes(attempt, S.STORED)
    assert stored.object_key is not None
    sound = (storage / stored.object_key).read_bytes()
    assert whole_bytes(sound[:12]) == len(sound) == stored.bytes
    assert int.from_bytes(sound[22:24], "little") == 2
    assert at_carrier(sandbox, stored) is None


def test_whoever_is_told_is_recorded_from_her_joining_on(sandbox: Twilio) -> None:
    _, attempt = talking(sandbox, RecordingMode.ALWAYS, state_code="IL")
    assert attempt.recording_announced_at is not None
    assert at_carriers(sandbox, attempt) == []
    for _ in range(2):
        run_jobs("start")
    one_becomes(attempt, S.IN_PROGRESS)
    assert at_carriers(sandbox, attempt) == ["in-progress"]


def test_whoever_meets_no_agent_is_recorded_only_where_nobody_is_told(sandbox: Twilio) -> None:
    with transaction() as session:
        campaign = make_campaign(session, utc_now(), recording=RecordingMode.ALWAYS)
    for state, recorded in {"IL": [], "TX": ["in-progress"]}.items():
        attempt = claimed(campaign, state_code=state)
        stays(sandbox, attempt.phone)
        place(attempt)
        attempt = becomes(attempt, AttemptState.ABANDONED)
        run_jobs("start")
        assert at_carriers(sandbox, attempt) == recorded


def test_on_consent_only_from_the_key_on_and_the_key_is_the_proof(sandbox: Twilio) -> None:
    agent, attempt = talking(sandbox, RecordingMode.ON_CONSENT)
    assert (attempt.recording_announced_at, recordings_of(attempt)) == (None, [])
    now = utc_now()
    with transaction() as session:
        recording_keys.agreed(session, agent.user_id, attempt.id, now)
        recording_keys.agreed(session, agent.user_id, attempt.id, now + timedelta(seconds=1))
    for _ in range(2):
        run_jobs("start")
    running = one_becomes(attempt, S.IN_PROGRESS)
    assert at_carrier(sandbox, running) == "in-progress"
    assert now_of(attempt).recording_announced_at == now
    with transaction() as session:
        (proof,) = audit.of_subject(session, f"attempt {attempt.id}", {"recording_agreed"})
    assert (proof.at, proof.user_id) == (now, agent.user_id)


def pressed(agent: AgentSession, attempt: Attempt, change: RecordingChange) -> None:
    with transaction() as session:
        recording_keys.change(session, agent.user_id, attempt.id, change, utc_now())


def test_paused_for_a_card_number_and_gone_on_with(sandbox: Twilio) -> None:
    agent, attempt = talking(sandbox, RecordingMode.ALWAYS)
    one_becomes(attempt, S.IN_PROGRESS)
    pressed(agent, attempt, RecordingChange.PAUSE)
    assert recordings_of(attempt)[0].state is S.IN_PROGRESS
    for _ in range(2):
        run_jobs("change")
        assert at_carrier(sandbox, one_becomes(attempt, S.PAUSED)) == "paused"
    get_redis().flushall()
    pressed(agent, attempt, RecordingChange.RESUME)
    run_jobs("change")
    assert at_carrier(sandbox, one_becomes(attempt, S.IN_PROGRESS)) == "in-progress"


@contextmanager
def word_to(agent: AgentSession) -> Iterator[Callable[[], str]]:
    """The first word that she is told from here on."""
    with get_redis().pubsub() as line:  # type: ignore[no-untyped-call]  # redis-py's
        line.subscribe(f"{Channel.AGENT}:{agent.user_id}")

        def heard() -> str | None:
            message = line.get_message() or {"type": ""}
            event = json.loads(message["data"]) if message["type"] == "message" else {}
            return event["data"]["text"] if event.get("event") == "told" else None

        yield lambda: wait_for(heard)


def test_a_late_pause_is_made_and_a_late_going_on_is_not(sandbox: Twilio) -> None:
    agent, attempt = talking(sandbox, RecordingMode.ALWAYS)
    running = one_becomes(attempt, S.IN_PROGRESS)
    long_ago = (utc_now() - timedelta(hours=1)).isoformat()
    recording_jobs.change(str(attempt.id), "paused", long_ago)
    assert at_carrier(sandbox, running) == "paused"
    with word_to(agent) as word:
        recording_jobs.change(str(attempt.id), "in-progress", long_ago)
        assert "may not go on" in word()
    assert at_carrier(sandbox, running) == "paused"


def test_paused_though_nothing_was_heard_of_it(sandbox: Twilio) -> None:
    agent, attempt = talking(sandbox, RecordingMode.ALWAYS)
    one_becomes(attempt, S.IN_PROGRESS)
    with transaction() as session:
        for row in session.exec(select(Recording)):
            session.delete(row)
    pressed(agent, attempt, RecordingChange.PAUSE)
    run_jobs("change")
    assert at_carrier(sandbox, one_becomes(attempt, S.PAUSED)) == "paused"


@pytest.mark.parametrize("change", [RecordingChange.PAUSE, RecordingChange.RESUME])
def test_a_carrier_that_can_not_be_asked_leaves_it_shown_as_recording(
    sandbox: Twilio, house: House, change: RecordingChange
) -> None:
    """Nobody is led to say a card number into what may be recorded."""
    agent, attempt = talking(sandbox, RecordingMode.ALWAYS)
    one_becomes(attempt, S.IN_PROGRESS)
    if change is RecordingChange.RESUME:
        recording_jobs.change(str(attempt.id), "paused", utc_now().isoformat())
        one_becomes(attempt, S.PAUSED)
    adopt({"TWILIO_BASE_URL": "http://127.0.0.1:9"})
    jobs.get_carrier.cache_clear()
    with word_to(agent) as word:
        recording_jobs.change(str(attempt.id), change.value, utc_now().isoformat())
        assert word() == recording_keys.NOT_CHANGED[change]
    one_becomes(attempt, S.IN_PROGRESS)


def test_every_callback_lost_it_is_found_by_asking(sandbox: Twilio) -> None:
    _, attempt = talking(sandbox, RecordingMode.ALWAYS)
    one_becomes(attempt, S.IN_PROGRESS)
    plan_faults(sandbox, callback_dropped=1.0)
    with transaction() as session:
        for row in session.exec(select(Recording)):
            session.delete(row)
    jobs.hang_up(str(attempt.id))
    jobs.reconcile_attempt(str(attempt.id))
    becomes(attempt, AttemptState.WRAP_UP)

    def asked() -> Recording | None:
        recording_jobs.find(str(attempt.id))
        rows = recordings_of(attempt)
        return rows[0] if rows and rows[0].state is S.COMPLETED else None

    assert wait_for(asked).seconds is not None


def test_a_start_whose_answer_was_lost_is_no_second_recording(
    sandbox: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, attempt = talking(sandbox, RecordingMode.ON_CONSENT)
    plan_faults(sandbox, callback_dropped=1.0)
    begin = TwilioRecordings.start

    def unheard(carrier: TwilioRecordings, call_sid: str, attempt_id: UUID) -> None:
        begin(carrier, call_sid, attempt_id)
        raise CarrierUnreachable("no answer")

    with transaction() as session:
        recording_keys.agreed(session, agent.user_id, attempt.id, utc_now())
    with monkeypatch.context() as line:
        line.setattr(TwilioRecordings, "start", unheard)
        recording_jobs.start(str(attempt.id))
    assert recordings_of(attempt) == []
    recording_jobs.start(str(attempt.id))
    recording_jobs.change(str(attempt.id), "paused", utc_now().isoformat())
    assert at_carriers(sandbox, attempt) == ["paused"]


def test_a_pause_reaches_every_recording_of_the_call(sandbox: Twilio) -> None:
    _, attempt = talking(sandbox, RecordingMode.ALWAYS)
    one_becomes(attempt, S.IN_PROGRESS)
    assert jobs.get_carrier().recordings.start(str(attempt.call_sid), attempt.id) is not None
    wait_for(lambda: len(recordings_of(attempt)) == 2 or None)
    recording_jobs.change(str(attempt.id), "paused", utc_now().isoformat())
    assert at_carriers(sandbox, attempt) == ["paused", "paused"]
    assert {row.state for row in recordings_of(attempt)} == {S.PAUSED}


def test_sound_that_is_missing_is_asked_for_again(sandbox: Twilio) -> None:
    _, attempt = talking(sandbox, RecordingMode.ALWAYS)
    one_becomes(attempt, S.IN_PROGRESS)
    jobs.hang_up(str(attempt.id))
    ended = one_becomes(attempt, S.COMPLETED)
    plan_faults(sandbox, media_missing=1.0)
    recording_jobs.store(str(ended.id))
    one_becomes(attempt, S.COMPLETED)
    plan_faults(sandbox)
    recording_jobs.store(str(ended.id))
    one_becomes(attempt, S.STORED)


def test_a_key_for_nobody_does_nothing(house: House) -> None:
    recording_jobs.change(str(uuid4()), "paused", utc_now().isoformat())


@contextmanager
def asked_about(attempt: Attempt) -> Iterator[None]:
    """By another job, which the carrier does not answer; what comes meanwhile has to end before it."""
    with transaction() as other:
        assert rows.try_hold_call(other, attempt.id)
        yield


def does_not_wait(job: Callable[..., None], *ids: str) -> None:
    worker = Thread(target=job, args=ids, daemon=True)
    worker.start()
    worker.join(DEADLINE_SECONDS)
    assert not worker.is_alive()


def test_while_one_job_asks_for_long_the_others_keep_no_worker(sandbox: Twilio) -> None:
    """And no wish is lost: a start and a pause are asked for again, and who would go on is told."""
    agent, attempt = talking(sandbox, RecordingMode.ALWAYS)
    one_becomes(attempt, S.IN_PROGRESS)
    pressed_at = utc_now().isoformat()
    ids = str(attempt.id)
    get_redis().flushall()
    with asked_about(attempt):
        does_not_wait(recording_jobs.start, ids)
        does_not_wait(recording_jobs.change, ids, "paused", pressed_at)
        waiting = queued()
        with word_to(agent) as word:
            does_not_wait(recording_jobs.change, ids, "in-progress", pressed_at)
            assert word() == recording_keys.NOT_CHANGED[RecordingChange.RESUME]
        does_not_wait(recording_jobs.change, ids, "paused")
        does_not_wait(machine_jobs.record_verdict, ids)
    assert waiting == [(Job.START_RECORDING, ids), (Job.CHANGE_RECORDING, ids, "paused", pressed_at)]
    assert queued() == waiting
    run_jobs("start", "change")
    assert at_carrier(sandbox, one_becomes(attempt, S.PAUSED)) == "paused"
