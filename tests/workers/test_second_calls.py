"""A second call of an attempt is ended, told of and counted, at whichever door it comes."""

from datetime import timedelta

import pytest

from dialer.core.clock import get_clock, utc_now
from dialer.core.database import transaction
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.domain.attempt import AttemptState
from dialer.services import agents, reports, unwanted_calls
from dialer.services.sweeper import Patience
from dialer.store import agent_sessions, counters
from dialer.telephony.urls import CarrierUrls
from tests.factories import phone, sid
from tests.house import House, queued, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import LONG, at_work, becomes, claimed, now_of, place
from workers import jobs

pytestmark = pytest.mark.usefixtures("web")


def counted() -> int:
    today = reports.day_of(utc_now(), get_settings().office_time_zone)
    return counters.counted(get_redis(), counters.SECOND_CALLS, today)


def sweep() -> None:
    get_redis().flushall()
    with transaction() as session:
        for call_sid in unwanted_calls.still_up(session, utc_now()):
            enqueue_after_commit(session, Job.END_CALL, call_sid)


def test_a_call_that_is_nobodys_is_ended_though_its_job_was_lost(sandbox: Twilio, house: House) -> None:
    agent = at_work()
    other = phone()
    sandbox.script(other, "human", ring_seconds=LONG)
    second = sandbox.dial(other, url=f"{house.public_url}/nowhere")
    assert second.sid is not None
    with transaction() as session:
        row = agent_sessions.lock(session, agent.id)
        assert row is not None
        assert not agents.line_is_up(session, row, second.sid, utc_now())
    sweep()
    assert queued() == [(Job.END_CALL, second.sid)]
    clock, address = get_clock(), {"TWILIO_BASE_URL": sandbox.url}
    origin = {"CLOCK_START": clock.start.isoformat(), "CLOCK_REAL_START": clock.real_start.isoformat()}
    house.furnish(**origin)
    jobs.end_call(second.sid)
    house.furnish(**origin, **address)
    sweep()
    assert queued() == [(Job.END_CALL, second.sid)]
    for _ in range(2):
        jobs.end_call(second.sid)
    assert sandbox.status(second.sid) in ("completed", "canceled")
    sweep()
    assert queued() == []


@pytest.mark.parametrize("is_long_ago", [True, False])
def test_a_call_that_the_carrier_never_shows_is_hung_up_on_for_a_while(
    sandbox: Twilio, *, is_long_ago: bool
) -> None:
    call_sid = sid()
    patience = Patience.of_real(get_clock().span_of_real)
    with transaction() as session:
        age = patience.never_placed if is_long_ago else timedelta()
        unwanted_calls.end(session, call_sid, utc_now() - age)
        session.info.clear()
    jobs.end_call(call_sid)
    with transaction() as session:
        assert unwanted_calls.still_up(session, utc_now()) == ([] if is_long_ago else [call_sid])


@pytest.mark.parametrize("ring_seconds", [1, LONG])
def test_a_second_call_is_ended_and_counted_once(sandbox: Twilio, ring_seconds: int) -> None:
    attempt, other = claimed(), phone()
    sandbox.script(attempt.phone, "human", ring_seconds=LONG)
    sandbox.script(other, "human", ring_seconds=ring_seconds, patience_seconds=LONG)
    place(attempt)
    first = becomes(attempt, AttemptState.RINGING)
    urls = CarrierUrls(str(get_settings().public_url))
    second = sandbox.dial(
        other,
        url=urls.call_answer(attempt.id),
        status_callback=urls.call_status(attempt.id),
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    assert second.sid is not None
    wait_for(lambda: (Job.END_CALL, second.sid) in queued())
    for _ in range(2):
        jobs.end_call(second.sid)
    wait_for(lambda: sandbox.status(second.sid) in ("completed", "canceled"))
    kept = now_of(attempt)
    assert (kept.call_sid, kept.state) == (first.call_sid, AttemptState.RINGING)
    assert f"second call {second.sid}" in (kept.carrier_error or "")
    assert counted() == 1
