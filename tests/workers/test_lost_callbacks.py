"""Every attempt ends within two minutes of its call's end though every callback is lost: by the cron and
the workers alone, on the house's clock, second by second."""

from datetime import timedelta

import pytest
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from dialer.core.clock import get_clock, real_now, utc_now
from dialer.core.database import transaction
from dialer.core.queue import QUEUE_NAMES
from dialer.core.redis import get_redis
from dialer.domain.attempt import CARRIER_OUTCOMES, AttemptState, Outcome
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from tests.house import NOWHERE, House, queued, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import at_work, claimed, now_of, place, plan_faults, stays
from workers import cron, jobs

pytestmark = pytest.mark.usefixtures("web")
TWO_MINUTES = 120
OVER = frozenset({AttemptState.CLOSED, AttemptState.WRAP_UP})


def pass_a_second(house: House, sandbox: Twilio) -> None:
    """From here on the house's clock goes as real time does, and jumps when told to."""
    later = utc_now() + timedelta(seconds=1)
    house.furnish(
        TWILIO_BASE_URL=sandbox.url,
        CLOCK_START=later.isoformat(),
        CLOCK_REAL_START=real_now().isoformat(),
        CLOCK_SPEED="1",
    )


def work_off() -> None:
    if queued():
        worker = SimpleWorker(QUEUE_NAMES, connection=get_redis(), serializer=JSONSerializer)
        worker.work(burst=True, logging_level="ERROR")


def seconds_until_over(house: House, sandbox: Twilio, attempt: Attempt) -> int:
    tasks = cron.tasks()
    for second in range(TWO_MINUTES + 1):
        pass_a_second(house, sandbox)
        for task in tasks:
            if second % max(1, int(task.every_seconds)) == 0:
                cron._run(task)
        work_off()
        now = now_of(attempt)
        if now.call_ended_at is not None and now.state in OVER:
            return second
    raise AssertionError(f"after two minutes it is {now_of(attempt).state}")


def status_of_call_to(sandbox: Twilio, number: str) -> str:
    return str(sandbox.control.get("/sandbox/calls", params={"to": number}).json()[-1]["status"])


@pytest.mark.parametrize("lost_too", [None, "create_answer_lost", "create_failed_after_dialling"])
@pytest.mark.parametrize("behaviour", ["busy", "no_answer", "failed", "human"])
def test_it_ends_as_its_call_did(sandbox: Twilio, house: House, behaviour: str, lost_too: str | None) -> None:
    plan_faults(sandbox, callback_dropped=1.0, **({lost_too: 1.0} if lost_too else {}))
    attempt = claimed()
    sandbox.script(attempt.phone, behaviour, ring_seconds=1, patience_seconds=5)
    pass_a_second(house, sandbox)
    place(attempt)
    wait_for(lambda: status_of_call_to(sandbox, attempt.phone) in CARRIER_OUTCOMES)
    assert seconds_until_over(house, sandbox, attempt) <= TWO_MINUTES
    over = now_of(attempt)
    assert over.outcome is CARRIER_OUTCOMES[status_of_call_to(sandbox, attempt.phone)]
    assert over.is_abandoned is (behaviour == "human")


def test_with_the_web_process_down_whoever_answers_is_abandoned(house: House, sandbox: Twilio) -> None:
    clock = get_clock()
    house.furnish(
        TWILIO_BASE_URL=sandbox.url,
        PUBLIC_URL=NOWHERE,
        CLOCK_START=clock.start.isoformat(),
        CLOCK_REAL_START=clock.real_start.isoformat(),
    )
    attempt = claimed()
    stays(sandbox, attempt.phone)
    place(attempt)
    wait_for(lambda: status_of_call_to(sandbox, attempt.phone) == "completed")
    jobs.reconcile_attempt(str(attempt.id))
    over = now_of(attempt)
    assert (over.state, over.outcome, over.is_abandoned) == (AttemptState.CLOSED, Outcome.ANSWERED, True)


def test_a_talk_ends_in_the_agents_wrap_up(sandbox: Twilio, house: House) -> None:
    agent = at_work()
    plan_faults(sandbox, callback_dropped=1.0)
    with transaction() as session:
        attempt = claimed(session.get_one(Campaign, agent.campaign_id))
    sandbox.script(attempt.phone, "human", ring_seconds=1, talk_seconds=60, dead_air_seconds=1)
    place(attempt)
    wait_for(lambda: status_of_call_to(sandbox, attempt.phone) in CARRIER_OUTCOMES)
    assert seconds_until_over(house, sandbox, attempt) <= TWO_MINUTES
    over = now_of(attempt)
    assert over.outcome is Outcome.ANSWERED
    assert over.agent_session_id == agent.id
