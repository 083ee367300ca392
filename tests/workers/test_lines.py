"""The jobs of an agent's own line, against the sandbox over HTTP."""

from datetime import timedelta
from threading import Thread

import pytest

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.core.settings import get_settings
from dialer.domain.agent import PAUSE_LINE_LOST, LineState, SessionState
from dialer.services import agents
from dialer.services.sweeper import Patience
from dialer.store import agent_sessions
from dialer.store.agent_sessions import AgentSession
from dialer.telephony.urls import CarrierUrls
from tests.house import House, queued, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import (
    address_of,
    agent_now,
    at_work,
    calls_to,
    line_of,
    plan_faults,
    starting,
)
from workers import jobs

pytestmark = pytest.mark.usefixtures("web")


def stop(agent: AgentSession) -> None:
    with transaction() as session:
        locked = agent_sessions.lock(session, agent.id)
        assert locked is not None
        agents.stop(session, locked, utc_now())
        session.info.clear()


def drop(twilio: Twilio, agent: AgentSession) -> None:
    identity = address_of(agent).removeprefix("client:")
    assert twilio.control.put(f"/sandbox/clients/{identity}", json={"drop": True}).status_code == 200


def test_her_line_is_rung_once_however_often_the_job_runs(sandbox: Twilio) -> None:
    agent = at_work()
    for _ in range(2):
        jobs.call_agent(str(agent.id))
    assert calls_to(sandbox, address_of(agent)) == 1
    assert agent_now(agent).state is SessionState.READY


def test_a_job_that_comes_while_another_rings_makes_no_second_call(sandbox: Twilio) -> None:
    """The sweeper's, for instance, where the carrier takes long to answer."""
    plan_faults(sandbox, answer_slow=1.0, answer_slow_seconds=5, callback_dropped=1.0)
    agent = starting()
    worker = Thread(target=jobs.call_agent, args=(str(agent.id),))
    worker.start()
    try:
        wait_for(lambda: calls_to(sandbox, address_of(agent)) == 1)
        jobs.check_line(str(agent.id))
        assert queued() == [(Job.CALL_AGENT, str(agent.id))]
        jobs.call_agent(str(agent.id))
    finally:
        worker.join()
    assert calls_to(sandbox, address_of(agent)) == 1
    assert agent_now(agent).line_call_sid is not None


def test_a_line_is_waited_for_longer_than_the_carriers_timeouts(house: House) -> None:
    settings = get_settings()
    longest = timedelta(seconds=settings.twilio_connect_seconds + settings.twilio_read_seconds)
    assert Patience.of_real(lambda seconds: timedelta(seconds=seconds)).line_silent > longest


def test_a_browser_that_is_not_there_pauses_her(sandbox: Twilio) -> None:
    agent = starting()
    identity = address_of(agent).removeprefix("client:")
    sandbox.control.put(f"/sandbox/clients/{identity}", json={"registered": False})
    jobs.call_agent(str(agent.id))
    down = line_of(agent, LineState.DOWN)
    assert (down.state, down.pause_code) == (SessionState.PAUSED, PAUSE_LINE_LOST)


def test_a_carrier_that_is_not_there_is_asked_again(house: House) -> None:
    agent = starting()
    jobs.call_agent(str(agent.id))
    assert agent_now(agent).line is LineState.CONNECTING
    assert queued() == [(Job.CALL_AGENT, str(agent.id))]


def test_a_line_whose_job_was_lost_is_asked_for_again(house: House) -> None:
    agent = starting()
    jobs.check_line(str(agent.id))
    assert queued() == [(Job.CALL_AGENT, str(agent.id))]


@pytest.mark.parametrize("fault", ["create_answer_lost", "create_failed_after_dialling"])
def test_a_line_in_doubt_is_known_by_its_answer(sandbox: Twilio, fault: str) -> None:
    """And she may have asked for another one meanwhile: the first that comes is hers."""
    plan_faults(sandbox, **{fault: 1.0})
    agent = starting()
    jobs.call_agent(str(agent.id))
    up = line_of(agent, LineState.UP)
    assert up.line_call_sid is not None
    assert sandbox.status(up.line_call_sid) == "in-progress"


def test_a_second_leg_of_a_line_is_ended(sandbox: Twilio) -> None:
    agent = at_work()
    second = sandbox.dial(
        address_of(agent), url=CarrierUrls(str(get_settings().public_url)).agent_answer(agent.id)
    )
    sandbox.wait_status(second, "completed")
    assert agent_now(agent).line_call_sid == agent.line_call_sid
    assert sandbox.status(agent.line_call_sid) == "in-progress"


def test_who_has_left_is_not_rung(sandbox: Twilio) -> None:
    agent = starting()
    stop(agent)
    jobs.call_agent(str(agent.id))
    assert calls_to(sandbox, address_of(agent)) == 0


def test_the_line_of_who_has_left_is_ended_and_of_nobody_else(sandbox: Twilio) -> None:
    agent = at_work()
    call_sid = agent.line_call_sid
    jobs.hang_up_agent(str(agent.id))
    assert sandbox.status(call_sid) == "in-progress"
    stop(agent)
    for _ in range(2):
        jobs.hang_up_agent(str(agent.id))
    wait_for(lambda: sandbox.status(call_sid) == "completed")
    assert agent_now(agent).line is LineState.DOWN


def test_a_line_that_could_not_be_ended_is_tried_again(sandbox: Twilio, house: House) -> None:
    agent = at_work()
    stop(agent)
    house.furnish()
    jobs.hang_up_agent(str(agent.id))
    assert agent_now(agent).line is LineState.UP
    house.furnish(TWILIO_BASE_URL=sandbox.url)
    jobs.hang_up_agent(str(agent.id))
    assert agent_now(agent).line is LineState.DOWN


def test_a_line_that_was_lost_unheard_is_found_by_asking(sandbox: Twilio) -> None:
    agent = at_work()
    jobs.check_line(str(agent.id))
    assert agent_now(agent).line is LineState.UP
    plan_faults(sandbox, callback_dropped=1.0)
    drop(sandbox, agent)
    wait_for(lambda: sandbox.status(agent.line_call_sid) == "completed")
    for _ in range(2):
        jobs.check_line(str(agent.id))
    found = agent_now(agent)
    assert (found.state, found.pause_code) == (SessionState.PAUSED, PAUSE_LINE_LOST)


def test_a_line_that_was_lost_is_heard_of(sandbox: Twilio) -> None:
    agent = at_work()
    drop(sandbox, agent)
    down = line_of(agent, LineState.DOWN)
    assert (down.state, down.pause_code) == (SessionState.PAUSED, PAUSE_LINE_LOST)


@pytest.mark.parametrize("job", [jobs.call_agent, jobs.hang_up_agent, jobs.check_line])
def test_a_job_for_nobody_does_nothing(house: House, job: object) -> None:
    assert callable(job)
    job("00000000-0000-7000-8000-000000000000")
