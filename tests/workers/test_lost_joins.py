"""A callback that tells of somebody's joining a room is lost, or comes late: the room itself is asked."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.services import agents, carrier_webhooks
from dialer.services.sweeper import Patience
from dialer.services.sweeper import attempts_to_ask_about as to_ask_about
from dialer.store import carrier_events
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from tests.house import queued, until, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.legs import members
from tests.workers.situations import (
    LONG,
    agent_now,
    at_work,
    called,
    contact_of,
    hold,
    line_of,
    now_of,
    on_call,
    place,
    plan_faults,
)
from workers import jobs

pytestmark = pytest.mark.usefixtures("web")
PATIENCE = Patience.of_real(lambda seconds: timedelta(seconds=seconds))


def sent(twilio: Twilio, agent: AgentSession) -> Attempt:
    """A person who picks up and is in the agent's room, of which no callback tells."""
    attempt = called(twilio, agent)
    plan_faults(twilio, callback_dropped=1.0)
    place(attempt)
    both = {now_of(attempt).call_sid, agent.line_call_sid}
    wait_for(lambda: set(members(twilio, agent.room)) == both)
    return now_of(attempt)


def asked(attempt: Attempt, after: timedelta) -> None:
    """The person picked up so long ago; if the sweeper finds her, the carrier is asked."""
    now = utc_now()
    with transaction() as session:
        row = session.get_one(Attempt, attempt.id)
        row.answered_at = row.checked_at = now - after
    with transaction() as session:
        found = to_ask_about(session, now, PATIENCE)
    if attempt.id in found:
        jobs.reconcile_attempt(str(attempt.id))


def hung_up(twilio: Twilio, attempt: Attempt, after: timedelta) -> Attempt:
    """The person hangs up, so long after she picked up, and the carrier is asked."""
    with transaction() as session:
        row = session.get_one(Attempt, attempt.id)
        row.answered_at = utc_now() - after
        for event in carrier_events.of_call(session, str(row.call_sid)):
            event.received_at -= after
    twilio.client.calls(str(attempt.call_sid)).update(status="completed")
    wait_for(lambda: twilio.status(attempt.call_sid) == "completed")
    jobs.reconcile_attempt(str(attempt.id))
    return now_of(attempt)


def lose_line(twilio: Twilio, agent: AgentSession) -> None:
    """It ends, and no callback tells."""
    plan_faults(twilio, callback_dropped=1.0)
    twilio.client.calls(str(agent.line_call_sid)).update(status="completed")
    wait_for(lambda: twilio.status(agent.line_call_sid) == "completed")
    jobs.check_line(str(agent.id))


def ring_again(twilio: Twilio, agent: AgentSession) -> None:
    """Her line is in her room again, and no callback tells."""
    with transaction() as session:
        agents.get_ready(session, session.get_one(AgentSession, agent.id), utc_now())
        session.info.clear()
    jobs.call_agent(str(agent.id))
    wait_for(lambda: members(twilio, agent.room) == [agent_now(agent).line_call_sid])


def test_a_lost_join_is_found_by_asking_the_room(sandbox: Twilio) -> None:
    agent = at_work()
    attempt = sent(sandbox, agent)
    asked(attempt, timedelta(seconds=2))
    assert now_of(attempt).state is AttemptState.ANSWERED
    asked(attempt, timedelta(seconds=4))
    assert now_of(attempt).state is AttemptState.CONNECTED
    assert agent_now(agent).state is SessionState.ON_CALL
    plan_faults(sandbox)
    hold(agent_now(agent), attempt, True)
    assert now_of(attempt).held_at is not None


def test_of_whom_nobody_tells_that_she_was_joined_counts_as_abandoned(sandbox: Twilio) -> None:
    """That she was sent to the room proves nothing: the carrier may never have had our answer."""
    agent = at_work()
    over = hung_up(sandbox, sent(sandbox, agent), timedelta(seconds=12))
    assert (over.state, over.is_abandoned, over.connected_at) == (AttemptState.CLOSED, True, None)
    assert agent_now(agent).state is SessionState.READY


def test_who_left_the_room_after_the_end_of_her_call_was_met(sandbox: Twilio) -> None:
    agent = at_work()
    over = hung_up(sandbox, sent(sandbox, agent), timedelta(seconds=12))
    left = {"StatusCallbackEvent": "participant-leave", "CallSid": str(over.call_sid)}
    with transaction() as session:
        for event in carrier_events.of_call(session, str(over.call_sid)):
            if event.kind == "answer":
                event.received_at = over.answered_at or utc_now()
        carrier_webhooks.room_event(session, agent.id, left, utc_now())
    met = now_of(over)
    assert (met.is_abandoned, met.connected_at) == (False, over.answered_at)
    assert contact_of(over).abandoned_at is None


