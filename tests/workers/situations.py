"""What the jobs find: rows committed, and what became of them since."""

from datetime import timedelta
from typing import Any

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.services import agents, call_control, claims
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from tests.factories import make_campaign, make_contact, make_user
from tests.house import until
from tests.sandbox.servers import Twilio
from workers import call_jobs, jobs, placing

LONG = 100_000
"""Seconds that nobody talks in a test."""


def claimed(campaign: Campaign | None = None, **over: object) -> Attempt:
    now = utc_now()
    with transaction() as session:
        campaign = campaign or make_campaign(session, now, ring_seconds=60)
        attempt = claims.claim(session, campaign, make_contact(session, campaign, now, **over), now)
        session.info.clear()
    assert attempt is not None
    return attempt


def now_of(attempt: Attempt) -> Attempt:
    with transaction() as session:
        return session.get_one(Attempt, attempt.id)


def contact_of(attempt: Attempt) -> Contact:
    with transaction() as session:
        return session.get_one(Contact, attempt.contact_id)


def becomes(attempt: Attempt, state: AttemptState) -> Attempt:
    return until(lambda: now_of(attempt), lambda now: now.state is state)


def stays(twilio: Twilio, number: str) -> None:
    """Whoever is at that number picks up at once, and hangs up in no test."""
    twilio.script(
        number,
        "human",
        ring_seconds=1,
        talk_seconds=LONG,
        patience_seconds=LONG,
        dead_air_seconds=LONG,
    )


def placing_since(attempt: Attempt, age: timedelta) -> None:
    with transaction() as session:
        row = session.get_one(Attempt, attempt.id)
        row.placing_at = (row.placing_at or utc_now()) - age


def place(attempt: Attempt) -> None:
    """Asked for as by a worker, and the answer written down."""
    placing.place([attempt.id])


def calls_to(twilio: Twilio, number: str) -> int:
    return len(twilio.control.get("/sandbox/calls", params={"to": number}).json())


def plan_faults(twilio: Twilio, **faults: object) -> None:
    assert twilio.control.put("/sandbox/faults", json=faults).status_code == 200


def starting() -> AgentSession:
    """Signed on; the job that rings her line has not run."""
    now = utc_now()
    with transaction() as session:
        campaign = make_campaign(session, now, ring_seconds=60)
        agent = agents.start(session, make_user(session, now), campaign, now)
        session.info.clear()
    return agent


def agent_now(agent: AgentSession) -> AgentSession:
    with transaction() as session:
        return session.get_one(AgentSession, agent.id)


def line_of(agent: AgentSession, line: LineState) -> AgentSession:
    return until(lambda: agent_now(agent), lambda now: now.line is line)


def at_work() -> AgentSession:
    """Rung by the job, answered by her browser, in her room: ready."""
    agent = starting()
    jobs.call_agent(str(agent.id))
    up = line_of(agent, LineState.UP)
    assert up.state is SessionState.READY
    return up


def address_of(agent: AgentSession) -> str:
    return f"client:agent_{agent.user_id}"


def on_call(twilio: Twilio, agent: AgentSession | None = None) -> tuple[AgentSession, Attempt]:
    """A person and an agent who talk, both in her room."""
    attempt = called(twilio, agent := agent or at_work())
    place(attempt)
    becomes(attempt, AttemptState.CONNECTED)
    return agent_now(agent), now_of(attempt)


def called(twilio: Twilio, agent: AgentSession) -> Attempt:
    """To be placed for the agent's campaign, to somebody who stays."""
    with transaction() as session:
        campaign = session.get_one(Campaign, agent.campaign_id)
    attempt = claimed(campaign)
    stays(twilio, attempt.phone)
    return attempt


def participant(twilio: Twilio, agent: AgentSession, call_sid: str | None) -> Any:
    assert call_sid is not None
    return twilio.client.conferences(str(agent_now(agent).room_sid)).participants(call_sid).fetch()


def hold(agent: AgentSession, attempt: Attempt, is_on: bool) -> None:
    with transaction() as session:
        call_control.hold(session, agent.user_id, attempt.id, is_on, utc_now())
        session.info.clear()
    call_jobs.apply_hold(str(attempt.id))
