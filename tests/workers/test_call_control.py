"""Hold, mute and keypad tones, against the sandbox with its webhooks coming back."""

from datetime import timedelta

import pytest
from sqlmodel import select

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.errors import Conflict
from dialer.core.queue import Job
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegState
from dialer.services import call_control, room_sweeper, transfers
from dialer.services.sweeper import Patience
from dialer.store.agent_sessions import AgentSession
from dialer.store.carrier_events import CarrierEvent
from dialer.telephony.port import RoomFacts
from tests.factories import phone
from tests.house import queued, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.legs import leg_becomes, members
from tests.workers.situations import (
    address_of,
    agent_now,
    at_work,
    becomes,
    hold,
    line_of,
    now_of,
    on_call,
    participant,
    plan_faults,
    stays,
)
from workers import call_jobs, cron, jobs

pytestmark = pytest.mark.usefixtures("web")
PATIENCE = Patience.of_real(lambda seconds: timedelta(seconds=seconds))


def mute(agent: AgentSession, is_on: bool) -> None:
    with transaction() as session:
        call_control.mute(session, agent.user_id, is_on)
        session.info.clear()
    call_jobs.apply_mute(str(agent.id))


def heard(twilio: Twilio, words: str) -> bool:
    """Whether some webhook was asked for `words` in its address, and answered."""
    return any(
        words in sent["url"] and sent["status"] == 200
        for sent in twilio.control.get("/sandbox/webhooks", params={"limit": 50}).json()
    )


def test_her_room_is_known_while_it_is_open(sandbox: Twilio) -> None:
    agent = at_work()
    [room] = sandbox.state()["conferences"]
    assert agent_now(agent).room_sid == room["sid"]
    sandbox.control.put(f"/sandbox/clients/{address_of(agent).removeprefix('client:')}", json={"drop": True})
    line_of(agent, LineState.DOWN)
    wait_for(lambda: agent_now(agent).room_sid is None)


def test_a_room_is_found_by_its_name_while_somebody_is_in_it(sandbox: Twilio) -> None:
    rooms = jobs.get_carrier().rooms
    agent = at_work()
    assert rooms.find(agent.room) == RoomFacts(str(agent.room_sid), {str(agent.line_call_sid)})
    agent, attempt = on_call(sandbox, agent)
    both = {str(agent.line_call_sid), str(attempt.call_sid)}
    assert rooms.find(agent.room) == RoomFacts(str(agent.room_sid), both)
    for sid in both:
        sandbox.client.calls(sid).update(status="completed")
    wait_for(lambda: rooms.find(agent.room) is None)


