"""A leg from the asking to its end, against the sandbox with its webhooks coming back."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlmodel import select

from dialer.core.clock import real_now, utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.domain.leg import LegPurpose, LegState
from dialer.services import leg_news, leg_sweeper, legs, unwanted_calls
from dialer.services.sweeper import Patience
from dialer.services.unseen import UNSEEN
from dialer.store import legs as leg_rows
from dialer.store.agent_sessions import AgentSession
from dialer.store.carrier_events import CarrierEvent
from dialer.store.legs import Leg
from dialer.telephony.port import Placed
from dialer.telephony.urls import CarrierUrls
from tests.factories import phone, sid
from tests.house import House, queued, somebody_waits_for_a_lock, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.legs import leg_becomes, leg_now, members
from tests.workers.situations import LONG, at_work, calls_to, plan_faults
from workers import call_jobs, jobs

pytestmark = pytest.mark.usefixtures("web")
PATIENCE = Patience.of_real(lambda seconds: timedelta(seconds=seconds))
LATER = timedelta(hours=1)


def asked(agent: AgentSession, purpose: LegPurpose = LegPurpose.LISTEN) -> Leg:
    with transaction() as session:
        leg = legs.ask(session, agent, purpose, phone(), agent.user_id, utc_now())
        session.info.clear()
    return leg


def test_a_leg_is_called_once_joins_the_agents_room_and_is_ended(sandbox: Twilio) -> None:
    agent = at_work()
    leg = asked(agent)
    sandbox.script(leg.address, "human", ring_seconds=1, talk_seconds=LONG, patience_seconds=LONG)
    for _ in range(2):
        call_jobs.call_leg(str(leg.id))
    joined = leg_becomes(leg, LegState.JOINED)
    assert calls_to(sandbox, leg.address) == 1
    wait_for(lambda: len(members(sandbox, agent.room)) == 2)
    for _ in range(2):
        call_jobs.end_leg(str(leg.id))
    assert leg_becomes(leg, LegState.ENDED).joined_at == joined.joined_at
    wait_for(lambda: sandbox.status(joined.call_sid) == "completed")


@pytest.mark.parametrize(
    ("behaviour", "why"), [("no_answer", "no_answer"), ("busy", "busy"), ("failed", "failed")]
)
def test_a_leg_that_nobody_takes_says_why(sandbox: Twilio, behaviour: str, why: str) -> None:
    leg = asked(at_work())
    sandbox.script(leg.address, behaviour, ring_seconds=1)
    call_jobs.call_leg(str(leg.id))
    ended = leg_becomes(leg, LegState.ENDED)
    assert (ended.carrier_error, ended.joined_at) == (why, None)


def test_a_leg_that_is_too_fast_is_asked_for_again(house: House, sandbox: Twilio) -> None:
    leg = asked(at_work())
    sandbox.script(leg.address, "human", ring_seconds=1, talk_seconds=LONG, patience_seconds=LONG)
    plan_faults(sandbox, create_refused=1.0, create_refused_code=20429)
    call_jobs.call_leg(str(leg.id))
    assert (leg_now(leg).state, leg_now(leg).carrier_error) == (LegState.CALLING, None)
    assert queued() == [(Job.CALL_LEG, str(leg.id))]
    plan_faults(sandbox)
    get_redis().flushall()
    for _ in range(2):
        call_jobs.call_leg(str(leg.id))
    assert leg_becomes(leg, LegState.JOINED).call_sid is not None
    assert calls_to(sandbox, leg.address) == 1


def test_a_leg_in_doubt_is_taken_up_by_its_webhooks_and_never_called_again(sandbox: Twilio) -> None:
    agent = at_work()
    plan_faults(sandbox, create_answer_lost=1.0)
    leg = asked(agent)
    sandbox.script(leg.address, "human", ring_seconds=1, talk_seconds=LONG, patience_seconds=LONG)
    for _ in range(2):
        call_jobs.call_leg(str(leg.id))
    assert leg_becomes(leg, LegState.JOINED).carrier_error is None
    assert calls_to(sandbox, leg.address) == 1


def test_a_leg_in_doubt_that_the_carrier_never_had_is_given_up(sandbox: Twilio) -> None:
    agent = at_work()
    plan_faults(sandbox, create_request_lost=1.0)
    leg = asked(agent)
    call_jobs.call_leg(str(leg.id))
    with transaction() as session:
        leg_sweeper.never_called(session, utc_now(), PATIENCE)
        session.info.clear()
    assert leg_now(leg).state is LegState.CALLING
    with transaction() as session:
        leg_sweeper.never_called(session, utc_now() + LATER, PATIENCE)
    assert leg_now(leg).state is LegState.ENDED
    assert calls_to(sandbox, leg.address) == 0


def test_a_leg_whose_end_was_never_told_is_ended_by_asking(sandbox: Twilio) -> None:
    agent = at_work()
    plan_faults(sandbox, callback_dropped=1.0)
    leg = asked(agent)
    sandbox.script(leg.address, "busy", ring_seconds=1)
    call_jobs.call_leg(str(leg.id))
    wait_for(lambda: sandbox.status(leg_now(leg).call_sid) == "busy")
    with transaction() as session:
        assert leg_sweeper.to_ask_about(session, utc_now() + LATER, PATIENCE) == [leg.id]
    call_jobs.check_leg(str(leg.id))
    assert leg_now(leg).state is LegState.ENDED


def test_a_leg_that_the_carrier_does_not_show_goes_on_for_a_while(sandbox: Twilio) -> None:
    leg = asked(at_work())
    sandbox.script(leg.address, "human", ring_seconds=LONG)
    call_jobs.call_leg(str(leg.id))
    plan_faults(sandbox, read_lagged=1.0, read_lag_seconds=LONG)
    call_jobs.check_leg(str(leg.id))
    assert leg_now(leg).state is not LegState.ENDED
    with transaction() as session:
        session.exec(select(CarrierEvent).where(CarrierEvent.kind == UNSEEN)).one().received_at -= LATER
    call_jobs.check_leg(str(leg.id))
    assert leg_now(leg).state is LegState.ENDED
    plan_faults(sandbox)
    assert sandbox.status(leg_now(leg).call_sid) in ("completed", "canceled")


def test_a_leg_whose_job_was_lost_is_queued_again_and_given_up_when_late(
    house: House, sandbox: Twilio
) -> None:
    leg = asked(at_work())
    with transaction() as session:
        leg_sweeper.never_called(session, utc_now() + timedelta(seconds=10), PATIENCE)
    assert (Job.CALL_LEG, str(leg.id)) in queued()
    with transaction() as session:
        leg_sweeper.never_called(session, utc_now() + LATER, PATIENCE)
    call_jobs.call_leg(str(leg.id))
    assert leg_now(leg).state is LegState.ENDED
    assert calls_to(sandbox, leg.address) == 0


def test_a_leg_is_not_given_up_while_a_worker_may_ask_for_it(sandbox: Twilio) -> None:
    leg = asked(at_work())
    with transaction() as worker:
        assert leg_rows.try_hold(worker, leg.id)
        call_jobs.call_leg(str(leg.id))
        with transaction() as session:
            leg_sweeper.never_called(session, utc_now() + LATER, PATIENCE)
        assert leg_now(leg).state is LegState.CALLING
    assert calls_to(sandbox, leg.address) == 0
    with transaction() as session:
        leg_sweeper.never_called(session, utc_now() + LATER, PATIENCE)
    assert leg_now(leg).state is LegState.ENDED


def test_a_worker_that_stood_still_does_not_call_a_leg(sandbox: Twilio, house: House) -> None:
    leg = asked(at_work())
    worker = Thread(target=call_jobs.call_leg, args=(str(leg.id),))
    with transaction() as session:
        leg_rows.lock(session, leg.id)
        worker.start()
        wait_for(somebody_waits_for_a_lock)
        house.furnish(
            TWILIO_BASE_URL=sandbox.url,
            CLOCK_START=(utc_now() + LATER).isoformat(),
            CLOCK_REAL_START=real_now().isoformat(),
        )
    worker.join()
    assert calls_to(sandbox, leg.address) == 0
    assert (leg_now(leg).state, leg_now(leg).carrier_error) == (LegState.CALLING, None)
    assert (Job.CALL_LEG, str(leg.id)) in queued()


@pytest.mark.parametrize("ring_seconds", [1, LONG])
def test_a_second_call_of_a_leg_is_noted_and_hung_up_on(sandbox: Twilio, ring_seconds: int) -> None:
    leg, other = asked(at_work()), phone()
    for number, seconds in ((leg.address, 1), (other, ring_seconds)):
        sandbox.script(number, "human", ring_seconds=seconds, talk_seconds=LONG, patience_seconds=LONG)
    call_jobs.call_leg(str(leg.id))
    first = leg_becomes(leg, LegState.JOINED)
    urls = CarrierUrls(str(get_settings().public_url))
    second = sandbox.dial(
        other,
        url=urls.leg_answer(leg.id),
        status_callback=urls.leg_status(leg.id),
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    assert second.sid is not None
    wait_for(lambda: (Job.END_CALL, second.sid) in queued())
    jobs.end_call(second.sid)
    wait_for(lambda: sandbox.status(second.sid) in ("completed", "canceled"))
    jobs.end_call(second.sid)
    assert sandbox.status(first.call_sid) == "in-progress"
    assert leg_now(leg).call_sid == first.call_sid
    with transaction() as session:
        assert unwanted_calls.still_up(session, utc_now() + LATER) == []


def test_a_second_answer_to_a_legs_asking_is_a_call_to_be_ended(sandbox: Twilio) -> None:
    leg, second = asked(at_work()), sid()
    sandbox.script(leg.address, "human", ring_seconds=LONG)
    call_jobs.call_leg(str(leg.id))
    first = leg_now(leg).call_sid
    with transaction() as session:
        leg_news.called(session, leg.id, Placed(second), utc_now())
    assert leg_now(leg).call_sid == first
    assert (Job.END_CALL, second) in queued()
