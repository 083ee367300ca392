"""A call that waits in the carrier's own queue for longer than its decision is good for is taken back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from dialer.core.clock import get_clock, utc_now
from dialer.core.database import transaction
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.contact import ContactState
from dialer.services import sweeper
from dialer.services.sweeper import Patience
from dialer.store.contacts import Contact
from tests.house import SPEED, House
from tests.sandbox.servers import Twilio, running_sandbox
from tests.workers.situations import LONG, claimed, contact_of, now_of, place, placing_since, plan_faults
from workers import jobs

pytestmark = pytest.mark.usefixtures("web")
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def crowded(house: House) -> Iterator[Twilio]:
    """A carrier that has dialled one call and lets the next one wait for hours."""
    clock = get_clock()
    settings = {"clock_start": clock.start, "clock_real_start": clock.real_start.timestamp()}
    with running_sandbox(speed=SPEED, cps=0.0001, **settings) as twilio:
        house.furnish(
            TWILIO_BASE_URL=twilio.url,
            CLOCK_START=clock.start.isoformat(),
            CLOCK_REAL_START=clock.real_start.isoformat(),
        )
        twilio.dial("+13125550190")
        yield twilio


def patience() -> Patience:
    return Patience.of_real(get_clock().span_of_real)


def test_queued_for_too_long_it_is_canceled_and_the_try_not_counted(crowded: Twilio) -> None:
    attempt = claimed()
    place(attempt)
    jobs.reconcile_attempt(str(attempt.id))
    waiting = now_of(attempt)
    assert waiting.state is AttemptState.DIALLING
    assert crowded.status(waiting.call_sid) == "queued"
    placing_since(attempt, patience().queued + A_SECOND)
    with transaction() as session:
        later = utc_now() + patience().unheard + A_SECOND
        assert attempt.id in sweeper.attempts_to_ask_about(session, later, patience())
    for _ in range(2):
        jobs.reconcile_attempt(str(attempt.id))
    closed, contact = now_of(attempt), contact_of(attempt)
    assert crowded.status(closed.call_sid) == "canceled"
    assert (closed.state, closed.outcome) == (AttemptState.CLOSED, Outcome.CANCELED)
    assert closed.call_ended_at is not None
    assert (contact.state, contact.attempts_made) == (ContactState.WAITING, 0)


def test_queued_past_the_calling_window_it_is_canceled_at_once(crowded: Twilio) -> None:
    attempt = claimed()
    place(attempt)
    with transaction() as session:
        session.get_one(Contact, attempt.contact_id).zones = ["Asia/Tokyo"]
    jobs.reconcile_attempt(str(attempt.id))
    assert now_of(attempt).outcome is Outcome.CANCELED


def test_a_call_that_was_answered_meanwhile_goes_on(sandbox: Twilio) -> None:
    plan_faults(sandbox, callback_dropped=1.0)
    attempt = claimed()
    sandbox.script(attempt.phone, "human", ring_seconds=LONG)
    place(attempt)
    placing_since(attempt, patience().queued + A_SECOND)
    jobs.reconcile_attempt(str(attempt.id))
    assert now_of(attempt).state in (AttemptState.DIALLING, AttemptState.RINGING)
    assert sandbox.status(now_of(attempt).call_sid) in ("queued", "ringing")
