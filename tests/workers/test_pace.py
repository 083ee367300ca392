"""A job that finds no token asks nothing and is queued again; told "too fast", the whole account heeds it."""

from datetime import timedelta

import pytest

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.core.redis import get_redis
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.services import sweeper
from dialer.services.sweeper import Patience
from dialer.store import carrier_rate as rate
from dialer.telephony.port import Rejected, Rejection
from tests.house import House, queued
from tests.sandbox.servers import Twilio
from tests.workers.situations import (
    address_of,
    agent_now,
    calls_to,
    claimed,
    contact_of,
    line_of,
    now_of,
    place,
    plan_faults,
    starting,
)
from workers import jobs, pace
from workers.pace import carrier_rate

pytestmark = pytest.mark.usefixtures("web")
PATIENCE = Patience.of_real(lambda seconds: timedelta(seconds=seconds))
A_WHILE = 0.001
"""Calls a second."""


def test_a_worker_that_stood_still_asks_for_nothing_and_slows_nobody_down(house: House) -> None:
    begun_at = utc_now() - timedelta(hours=1)
    result = pace.ask(begun_at, lambda: pytest.fail("asked"))
    assert isinstance(result, Rejected)
    assert result.why is Rejection.PACE
    assert carrier_rate().take() == 0


def use_up(house: House, sandbox: Twilio) -> None:
    house.furnish(TWILIO_BASE_URL=sandbox.url, TWILIO_CALLS_PER_SECOND=str(A_WHILE))
    assert carrier_rate().take() == 0


@pytest.fixture
def any_wait_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SHORT_SECONDS", 1 / A_WHILE * 10)


def test_a_long_wait_is_left_to_the_sweeper(sandbox: Twilio, house: House) -> None:
    agent, attempt = starting(), claimed()
    use_up(house, sandbox)
    place(attempt)
    jobs.call_agent(str(agent.id))
    assert queued() == []
    assert now_of(attempt).state is AttemptState.CLAIMED
    assert agent_now(agent).line is LineState.CONNECTING
    later = attempt.claimed_at + PATIENCE.job_lost + timedelta(seconds=1)
    with transaction() as session:
        sweeper.claims(session, later, PATIENCE)
    assert queued() == [(Job.PLACE_CALLS, str(attempt.id))]
    get_redis().delete("carrier_rate:next", "carrier_rate:urgent")
    place(attempt)
    assert calls_to(sandbox, attempt.phone) == 1


@pytest.mark.usefixtures("any_wait_is_short")
def test_a_call_without_a_token_is_queued_again_and_not_tried(sandbox: Twilio, house: House) -> None:
    use_up(house, sandbox)
    attempt = claimed()
    place(attempt)
    assert now_of(attempt).state is AttemptState.CLAIMED
    assert queued() == [(Job.PLACE_CALLS, str(attempt.id))]
    assert contact_of(attempt).attempts_made == 0
    get_redis().delete("carrier_rate:next")
    place(attempt)
    place(attempt)
    assert calls_to(sandbox, attempt.phone) == 1
    assert len(queued()) == 1


@pytest.mark.usefixtures("any_wait_is_short")
def test_a_line_without_a_token_is_next(sandbox: Twilio, house: House) -> None:
    use_up(house, sandbox)
    agent, attempt = starting(), claimed()
    jobs.call_agent(str(agent.id))
    assert queued() == [(Job.CALL_AGENT, str(agent.id))]
    get_redis().delete("carrier_rate:next")
    place(attempt)
    assert calls_to(sandbox, attempt.phone) == 0
    jobs.call_agent(str(agent.id))
    assert line_of(agent, LineState.UP).state is SessionState.READY


@pytest.fixture
def a_pause_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than any test takes."""
    monkeypatch.setattr(rate, "FIRST_PAUSE", rate.LONGEST_PAUSE)


@pytest.mark.usefixtures("a_pause_is_long")
def test_too_fast_for_the_carrier_everybody_waits_and_then_goes_on(sandbox: Twilio) -> None:
    plan_faults(sandbox, create_refused=1.0, create_refused_code=20429)
    attempt, next_one = claimed(), claimed()
    place(attempt)
    assert now_of(attempt).state is AttemptState.RELEASED
    contact = contact_of(attempt)
    assert contact.attempts_made == 0
    assert contact.next_call_at - now_of(attempt).claimed_at >= timedelta(minutes=1)
    assert carrier_rate().take(urgent=True) > 0
    place(next_one)
    assert now_of(next_one).state is AttemptState.CLAIMED
    plan_faults(sandbox)
    get_redis().delete("carrier_rate:pause")
    place(next_one)
    assert calls_to(sandbox, next_one.phone) == 1


def test_an_agents_line_that_is_too_fast_is_asked_for_again(sandbox: Twilio) -> None:
    plan_faults(sandbox, create_refused=1.0, create_refused_code=20429)
    agent = starting()
    jobs.call_agent(str(agent.id))
    assert agent_now(agent).line is LineState.CONNECTING
    assert queued() == [(Job.CALL_AGENT, str(agent.id))]
    plan_faults(sandbox)
    get_redis().flushall()
    jobs.call_agent(str(agent.id))
    assert line_of(agent, LineState.UP).state is SessionState.READY
    assert calls_to(sandbox, address_of(agent)) == 1


def test_without_redis_nobody_is_called_and_the_claim_stands(sandbox: Twilio, house: House) -> None:
    attempt = claimed()
    house.furnish(TWILIO_BASE_URL=sandbox.url, REDIS_URL="redis://127.0.0.1:9/0")
    place(attempt)
    assert now_of(attempt).state is AttemptState.CLAIMED
    assert calls_to(sandbox, attempt.phone) == 0
