"""A worker is killed between the carrier's acceptance and the keeping of it; and the carrier's answer lost
in each of its ways. One call, and the attempt ends as it did."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess

import pytest

from dialer.core.clock import get_clock, utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job, enqueue
from dialer.domain.attempt import CARRIER_OUTCOMES, AttemptState, Outcome
from dialer.services import sweeper
from dialer.services.sweeper import Patience
from dialer.store.attempts import Attempt
from tests.forked import running
from tests.house import queued, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import becomes, calls_to, claimed, contact_of, now_of, place, plan_faults
from workers import jobs

pytestmark = pytest.mark.usefixtures("web")
WAIT_SECONDS = 120.0
"""A process starts slowly on a small machine that has much to do."""


@contextmanager
def worker() -> Iterator[ForkServerProcess]:
    """`dialer worker`, as it runs in production."""
    process = running("worker")
    try:
        yield process
    finally:
        process.terminate()
        process.join(30)
        assert process.exitcode is not None, "it did not stop"


def patiently(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def killed_while_it_asks(sandbox: Twilio, **faults: float) -> Attempt:
    """The carrier has the call and has not said so yet."""
    plan_faults(sandbox, answer_slow=1.0, answer_slow_seconds=60, **faults)
    attempt = claimed()
    sandbox.script(attempt.phone, "no_answer")
    enqueue(Job.PLACE_CALLS, str(attempt.id))
    with worker() as process:
        patiently(lambda: calls_to(sandbox, attempt.phone) == 1)
        process.kill()
        process.join(30)
    plan_faults(sandbox)
    return attempt


def ends_as_its_one_call(sandbox: Twilio, attempt: Attempt) -> None:
    """Asked for again and again by a worker that came back, it is dialled no second time."""
    for _ in range(3):
        enqueue(Job.PLACE_CALLS, str(attempt.id))
        enqueue(Job.RECONCILE_ATTEMPT, str(attempt.id))
    with worker():
        patiently(lambda: not queued())
    patiently(lambda: sandbox.status(now_of(attempt).call_sid) in CARRIER_OUTCOMES)
    jobs.reconcile_attempt(str(attempt.id))
    over = now_of(attempt)
    assert over.state is AttemptState.CLOSED
    assert over.outcome is CARRIER_OUTCOMES[sandbox.status(over.call_sid)]
    assert calls_to(sandbox, attempt.phone) == 1
    assert contact_of(attempt).attempts_made == 1


def test_killed_while_it_asks_the_call_is_taken_up_by_its_webhook(sandbox: Twilio) -> None:
    attempt = killed_while_it_asks(sandbox)
    wait_for(lambda: now_of(attempt).call_sid is not None)
    ends_as_its_one_call(sandbox, attempt)


def test_killed_while_it_asks_and_nothing_heard_the_call_is_found_by_listing(sandbox: Twilio) -> None:
    attempt = killed_while_it_asks(sandbox, callback_dropped=1.0)
    assert now_of(attempt).state is AttemptState.PLACING
    assert now_of(attempt).call_sid is None
    patience = Patience.of_real(get_clock().span_of_real)
    with transaction() as session:
        sweeper.lost_placings(session, utc_now() + patience.placing_lost, patience)
    assert now_of(attempt).state is AttemptState.IN_DOUBT
    jobs.reconcile_attempt(str(attempt.id))
    assert now_of(attempt).call_sid is not None
    ends_as_its_one_call(sandbox, attempt)


@pytest.mark.parametrize(
    "fault", ["create_answer_lost", "create_failed_after_dialling", "callback_before_answer"]
)
@pytest.mark.parametrize(("behaviour", "outcome"), [("busy", Outcome.BUSY), ("no_answer", Outcome.NO_ANSWER)])
def test_one_call_whatever_becomes_of_the_answer(
    sandbox: Twilio, fault: str, behaviour: str, outcome: Outcome
) -> None:
    plan_faults(sandbox, **{fault: 1.0})
    attempt = claimed()
    sandbox.script(attempt.phone, behaviour, ring_seconds=1)
    for _ in range(2):
        place(attempt)
    closed = becomes(attempt, AttemptState.CLOSED)
    wait_for(lambda: sandbox.status(closed.call_sid) in CARRIER_OUTCOMES)
    place(attempt)
    assert calls_to(sandbox, attempt.phone) == 1
    assert (closed.outcome, CARRIER_OUTCOMES[sandbox.status(closed.call_sid)]) == (outcome, outcome)
