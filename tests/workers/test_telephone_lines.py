"""An agent's own line at her telephone, against the sandbox over HTTP: a key begins the shift, and what did
not take the call is told and not rung again."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.domain.agent import (
    PAUSE_LINE_BUSY,
    PAUSE_LINE_FAILED,
    PAUSE_LINE_LOST,
    PAUSE_LINE_UNANSWERED,
    PAUSE_NO_KEY,
    AgentLine,
    LineState,
    SessionState,
    why_line_is_down,
)
from dialer.services import agents, lines, sweeper
from dialer.store import agent_sessions
from dialer.store.agent_sessions import AgentSession
from dialer.store.users import User
from tests.factories import phone
from tests.house import queued, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import LONG, agent_now, calls_to, line_of, starting
from workers import jobs

pytestmark = pytest.mark.usefixtures("web")


def at_telephone(address: str | None = None) -> tuple[AgentSession, str]:
    agent, address = starting(), address or phone()
    with transaction() as session:
        user = session.get_one(User, agent.user_id)
        lines.set_line(session, user, AgentLine.PHONE, address, user.id, utc_now())
    return agent, address


def locked(session: Session, agent: AgentSession) -> AgentSession:
    found = agent_sessions.lock(session, agent.id)
    assert found is not None
    return found


def message(agent: AgentSession) -> str:
    with transaction() as session:
        return lines.message(session.get_one(User, agent.user_id), session.get_one(AgentSession, agent.id))


@pytest.mark.parametrize("address", [None, "sip:ana@pbx.example.com"])
def test_a_key_begins_the_shift(sandbox: Twilio, address: str | None) -> None:
    agent, address = at_telephone(address)
    assert address in message(agent)
    sandbox.script(address, "human", ring_seconds=1, digits="5", talk_seconds=LONG, patience_seconds=LONG)
    jobs.call_agent(str(agent.id))
    up = line_of(agent, LineState.UP)
    assert up.state is SessionState.READY
    room = wait_for(
        lambda: next((r for r in sandbox.state()["conferences"] if r["name"] == agent.room), None)
    )
    assert room["participants"] == [up.line_call_sid]
    assert message(agent) == ""


@pytest.mark.parametrize(
    ("behaviour", "code", "told"),
    [
        ("busy", PAUSE_LINE_BUSY, "was busy"),
        ("no_answer", PAUSE_LINE_UNANSWERED, "nobody picked up"),
        ("failed", PAUSE_LINE_FAILED, "could not be reached"),
        ("human", PAUSE_NO_KEY, "no key was pressed"),
        ("machine", PAUSE_NO_KEY, "no key was pressed"),
    ],
)
def test_a_telephone_that_did_not_take_the_call_says_why_and_rests(
    sandbox: Twilio, behaviour: str, code: str, told: str
) -> None:
    agent, address = at_telephone()
    sandbox.script(address, behaviour, ring_seconds=1, talk_seconds=LONG, patience_seconds=LONG)
    jobs.call_agent(str(agent.id))
    down = line_of(agent, LineState.DOWN)
    assert (down.state, down.pause_code) == (SessionState.PAUSED, code)
    assert told in message(agent)
    with transaction() as session:
        sweeper.lost_lines(session, utc_now() + timedelta(hours=1))
        agents.get_ready(session, locked(session, agent), utc_now())
    assert calls_to(sandbox, address) == 1
    assert agent_now(agent).line is LineState.CONNECTING


def test_a_call_that_picked_up_is_no_line_until_a_key_was_pressed(sandbox: Twilio) -> None:
    agent, address = at_telephone()
    sandbox.script(address, "machine", ring_seconds=1, voicemail_seconds=LONG)
    jobs.call_agent(str(agent.id))
    wait_for(lambda: sandbox.status(agent_now(agent).line_call_sid) == "in-progress")
    jobs.check_line(str(agent.id))
    assert agent_now(agent).line is LineState.CONNECTING


def test_in_a_call_a_telephone_is_rung_again_when_it_was_lost_and_else_at_her_word(sandbox: Twilio) -> None:
    agent, _ = at_telephone()
    later = utc_now() + timedelta(hours=1)
    with transaction() as session:
        row = locked(session, agent)
        row.state, row.line, row.line_call_sid = SessionState.ON_CALL, LineState.UP, "CA1"
        agents.line_is_down(session, row, "CA1", later, "completed")
    assert (Job.CALL_AGENT, str(agent.id)) in queued()
    assert agent_now(agent).line is LineState.CONNECTING
    with transaction() as session:
        row = locked(session, agent)
        row.line_call_sid = "CA2"
        agents.line_is_down(session, row, "CA2", later + timedelta(minutes=1), "busy")
        assert sweeper.lost_lines(session, later + timedelta(hours=1)) == 0
    assert agent_now(agent).line is LineState.DOWN
    with transaction() as session:
        agents.ring_again(session, locked(session, agent), later)
    assert agent_now(agent).line is LineState.CONNECTING


@pytest.mark.parametrize("status", ["busy", "no-answer", "completed", "failed", "canceled"])
def test_a_browser_and_what_was_up_are_lost_whatever_the_carrier_says(status: str) -> None:
    assert why_line_is_down(AgentLine.BROWSER, status, was_up=False) == PAUSE_LINE_LOST
    assert why_line_is_down(AgentLine.PHONE, status, was_up=True) == PAUSE_LINE_LOST
    assert why_line_is_down(AgentLine.PHONE, status, was_up=False) != PAUSE_LINE_LOST
