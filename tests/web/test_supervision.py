"""Supervision on pages: what the floor offers a supervisor, and what the agent's desk says of it."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlmodel import Session

from dialer.core.clock import utc_now
from dialer.core.queue import Job
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegPurpose, LegState
from dialer.domain.user import Role
from dialer.services import attempts as attempt_services
from dialer.store import legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.legs import Leg
from dialer.web import rendering
from tests.factories import make_campaign, make_session, make_user, sid, talk
from tests.house import House, commit, queued
from tests.web.visitor import Visitor, browser, sign_in, words

FLOOR = "/supervisor/floor"


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.SUPERVISOR)


@pytest.fixture
def agent(supervisor: Visitor, session: Session, now: datetime) -> AgentSession:
    """On a call."""
    agent = talk(session, now).agent
    commit(session)
    return agent


def path(agent: AgentSession, what: str) -> str:
    return f"{FLOOR}/agents/{agent.id}/{what}"


def leg_of(session: Session, agent: AgentSession) -> Leg:
    session.expire_all()
    return legs.open_of_session(session, agent.id)[-1]


def is_joined(session: Session, leg: Leg) -> None:
    leg.state, leg.call_sid, leg.carrier_error = LegState.JOINED, sid(), None
    commit(session)


def test_an_agent_in_a_call_may_be_listened_to_and_no_other(
    supervisor: Visitor, agent: AgentSession, session: Session, now: datetime
) -> None:
    idle = make_session(session, make_campaign(session, now), now)
    commit(session)
    shown = supervisor.get(FLOOR).text
    assert path(agent, "supervise") in shown
    assert path(idle, "supervise") not in shown
    assert path(agent, "stop") not in shown


def test_listening_rings_the_supervisor_and_shows_the_ways_with_their_keys(
    supervisor: Visitor, agent: AgentSession, session: Session
) -> None:
    answer = supervisor.post(path(agent, "supervise"), {"how": "listen"}, htmx=True)
    assert answer.status_code == 200
    assert "Your line rings" in words(answer)
    leg = leg_of(session, agent)
    assert (leg.purpose, leg.user_id) == (LegPurpose.LISTEN, supervisor.user.id)
    assert (Job.CALL_LEG, str(leg.id)) in queued()
    is_joined(session, leg)
    answer = supervisor.post(path(agent, "supervise"), {"how": "whisper"}, htmx=True)
    assert "Switching" in words(answer)
    assert 'aria-pressed="true" data-key="w"' in answer.text
    assert all(f'data-key="{key}"' in answer.text for key in "lwbts")
    assert (Job.APPLY_SUPERVISION, str(leg.id)) in queued()
    taken = supervisor.post(path(agent, "take-over"), htmx=True)
    assert "Taking over" in words(taken)
    assert (Job.MOVE_LEG, str(leg.id)) in queued()


def test_stopping_ends_the_leg_once(supervisor: Visitor, agent: AgentSession, session: Session) -> None:
    supervisor.post(path(agent, "supervise"), {"how": "barge"}, htmx=True)
    is_joined(session, leg_of(session, agent))
    assert supervisor.post(path(agent, "stop"), htmx=True).status_code == 200
    assert (Job.END_LEG, str(leg_of(session, agent).id)) in queued()


@pytest.mark.parametrize("how", ["", "consult", "hand_on", "shout"])
def test_there_are_three_ways_to_be_in_a_room(supervisor: Visitor, agent: AgentSession, how: str) -> None:
    assert supervisor.post(path(agent, "supervise"), {"how": how}, htmx=True).status_code == 422


def ended(session: Session, leg: Leg) -> None:
    leg.state, leg.joined_at, leg.ended_at = LegState.ENDED, leg.asked_at, utc_now()
    commit(session)


def test_the_top_of_the_floor_tells_of_her_own_call_and_of_its_end(
    supervisor: Visitor, house: House, agent: AgentSession, session: Session, now: datetime
) -> None:
    house.furnish(OFFICE_TIME_ZONE="America/Chicago")
    assert "You are in no call" in supervisor.read(FLOOR)
    supervisor.post(path(agent, "supervise"), {"how": "listen"}, htmx=True)
    leg = leg_of(session, agent)
    is_joined(session, leg)
    assert "You listen to Ada" in supervisor.read(FLOOR)
    attempt = session.get_one(Attempt, leg.attempt_id)
    attempt_services.progress(session, attempt, str(attempt.call_sid), "completed", None, now)
    commit(session)
    assert "The call has ended at 12:30 CST" in supervisor.read(FLOOR)
    ended(session, leg)
    told = supervisor.get(FLOOR)
    assert "The call has ended at 12:30 CST" in words(told)
    assert 'data-announce="The call has ended at 12:30 CST."' in told.text
    leg.ended_at = now - timedelta(minutes=6)
    commit(session)
    assert "You are in no call" in supervisor.read(FLOOR)


def test_left_by_herself_it_is_told_so(supervisor: Visitor, agent: AgentSession, session: Session) -> None:
    supervisor.post(path(agent, "supervise"), {"how": "listen"}, htmx=True)
    leg = leg_of(session, agent)
    is_joined(session, leg)
    ended(session, leg)
    assert "You have left the call at" in supervisor.read(FLOOR)


def taken_over(supervisor: Visitor, agent: AgentSession, session: Session, now: datetime) -> Leg:
    """The person talks with the supervisor, who took her over."""
    supervisor.post(path(agent, "take-over"), htmx=True)
    leg = leg_of(session, agent)
    is_joined(session, leg)
    leg.joined_at = now
    attempt = session.get_one(Attempt, leg.attempt_id)
    attempt.state, attempt.handed_on_at = AttemptState.WRAP_UP, now
    commit(session)
    return leg


def test_a_call_taken_over_is_at_the_top_with_its_number_its_script_and_its_controls(
    supervisor: Visitor, agent: AgentSession, session: Session, now: datetime
) -> None:
    leg = taken_over(supervisor, agent, session, now)
    attempt = session.get_one(Attempt, leg.attempt_id)
    shown = supervisor.get(FLOOR)
    top = words(shown).split("Agents signed in")[0]
    assert f"You talk with Grace Okafor {rendering.phone(attempt.phone)}" in top
    assert "Hold O Mute M Hang up S" in top
    assert shown.text.count('data-key="s"') == 1
    script = supervisor.read(f"{FLOOR}/calls/{attempt.id}/script")
    assert "Grace" in script
    for control, on, off in (("hold", "Off hold", "Hold O"), ("mute", "Unmute", "Mute M")):
        address = f"{FLOOR}/agents/own-call/{control}"
        assert on in words(supervisor.post(address, {"on": "true"}, htmx=True))
        assert (Job.SWITCH_TAKEN_OVER, str(leg.id), control) in queued()
        assert off in words(supervisor.post(address, {"on": "false"}, htmx=True))
    assert supervisor.post(path(agent, "stop"), htmx=True).status_code == 200
    assert (Job.END_LEG, str(leg.id)) in queued()


def test_without_a_call_taken_over_there_is_nothing_to_hold(supervisor: Visitor) -> None:
    for control, status in (("hold", 409), ("mute", 409), ("shout", 422)):
        answer = supervisor.post(f"{FLOOR}/agents/own-call/{control}", {"on": "true"}, htmx=True)
        assert answer.status_code == status
    unknown = f"{FLOOR}/calls/00000000-0000-0000-0000-000000000000/script"
    assert supervisor.get(unknown).status_code == 404


def test_others_in_the_room_are_shown(
    supervisor: Visitor, agent: AgentSession, session: Session, now: datetime
) -> None:
    kim = make_user(session, now, Role.SUPERVISOR, full_name="Kim Keen")
    session.add(
        Leg(
            purpose=LegPurpose.WHISPER,
            state=LegState.JOINED,
            agent_session_id=agent.id,
            asked_by_id=kim.id,
            user_id=kim.id,
            address="client:kim",
            asked_at=now,
        )
    )
    commit(session)
    assert "Kim Keen whispers" in supervisor.read(FLOOR)


def test_the_agents_desk_tells_of_it_where_it_may(
    supervisor: Visitor, web: httpx.Client, house: House, session: Session, now: datetime
) -> None:
    with browser(web) as client:
        agent = sign_in(client, session, now, Role.AGENT)
        talking = talk(session, now).agent
        talking.user_id = agent.user.id
        commit(session)
        assert "is listening" not in agent.read("/desk")
        supervisor.post(path(talking, "supervise"), {"how": "listen"}, htmx=True)
        is_joined(session, leg_of(session, talking))
        assert f"{supervisor.user.full_name} is listening" in agent.read("/desk")
        house.furnish(TELL_AGENTS_WHEN_LISTENED_TO="false")
        assert "is listening" not in agent.read("/desk")


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.MANAGER])
def test_who_speaks_gets_a_token_and_nobody_else(
    web: httpx.Client, house: House, session: Session, now: datetime, role: Role
) -> None:
    house.furnish(
        TWILIO_API_KEY_SID="SK" + "0" * 32, TWILIO_API_KEY_SECRET="a secret of thirty-two bytes, at least"
    )
    answer = sign_in(web, session, now, role).get("/voice-token")
    if role is Role.MANAGER:
        assert answer.status_code == 403
    else:
        assert set(answer.json()) == {"token", "seconds"}
