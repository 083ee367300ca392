"""Supervision, against the sandbox with its webhooks coming back: who hears whom, and what is kept of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.errors import Conflict, Invalid
from dialer.domain.agent import AgentLine, LineState
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegPurpose, LegState
from dialer.domain.user import Role, identity_of
from dialer.services import agents, lines, supervision, supervision_pages
from dialer.store import agent_sessions
from dialer.store import legs as leg_rows
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.audit import AuditEntry
from dialer.store.legs import Leg
from dialer.store.users import User
from tests.factories import make_user, phone
from tests.house import House, somebody_waits_for_a_lock, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.legs import leg_becomes, leg_now, members
from tests.workers.situations import (
    LONG,
    agent_now,
    at_work,
    becomes,
    calls_to,
    line_of,
    now_of,
    on_call,
    participant,
)
from workers import call_jobs, jobs, supervision_jobs

pytestmark = pytest.mark.usefixtures("web")
LISTEN, WHISPER, BARGE = LegPurpose.LISTEN, LegPurpose.WHISPER, LegPurpose.BARGE


def do(what: Callable[[Session, datetime], object]) -> None:
    with transaction() as session:
        what(session, utc_now())
        session.flush()
        session.info.clear()


def somebody(name: str = "Sam Supervisor") -> User:
    with transaction() as session:
        return make_user(session, utc_now(), Role.SUPERVISOR, full_name=name)


def wishes(by: User, agent: AgentSession, purpose: LegPurpose) -> Leg:
    do(lambda session, now: supervision.supervise(session, by, agent.id, purpose, now))
    return leg_of(agent)


def leg_of(agent: AgentSession) -> Leg:
    with transaction() as session:
        return leg_rows.open_of_session(session, agent.id)[-1]


def in_room(twilio: Twilio, by: User, agent: AgentSession, purpose: LegPurpose) -> Leg:
    leg = wishes(by, agent, purpose)
    call_jobs.call_leg(str(leg.id))
    leg = leg_becomes(leg, LegState.JOINED)
    wait_for(lambda: leg.call_sid in members(twilio, agent.room))
    return leg


def heard(twilio: Twilio, agent: AgentSession, leg: Leg) -> tuple[bool, bool]:
    """Muted, coaching."""
    found: Any = participant(twilio, agent, leg.call_sid)
    if found.coaching:
        assert found.call_sid_to_coach == agent_now(agent).line_call_sid
    return bool(found.muted), bool(found.coaching)


def log(attempt: Attempt) -> list[tuple[str, str, int | None]]:
    with transaction() as session:
        rows = session.exec(
            select(AuditEntry).where(AuditEntry.subject == f"attempt {attempt.id}").order_by(AuditEntry.id)  # type: ignore[arg-type]  # a column at class level
        ).all()
        return [(row.action.removeprefix("supervision_"), row.detail["how"], row.user_id) for row in rows]


@pytest.mark.parametrize(
    ("purpose", "muted", "coaching"), [(LISTEN, True, False), (WHISPER, False, True), (BARGE, False, False)]
)
def test_each_way_is_rung_once_and_heard_by_whom_it_should(
    sandbox: Twilio, purpose: LegPurpose, muted: bool, coaching: bool
) -> None:
    agent, attempt = on_call(sandbox)
    sam = somebody()
    leg = in_room(sandbox, sam, agent, purpose)
    assert heard(sandbox, agent, leg) == (muted, coaching)
    assert leg.address == f"client:{identity_of(sam.id)}"
    assert calls_to(sandbox, leg.address) == 1
    assert log(attempt) == [("started", purpose.value, sam.id)]
    assert {attempt.call_sid, agent.line_call_sid, leg.call_sid} == set(members(sandbox, agent.room))


def test_she_changes_between_the_three_without_being_rung_again(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    sam = somebody()
    leg = in_room(sandbox, sam, agent, LISTEN)
    for purpose, muted, coaching in (
        (WHISPER, False, True),
        (BARGE, False, False),
        (WHISPER, False, True),
        (LISTEN, True, False),
        (BARGE, False, False),
        (LISTEN, True, False),
    ):
        assert wishes(sam, agent, purpose).id == leg.id
        assert leg_now(leg).carrier_error == supervision.SWITCHING
        for _ in range(2):
            supervision_jobs.apply_supervision(str(leg.id))
        assert heard(sandbox, agent, leg) == (muted, coaching)
        assert leg_now(leg).carrier_error is None
    assert wishes(sam, agent, LISTEN).carrier_error is None
    assert calls_to(sandbox, leg.address) == 1
    assert [how for action, how, _ in log(attempt) if action == "changed"] == [
        "whisper", "barge", "whisper", "listen", "barge", "listen",
    ]  # fmt: skip


def test_what_the_carrier_could_not_do_is_done_when_it_can(sandbox: Twilio, house: House) -> None:
    agent, _ = on_call(sandbox)
    sam = somebody()
    leg = in_room(sandbox, sam, agent, BARGE)
    wishes(sam, agent, LISTEN)
    house.furnish()
    supervision_jobs.apply_supervision(str(leg.id))
    with transaction() as session:
        assert supervision.not_switched(session) == [leg.id]
    house.furnish(TWILIO_BASE_URL=sandbox.url)
    assert heard(sandbox, agent, leg) == (False, False)
    supervision_jobs.apply_supervision(str(leg.id))
    assert heard(sandbox, agent, leg) == (True, False)
    with transaction() as session:
        assert supervision.not_switched(session) == []


def test_a_wish_while_it_rings_holds_when_she_picks_up(sandbox: Twilio) -> None:
    agent, _ = on_call(sandbox)
    sam = somebody()
    wishes(sam, agent, BARGE)
    leg = in_room(sandbox, sam, agent, WHISPER)
    assert heard(sandbox, agent, leg) == (False, True)


def test_at_her_telephone_it_is_the_telephone_that_rings(sandbox: Twilio) -> None:
    agent, _ = on_call(sandbox)
    sam, number = somebody(), phone()
    do(
        lambda session, now: lines.set_line(
            session, session.get_one(User, sam.id), AgentLine.PHONE, number, sam.id, now
        )
    )
    with transaction() as session:
        sam = session.get_one(User, sam.id)
    sandbox.script(number, "human", ring_seconds=1, talk_seconds=LONG, patience_seconds=LONG)
    leg = in_room(sandbox, sam, agent, LISTEN)
    assert leg.address == number
    assert heard(sandbox, agent, leg) == (True, False)


def test_the_agent_is_told_or_not(sandbox: Twilio) -> None:
    agent, _ = on_call(sandbox)
    sam = somebody()
    leg = wishes(sam, agent, LISTEN)

    def told(is_told: bool = True) -> list[str]:
        with transaction() as session:
            return list(supervision_pages.told_to(session, agent.id, is_told=is_told))

    assert told() == []
    call_jobs.call_leg(str(leg.id))
    leg_becomes(leg, LegState.JOINED)
    assert told() == ["Sam Supervisor is listening"]
    assert told(is_told=False) == []
    wishes(sam, agent, WHISPER)
    assert told() == ["Sam Supervisor whispers to you"]


def test_she_stops_and_the_call_goes_on(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    sam = somebody()
    leg = in_room(sandbox, sam, agent, LISTEN)
    do(lambda session, now: supervision.stop(session, sam, agent.id, now))
    for _ in range(2):
        call_jobs.end_leg(str(leg.id))
    leg_becomes(leg, LegState.ENDED)
    wait_for(lambda: set(members(sandbox, agent.room)) == {attempt.call_sid, agent.line_call_sid})
    assert now_of(attempt).state is AttemptState.CONNECTED
    assert log(attempt)[-1] == ("ended", "listen", sam.id)
    with pytest.raises(Conflict, match="not in this call"):
        do(lambda session, now: supervision.stop(session, sam, agent.id, now))


def test_her_leg_ends_with_the_call_and_when_it_goes_to_somebody_else(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    sam = somebody()
    leg = in_room(sandbox, sam, agent, LISTEN)
    do(lambda session, now: supervision.left_over(session, now))
    jobs.hang_up(str(attempt.id))
    becomes(attempt, AttemptState.WRAP_UP)
    with transaction() as session:
        assert supervision.left_over(session, utc_now()) == 1
        session.info.clear()
    call_jobs.end_leg(str(leg.id))
    leg_becomes(leg, LegState.ENDED)
    assert [action for action, _, _ in log(attempt)] == ["started", "ended"]
    with transaction() as session:
        assert supervision.left_over(session, utc_now()) == 0


def test_in_one_room_at_a_time(sandbox: Twilio) -> None:
    first, attempt = on_call(sandbox)
    second, _ = on_call(sandbox)
    sam = somebody()
    leg = in_room(sandbox, sam, first, LISTEN)
    wishes(sam, second, LISTEN)
    call_jobs.end_leg(str(leg.id))
    leg_becomes(leg, LegState.ENDED)
    assert log(attempt)[-1][0] == "ended"


def test_two_supervisors_may_be_in_one_room(sandbox: Twilio) -> None:
    agent, _ = on_call(sandbox)
    sam, kim = somebody(), somebody("Kim Keen")
    first = in_room(sandbox, sam, agent, LISTEN)
    second = in_room(sandbox, kim, agent, WHISPER)
    assert (heard(sandbox, agent, first), heard(sandbox, agent, second)) == ((True, False), (False, True))
    with transaction() as session:
        watches = supervision_pages.of_floor(session, kim.id)[str(agent.id)]
    assert [(watch.name, watch.how, watch.is_mine) for watch in watches] == [
        ("Kim Keen", "whisper", True),
        ("Sam Supervisor", "listen", False),
    ]


def test_who_whispers_follows_the_agents_line(sandbox: Twilio) -> None:
    agent, _ = on_call(sandbox)
    sam = somebody()
    leg = in_room(sandbox, sam, agent, WHISPER)
    identity = identity_of(agent.user_id)
    with transaction() as session:
        locked = agent_sessions.lock(session, agent.id)
        assert locked is not None
        locked.line_asked_at = utc_now() - timedelta(hours=1)
    assert sandbox.control.put(f"/sandbox/clients/{identity}", json={"drop": True}).status_code == 200
    wait_for(lambda: agent_now(agent).line_call_sid != agent.line_call_sid)
    supervision_jobs.apply_supervision(str(leg.id))
    assert heard(sandbox, agent, leg) == (True, False)
    jobs.call_agent(str(agent.id))
    line_of(agent, LineState.UP)
    with transaction() as session:
        assert supervision.not_switched(session) == [leg.id]
    supervision_jobs.apply_supervision(str(leg.id))
    assert heard(sandbox, agent, leg) == (False, True)


def test_only_a_call_of_somebody_else_is_supervised(sandbox: Twilio) -> None:
    idle = at_work()
    sam = somebody()
    with pytest.raises(Conflict, match="no call now"):
        do(lambda session, now: supervision.take_over(session, sam, idle.id, now))
    with pytest.raises(Conflict, match="no call now"):
        do(lambda session, now: supervision.supervise(session, sam, idle.id, LISTEN, now))
    agent, _ = on_call(sandbox, idle)
    with pytest.raises(Invalid):
        do(lambda session, now: supervision.supervise(session, sam, agent.id, LegPurpose.CONSULT, now))
    with transaction() as session:
        herself = session.get_one(User, agent.user_id)
    with pytest.raises(Conflict, match="your own"):
        do(lambda session, now: supervision.supervise(session, herself, agent.id, LISTEN, now))


def test_with_the_agents_line_down_a_whisper_is_heard_by_nobody(sandbox: Twilio) -> None:
    agent, _ = on_call(sandbox)
    sam = somebody()
    leg = wishes(sam, agent, WHISPER)
    with transaction() as session:
        locked = agent_sessions.lock(session, agent.id)
        assert locked is not None
        agents.line_is_down(session, locked, locked.line_call_sid, utc_now())
        session.info.clear()
    call_jobs.call_leg(str(leg.id))
    leg = leg_becomes(leg, LegState.JOINED)
    wait_for(lambda: leg.call_sid in members(sandbox, agent.room))
    assert participant(sandbox, agent, leg.call_sid).muted


def test_a_whisper_that_ends_as_the_agents_line_comes_up_is_left_alone(sandbox: Twilio) -> None:
    agent, _ = on_call(sandbox)
    leg = in_room(sandbox, somebody(), agent, WHISPER)

    def line_comes_up() -> None:
        with transaction() as session:
            supervision.line_came_up(session, supervision.whispering(session, agent.id))
            session.info.clear()

    with ThreadPoolExecutor(1) as thread, transaction() as session:
        held = leg_rows.lock(session, leg.id)
        assert held is not None
        held.purpose = LISTEN
        session.flush()
        coming = thread.submit(line_comes_up)
        wait_for(somebody_waits_for_a_lock)
        session.commit()
        coming.result()
    assert (leg_now(leg).purpose, leg_now(leg).carrier_error) == (LISTEN, None)
