"""A second call of an attempt is ended, told of and counted, at whichever door it comes."""

import pytest

from dialer.core.clock import utc_now
from dialer.core.queue import Job
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.domain.attempt import AttemptState
from dialer.services import reports
from dialer.store import counters
from dialer.telephony.urls import CarrierUrls
from tests.factories import phone
from tests.house import queued, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import LONG, becomes, claimed, now_of
from workers import jobs

pytestmark = pytest.mark.usefixtures("web")


def counted() -> int:
    today = reports.day_of(utc_now(), get_settings().office_time_zone)
    return counters.counted(get_redis(), counters.SECOND_CALLS, today)


@pytest.mark.parametrize("ring_seconds", [1, LONG])
def test_a_second_call_is_ended_and_counted_once(sandbox: Twilio, ring_seconds: int) -> None:
    attempt, other = claimed(), phone()
    sandbox.script(attempt.phone, "human", ring_seconds=LONG)
    sandbox.script(other, "human", ring_seconds=ring_seconds, patience_seconds=LONG)
    jobs.place_call(str(attempt.id))
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
