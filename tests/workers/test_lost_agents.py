"""An agent's line dies in mid-call: rung again; if it stays away the person is told and let go."""

from datetime import timedelta

import pytest

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.services import lost_agents, sweeper
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from tests.house import queued, until, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import (
    address_of,
    agent_now,
    becomes,
    line_of,
    now_of,
    on_call,
)
from workers import cron, jobs

pytestmark = pytest.mark.usefixtures("web")


@pytest.fixture
def talking(sandbox: Twilio) -> tuple[AgentSession, Attempt]:
    return on_call(sandbox)


def lose_line(twilio: Twilio, agent: AgentSession) -> AgentSession:
    """Her browser is closed: it hangs up and takes no more calls."""
    identity = address_of(agent).removeprefix("client:")
    twilio.control.put(f"/sandbox/clients/{identity}", json={"registered": False, "drop": True})

    return until(lambda: agent_now(agent), lambda now: now.line is not LineState.UP)


def rung_again_since(agent: AgentSession, age: timedelta) -> None:
    with transaction() as session:
        session.get_one(AgentSession, agent.id).line_asked_at = utc_now() - age


def run_task() -> None:
    cron._run(cron.Task(1, cron._tell_lost_agents))


def spoken(twilio: Twilio, attempt: Attempt) -> list[str]:
    heard = twilio.control.get("/sandbox/webhooks", params={"call_sid": attempt.call_sid}).json()
    return [one["url"] for one in heard if "agent-lost" in one["url"]]


def test_a_line_that_does_not_come_back_lets_the_person_go(
    sandbox: Twilio, talking: tuple[AgentSession, Attempt]
) -> None:
    agent, attempt = talking
    lose_line(sandbox, agent)
    rung_again_since(agent, lost_agents.LIMIT + timedelta(seconds=1))
    run_task()
    assert (Job.TELL_AGENT_LOST, str(attempt.id)) in queued()
    for _ in range(2):
        jobs.tell_agent_lost(str(attempt.id))
    told = now_of(attempt)
    assert (told.state, agent_now(agent).state) == (AttemptState.WRAP_UP, SessionState.WRAP_UP)
    wait_for(lambda: sandbox.status(attempt.call_sid) == "completed")
    wait_for(lambda: now_of(attempt).call_ended_at is not None)
    assert len(spoken(sandbox, attempt)) == 1
    run_task()
    assert [job for job in queued() if job[0] is Job.TELL_AGENT_LOST] == [
        (Job.TELL_AGENT_LOST, str(attempt.id))
    ]


def test_a_line_that_comes_back_in_time_keeps_the_person(
    sandbox: Twilio, talking: tuple[AgentSession, Attempt]
) -> None:
    agent, attempt = talking
    with transaction() as session:
        assert lost_agents.waiting(session, utc_now() + timedelta(days=1)) == []
    lose_line(sandbox, agent)
    rung_again_since(agent, timedelta(0))
    run_task()
    assert (Job.TELL_AGENT_LOST, str(attempt.id)) not in queued()
    sandbox.control.put(f"/sandbox/clients/{address_of(agent).removeprefix('client:')}", json={})
    rung_again_since(agent, timedelta(seconds=15))
    cron._run(cron.Task(1, lambda session: sweeper.lost_lines(session, utc_now())))
    jobs.call_agent(str(agent.id))
    line_of(agent, LineState.UP)
    assert now_of(attempt).state is AttemptState.CONNECTED
    jobs.tell_agent_lost(str(attempt.id))
    assert sandbox.status(attempt.call_sid) == "in-progress"


def test_a_person_who_was_never_joined_is_abandoned(
    sandbox: Twilio, talking: tuple[AgentSession, Attempt]
) -> None:
    agent, attempt = talking
    lose_line(sandbox, agent)
    with transaction() as session:
        row = session.get_one(Attempt, attempt.id)
        row.state, row.connected_at = AttemptState.ANSWERED, None
        row.answered_at = utc_now() - lost_agents.LIMIT - timedelta(seconds=1)
    jobs.tell_agent_lost(str(attempt.id))
    closed = becomes(attempt, AttemptState.CLOSED)
    assert (closed.outcome, closed.is_abandoned) == (Outcome.ANSWERED, True)
