"""Take-over, against the sandbox with its webhooks coming back: the agent wraps up, the supervisor has the
person, with a hold and a mute of her own."""

import pytest

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.errors import Conflict
from dialer.core.queue import Job
from dialer.core.redis import get_redis
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegState
from dialer.domain.user import identity_of
from dialer.services import own_call, supervision, taken_over
from dialer.services.taken_over import Control
from dialer.store.attempts import Attempt
from dialer.store.legs import Leg
from dialer.store.users import User
from tests.house import House, queued, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.legs import leg_becomes, leg_now, members
from tests.workers.situations import (
    agent_now,
    becomes,
    calls_to,
    now_of,
    on_call,
)
from tests.workers.test_supervision import BARGE, LISTEN, do, heard, in_room, leg_of, log, somebody
from workers import call_jobs, cron, supervision_jobs
from workers.jobs import get_carrier

pytestmark = pytest.mark.usefixtures("web")


@pytest.mark.parametrize("listens_first", [True, False])
def test_the_call_is_taken_over_and_the_agent_wraps_up(sandbox: Twilio, listens_first: bool) -> None:
    agent, attempt = on_call(sandbox)
    sam = somebody()
    if listens_first:
        leg = in_room(sandbox, sam, agent, LISTEN)
        do(lambda session, now: supervision.take_over(session, sam, agent.id, now))
        with pytest.raises(Conflict, match="taking this call over"):
            do(lambda session, now: supervision.take_over(session, sam, agent.id, now))
        for _ in range(2):
            call_jobs.move_leg(str(leg.id))
    else:
        do(lambda session, now: supervision.take_over(session, sam, agent.id, now))
        leg = leg_of(agent)
        call_jobs.call_leg(str(leg.id))
    wait_for(lambda: leg_now(leg).joined_at is not None)
    call_jobs.hand_on(str(leg.id))
    wait_for(lambda: set(members(sandbox, leg.room)) == {attempt.call_sid, leg_now(leg).call_sid})
    handed = becomes(attempt, AttemptState.WRAP_UP)
    assert handed.handed_on_at is not None
    assert agent_now(agent).state is SessionState.WRAP_UP
    assert members(sandbox, agent.room) == [agent.line_call_sid]
    assert calls_to(sandbox, leg.address) == 1
    with transaction() as session:
        assert supervision.left_over(session, utc_now()) == 0
    do(lambda session, now: supervision.stop(session, sam, agent.id, now))
    call_jobs.end_leg(str(leg.id))
    wait_for(lambda: now_of(attempt).call_ended_at is not None)
    leg_becomes(leg, LegState.ENDED)
    assert ("taken_over", "hand_on", sam.id) in log(attempt)
    assert log(attempt)[-1] == ("ended", "hand_on", sam.id)


def wants(by: User, control: Control, is_on: bool) -> None:
    do(lambda session, now: taken_over.switch(session, by, control, is_on, now))


def switches(by: User, leg: Leg, control: Control, is_on: bool) -> None:
    wants(by, control, is_on)
    supervision_jobs.switch_taken_over(str(leg.id), control.value)


def takes_over(sandbox: Twilio, sam: User) -> tuple[Leg, Attempt]:
    """A person whom the supervisor talks with."""
    agent, attempt = on_call(sandbox)
    do(lambda session, now: supervision.take_over(session, sam, agent.id, now))
    leg = leg_of(agent)
    call_jobs.call_leg(str(leg.id))
    wait_for(lambda: leg_now(leg).joined_at is not None)
    call_jobs.hand_on(str(leg.id))
    wait_for(lambda: set(members(sandbox, leg.room)) == {attempt.call_sid, leg_now(leg).call_sid})
    becomes(attempt, AttemptState.WRAP_UP)
    return leg_now(leg), attempt


@pytest.mark.parametrize("control", Control)
def test_a_switch_of_a_supervisor_whose_job_was_lost_is_found_by_the_clock(
    sandbox: Twilio, control: Control
) -> None:
    sam = somebody()
    leg, attempt = takes_over(sandbox, sam)
    room = get_carrier().rooms.find(leg.room)
    assert room is not None
    call_sid = str(attempt.call_sid if control is Control.HOLD else leg.call_sid)
    [task] = [task for task in cron.tasks() if task.run is cron._apply_switches]
    for is_on in (True, False):
        get_redis().flushall()
        cron._run(task)
        assert queued() == []
        wants(sam, control, is_on)
        cron._run(task)
        assert queued() == [(Job.SWITCH_TAKEN_OVER, str(leg.id), control.value)]
        supervision_jobs.switch_taken_over(str(leg.id), control.value)
        told = sandbox.client.conferences(room.sid).participants(call_sid).fetch()
        assert (told.hold if control is Control.HOLD else told.muted) is is_on
    get_redis().flushall()
    wants(sam, control, True)
    do(lambda session, now: supervision.stop(session, sam, leg.agent_session_id, now))
    call_jobs.end_leg(str(leg.id))
    leg_becomes(leg, LegState.ENDED)
    cron._run(task)
    assert Job.SWITCH_TAKEN_OVER not in [name for name, *_ in queued()]


def test_a_person_taken_over_is_held_and_the_supervisor_muted(sandbox: Twilio, house: House) -> None:
    sam = somebody()
    leg, attempt = takes_over(sandbox, sam)
    room = get_carrier().rooms.find(leg.room)
    assert room is not None
    party = sandbox.client.conferences(room.sid).participants
    for control, call_sid, told in (
        (Control.HOLD, attempt.call_sid, "hold"),
        (Control.MUTE, leg_now(leg).call_sid, "muted"),
    ):
        for is_on in (True, False):
            switches(sam, leg, control, is_on)
            assert getattr(party(str(call_sid)).fetch(), told) is is_on
    house.furnish()
    switches(sam, leg, Control.HOLD, True)
    house.furnish(TWILIO_BASE_URL=sandbox.url)
    with transaction() as session:
        shown = own_call.of_viewer(session, sam.id, utc_now())
    assert (shown.is_held, shown.was_not_done) == (False, True)


def test_a_take_over_that_the_carrier_did_not_do_leaves_her_listening(sandbox: Twilio, house: House) -> None:
    agent, attempt = on_call(sandbox)
    sam = somebody()
    leg = in_room(sandbox, sam, agent, BARGE)
    do(lambda session, now: supervision.take_over(session, sam, agent.id, now))
    house.furnish()
    call_jobs.move_leg(str(leg.id))
    house.furnish(TWILIO_BASE_URL=sandbox.url)
    assert leg_now(leg).purpose is LISTEN
    supervision_jobs.apply_supervision(str(leg.id))
    assert heard(sandbox, agent, leg) == (True, False)
    assert now_of(attempt).state is AttemptState.CONNECTED


def test_a_supervisor_who_does_not_pick_up_takes_nothing_over(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    sam = somebody()
    sandbox.control.put(f"/sandbox/clients/{identity_of(sam.id)}", json={"registered": False})
    do(lambda session, now: supervision.take_over(session, sam, agent.id, now))
    leg = leg_of(agent)
    call_jobs.call_leg(str(leg.id))
    assert leg_becomes(leg, LegState.ENDED).carrier_error == "no_answer"
    assert now_of(attempt).state is AttemptState.CONNECTED
    assert set(members(sandbox, agent.room)) == {attempt.call_sid, agent.line_call_sid}
    assert [action for action, _, _ in log(attempt)] == ["taken_over", "ended"]