def test_a_person_of_whom_the_room_knew_nothing_was_abandoned(sandbox: Twilio) -> None:
    """The carrier has her call and the agent's, and they are not in one room."""
    agent = at_work()
    attempt = sent(sandbox, agent)
    aside = f"<Response><Pause length='{LONG}'/></Response>"
    sandbox.client.calls(str(attempt.call_sid)).update(twiml=aside)
    wait_for(lambda: attempt.call_sid not in members(sandbox, agent.room))
    with transaction() as session:
        for event in carrier_events.of_call(session, str(attempt.call_sid)):
            event.received_at -= timedelta(seconds=5)
    asked(attempt, timedelta(seconds=4))
    assert now_of(attempt).state is AttemptState.ANSWERED
    over = hung_up(sandbox, attempt, timedelta(seconds=12))
    assert (over.state, over.is_abandoned, over.connected_at) == (AttemptState.CLOSED, True, None)
    assert agent_now(agent).state is SessionState.READY


def test_who_leaves_the_room_was_in_it(sandbox: Twilio) -> None:
    agent = at_work()
    attempt = sent(sandbox, agent)
    jobs.reconcile_attempt(str(attempt.id))
    plan_faults(sandbox)
    sandbox.client.calls(str(attempt.call_sid)).update(status="completed")
    assert until(lambda: now_of(attempt), lambda now: now.connected_at is not None).is_abandoned is False


def test_an_open_room_is_known_again_after_every_callback_was_lost(sandbox: Twilio) -> None:
    agent = at_work()
    old = agent.room_sid
    lose_line(sandbox, agent)
    assert agent_now(agent).room_sid is None
    ring_again(sandbox, agent)
    jobs.check_line(str(agent.id))
    up = agent_now(agent)
    [room] = [room for room in sandbox.state()["conferences"] if room["participants"]]
    assert (up.state, up.line, up.room_sid) == (SessionState.READY, LineState.UP, room["sid"])
    assert up.room_sid != old
    plan_faults(sandbox)
    agent, attempt = on_call(sandbox, up)
    hold(agent, attempt, True)
    assert now_of(attempt).held_at is not None


def test_the_room_is_known_by_the_person_who_joins_it(sandbox: Twilio) -> None:
    agent = at_work()
    with transaction() as session:
        session.get_one(AgentSession, agent.id).room_sid = "CF" + "0" * 32
    on_call(sandbox, agent)
    assert agent_now(agent).room_sid == agent.room_sid


def test_a_line_lost_in_a_call_leaves_the_room_known(sandbox: Twilio) -> None:
    agent, _ = on_call(sandbox)
    lose_line(sandbox, agent)
    assert agent_now(agent).line_call_sid is None
    assert agent_now(agent).room_sid == agent.room_sid


def late_join(session: Session, agent: AgentSession) -> None:
    fields = {
        "StatusCallbackEvent": "participant-join",
        "CallSid": str(agent.line_call_sid),
        "ConferenceSid": "CF" + "1" * 32,
        "SequenceNumber": "99",
        "ParticipantLabel": f"agent-{agent.line_call_sid}",
    }
    carrier_webhooks.room_event(session, agent.id, fields, utc_now())


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "asked"])
def test_a_late_join_of_a_dead_line_is_not_her_line(sandbox: Twilio, *, is_told: bool) -> None:
    agent = at_work()
    if is_told:
        sandbox.client.calls(str(agent.line_call_sid)).update(status="completed")
        line_of(agent, LineState.DOWN)
    else:
        lose_line(sandbox, agent)
    with transaction() as session:
        late_join(session, agent)
    now = agent_now(agent)
    assert (now.line, now.line_call_sid, now.room_sid) == (LineState.DOWN, None, None)
    assert (Job.END_CALL, str(agent.line_call_sid)) in queued()
    plan_faults(sandbox)
    with transaction() as session:
        agents.get_ready(session, session.get_one(AgentSession, agent.id), utc_now())
        session.info.clear()
    jobs.call_agent(str(agent.id))
    assert line_of(agent, LineState.UP).state is SessionState.READY