def test_a_person_is_put_on_hold_and_taken_off(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    hold(agent, attempt, True)
    assert now_of(attempt).held_at is not None
    assert participant(sandbox, agent, attempt.call_sid).hold is True
    assert wait_for(lambda: heard(sandbox, "/twilio/hold"))
    hold(agent, attempt, False)
    assert now_of(attempt).held_at is None
    assert participant(sandbox, agent, attempt.call_sid).hold is False


def test_the_agent_is_muted_and_heard_again_after_the_call(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    mute(agent, True)
    assert participant(sandbox, agent, agent.line_call_sid).muted is True
    jobs.hang_up(str(attempt.id))
    becomes(attempt, AttemptState.WRAP_UP)
    assert agent_now(agent).is_muted is False
    call_jobs.apply_mute(str(agent.id))
    assert participant(sandbox, agent, agent.line_call_sid).muted is False


def swept() -> list[tuple[Job, tuple[str, ...]]]:
    """The jobs that the clock would queue a minute from now."""
    with transaction() as session:
        later = utc_now() + timedelta(minutes=1)
        holds = room_sweeper.holds_not_applied(session, later, PATIENCE)
        mutes = room_sweeper.mutes_not_applied(session)
    return [
        *((Job.APPLY_HOLD, (str(one),)) for one in holds),
        *((Job.APPLY_MUTE, (str(one),)) for one in mutes),
    ]


@pytest.mark.parametrize("is_on", [True, False])
def test_a_hold_whose_job_was_lost_is_applied_after_all(sandbox: Twilio, is_on: bool) -> None:
    agent, attempt = on_call(sandbox)
    if not is_on:
        hold(agent, attempt, True)
    wait_for(lambda: swept() == [])
    with transaction() as session:
        call_control.hold(session, agent.user_id, attempt.id, is_on, utc_now())
        session.info.clear()
    assert swept() == [(Job.APPLY_HOLD, (str(attempt.id),))]
    call_jobs.apply_hold(str(attempt.id))
    assert participant(sandbox, agent, attempt.call_sid).hold is is_on
    wait_for(lambda: swept() == [])


@pytest.mark.parametrize("is_on", [True, False])
def test_a_mute_whose_job_was_lost_is_applied_by_the_clock(sandbox: Twilio, is_on: bool) -> None:
    agent, _ = on_call(sandbox)
    if not is_on:
        mute(agent, True)
    wait_for(lambda: swept() == [])
    with transaction() as session:
        call_control.mute(session, agent.user_id, is_on)
        session.info.clear()
    [task] = [task for task in cron.tasks() if task.run is cron._apply_switches]
    cron._run(task)
    assert queued() == [(Job.APPLY_MUTE, str(agent.id))]
    call_jobs.apply_mute(str(agent.id))
    assert participant(sandbox, agent, agent.line_call_sid).muted is is_on
    wait_for(lambda: swept() == [])


@pytest.mark.parametrize("is_on", [True, False])
def test_a_hold_and_a_mute_of_which_nobody_tells_are_asked_for_once(sandbox: Twilio, is_on: bool) -> None:
    """What the carrier said when it did them holds, though every event is lost."""
    agent, attempt = on_call(sandbox)
    if not is_on:
        hold(agent, attempt, True)
        mute(agent, True)
        wait_for(lambda: len(told_of(agent, "participant-hold", "participant-mute")) == 4)
    plan_faults(sandbox, callback_dropped=1.0)
    hold(agent, attempt, is_on)
    mute(agent, is_on)
    assert participant(sandbox, agent, attempt.call_sid).hold is is_on
    assert swept() == []


def told_of(agent: AgentSession, *words: str) -> list[CarrierEvent]:
    with transaction() as session:
        kept = session.exec(select(CarrierEvent).where(CarrierEvent.kind == "room")).all()
    room_sid = agent_now(agent).room_sid
    return [
        event
        for event in kept
        if event.payload["ConferenceSid"] == room_sid and event.payload["StatusCallbackEvent"] in words
    ]


def test_a_person_who_has_left_unheard_is_asked_about_and_not_held_again(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    hold(agent, attempt, True)
    plan_faults(sandbox, callback_dropped=1.0)
    sandbox.client.calls(str(attempt.call_sid)).update(status="completed")
    wait_for(lambda: attempt.call_sid not in members(sandbox, agent.room))
    with transaction() as session:
        call_control.hold(session, agent.user_id, attempt.id, False, utc_now())
        session.info.clear()
    call_jobs.apply_hold(str(attempt.id))
    assert now_of(attempt).held_at is None
    assert set(queued()) >= {(Job.RECONCILE_ATTEMPT, str(attempt.id)), (Job.CHECK_LINE, str(agent.id))}
    assert swept() == []
    jobs.reconcile_attempt(str(attempt.id))
    becomes(attempt, AttemptState.WRAP_UP)
    jobs.check_line(str(agent.id))
    assert agent_now(agent).room_sid == agent.room_sid


def test_an_agent_who_stays_muted_after_her_call_is_found(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    mute(agent, True)
    wait_for(lambda: swept() == [])
    jobs.hang_up(str(attempt.id))
    becomes(attempt, AttemptState.WRAP_UP)
    assert swept() == [(Job.APPLY_MUTE, (str(agent.id),))]


def test_keypad_tones_are_announced_to_the_person_alone(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    with transaction() as session:
        call_control.press_tones(session, agent.user_id, attempt.id, "1 2#*w")
        session.info.clear()
    call_jobs.send_tones(str(attempt.id), "12hsw")
    assert wait_for(lambda: heard(sandbox, f"/twilio/attempts/{attempt.id}/tones/12hsw"))


def test_keypad_tones_are_for_whoever_was_called_in(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    number = phone()
    stays(sandbox, number)
    with transaction() as session:
        third = transfers.outside_number(session, attempt.id, number, utc_now())
        leg = transfers.call_in(session, agent.user_id, attempt.id, third, attended=True, now=utc_now())
        session.info.clear()
    with transaction() as session, pytest.raises(Conflict):
        call_control.press_tones(session, agent.user_id, attempt.id, "1")
    call_jobs.call_leg(str(leg.id))
    leg = leg_becomes(leg, LegState.JOINED)
    with transaction() as session:
        call_control.press_tones(session, agent.user_id, attempt.id, "1")
        tones = call_control.tones_wanted(session, attempt.id, "1")
        session.info.clear()
    assert tones is not None
    assert tones.call_sid == leg.call_sid


def test_what_the_carrier_did_not_do_is_taken_back(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    with transaction() as session:
        session.get_one(AgentSession, agent.id).room_sid = "CF" + "0" * 32
    hold(agent, attempt, True)
    assert now_of(attempt).held_at is None
    mute(agent, True)
    assert agent_now(agent).is_muted is False


def test_the_end_of_the_call_ends_the_hold(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    hold(agent, attempt, True)
    jobs.hang_up(str(attempt.id))
    assert becomes(attempt, AttemptState.WRAP_UP).held_at is None
    with transaction() as session, pytest.raises(Conflict):
        call_control.hold(session, agent.user_id, attempt.id, True, utc_now())


def test_a_person_on_hold_stays_while_the_agents_line_is_rung_again(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    hold(agent, attempt, True)
    sandbox.control.put(f"/sandbox/clients/{address_of(agent).removeprefix('client:')}", json={"drop": True})
    wait_for(lambda: agent_now(agent).line_call_sid != agent.line_call_sid)
    with transaction() as session:
        row = session.get_one(AgentSession, agent.id)
        row.line, row.line_call_sid = LineState.CONNECTING, None
    jobs.call_agent(str(agent.id))
    back = line_of(agent, LineState.UP)
    assert (back.state, now_of(attempt).state) == (SessionState.ON_CALL, AttemptState.CONNECTED)
    assert now_of(attempt).held_at is not None
    wait_for(lambda: len(members(sandbox, agent.room)) == 2)
    hold(agent, attempt, False)
    assert participant(sandbox, agent, attempt.call_sid).hold is False
