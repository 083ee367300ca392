"""What the jobs find: rows committed, and what became of them since."""

from datetime import timedelta

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.services import agents, claims
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from tests.factories import make_campaign, make_contact, make_user
from tests.house import wait_for
from tests.sandbox.servers import Twilio
from workers import jobs

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
    def found() -> Attempt | None:
        now = now_of(attempt)
        return now if now.state is state else None

    return wait_for(found)


def placing_since(attempt: Attempt, age: timedelta) -> None:
    with transaction() as session:
        row = session.get_one(Attempt, attempt.id)
        row.placing_at = (row.placing_at or utc_now()) - age


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
    def found() -> AgentSession | None:
        now = agent_now(agent)
        return now if now.line is line else None

    return wait_for(found)


def at_work() -> AgentSession:
    """Rung by the job, answered by her browser, in her room: ready."""
    agent = starting()
    jobs.call_agent(str(agent.id))
    up = line_of(agent, LineState.UP)
    assert up.state is SessionState.READY
    return up


def address_of(agent: AgentSession) -> str:
    return f"client:agent_{agent.user_id}"
