"""A worker that stands still between its decision and the carrier: nobody is dialled twice, and nobody by
a decision that is old."""

from datetime import timedelta
from threading import Thread

import pytest

from dialer.core.clock import get_clock, real_now, utc_now
from dialer.core.database import transaction
from dialer.domain.attempt import AttemptState
from dialer.services import sweeper
from dialer.services.sweeper import Patience
from dialer.store import attempts as attempt_rows
from dialer.store import contacts
from dialer.store.attempts import Attempt
from tests.house import House, somebody_waits_for_a_lock, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import calls_to, claimed, contact_of, now_of, place, placing_since, plan_faults
from workers import jobs

pytestmark = pytest.mark.usefixtures("web")


def in_doubt_for_long(attempt: Attempt) -> None:
    patience = Patience.of_real(get_clock().span_of_real)
    placing_since(attempt, patience.never_placed + timedelta(hours=1))
    with transaction() as session:
        sweeper.lost_placings(session, utc_now(), patience)
    jobs.reconcile_attempt(str(attempt.id))


def test_while_a_worker_asks_nobody_takes_the_call_for_never_placed(sandbox: Twilio) -> None:
    attempt = claimed()
    plan_faults(sandbox, create_request_lost=1.0)
    with transaction() as session:
        row = session.get_one(Attempt, attempt.id)
        row.state, row.placing_at = AttemptState.PLACING, utc_now()
    with transaction() as worker:
        assert attempt_rows.try_hold(worker, attempt.id)
        in_doubt_for_long(attempt)
        assert now_of(attempt).state is AttemptState.IN_DOUBT
    jobs.reconcile_attempt(str(attempt.id))
    assert now_of(attempt).state is AttemptState.RELEASED


def test_a_worker_holds_the_attempt_until_the_carrier_has_answered(sandbox: Twilio) -> None:
    plan_faults(sandbox, answer_slow=1.0, answer_slow_seconds=5, callback_dropped=1.0)
    attempt = claimed()
    worker = Thread(target=place, args=(attempt,))
    worker.start()
    try:
        wait_for(lambda: calls_to(sandbox, attempt.phone) == 1)
        with transaction() as session:
            assert not attempt_rows.try_hold(session, attempt.id)
        place(attempt)
    finally:
        worker.join()
    with transaction() as session:
        assert attempt_rows.try_hold(session, attempt.id)
    assert calls_to(sandbox, attempt.phone) == 1


def test_a_worker_that_stood_still_asks_for_nothing(sandbox: Twilio, house: House) -> None:
    attempt = claimed()
    worker = Thread(target=place, args=(attempt,))
    with transaction() as session:
        contacts.lock(session, attempt.contact_id)
        worker.start()
        wait_for(somebody_waits_for_a_lock)
        house.furnish(
            TWILIO_BASE_URL=sandbox.url,
            CLOCK_START=(utc_now() + timedelta(hours=1)).isoformat(),
            CLOCK_REAL_START=real_now().isoformat(),
        )
    worker.join()
    assert now_of(attempt).state is AttemptState.RELEASED
    assert contact_of(attempt).attempts_made == 0
    assert calls_to(sandbox, attempt.phone) == 0
