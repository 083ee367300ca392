"""The desk's controls of the call that goes on: what they ask for, and what the page then says."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlmodel import Session

from dialer.core.queue import Job
from dialer.domain.leg import LegPurpose, LegState
from dialer.domain.user import Role
from dialer.services import attempts as attempt_services
from dialer.store import agent_sessions, caller_ids, legs
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.users import User, WebSession
from tests.factories import (
    answer,
    make_campaign,
    make_contact,
    make_session,
    make_user,
    phone,
    place,
    talk,
)
from tests.house import commit, queued
from tests.web.visitor import Visitor, browser, sign_in, words

DESK = "/desk"


@pytest.fixture
def agent(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.AGENT)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now)


@pytest.fixture
def call(agent: Visitor, campaign: Campaign, session: Session, now: datetime) -> Attempt:
    """A person joined to her."""
    make_session(session, campaign, now, agent.user)
    attempt = place(session, campaign, make_contact(session, campaign, now), now)
    answer(session, attempt, now)
    attempt_services.joined(session, attempt, now)
    session.info.clear()
    commit(session)
    return attempt


def ask(agent: Visitor, call: Attempt, path: str, **fields: object) -> httpx.Response:
    return agent.post(f"{DESK}/{path}", {"attempt_id": str(call.id)} | fields, htmx=True)


def test_hold_and_off_hold_by_what_the_page_shows(agent: Visitor, call: Attempt, session: Session) -> None:
    assert 'id="call"' in agent.get(DESK).text
    held = ask(agent, call, "hold", on="true")
    assert "On hold" in words(held)
    session.refresh(call)
    assert call.held_at is not None
    assert "Off hold" in words(held)
    assert "Talking" in words(ask(agent, call, "hold", on="false"))
    assert queued() == [(Job.APPLY_HOLD, str(call.id))] * 2


def test_muted_is_said_until_it_is_taken_back(agent: Visitor, call: Attempt) -> None:
    assert "You are muted" in words(ask(agent, call, "mute", on="true"))
    assert "You are muted" not in words(ask(agent, call, "mute", on="false"))
    assert {job for job, *_ in queued()} == {Job.APPLY_MUTE}


def test_keypad_tones_are_sent_as_they_are_typed(agent: Visitor, call: Attempt) -> None:
    assert ask(agent, call, "tones", digits="1*#").status_code == 204
    assert queued() == [(Job.SEND_TONES, str(call.id), "1sh")]
    refused = ask(agent, call, "tones", digits="12a")
    assert (refused.status_code, "Keypad tones are" in refused.headers["x-message"]) == (422, True)
    ask(agent, call, "hold", on="true")
    assert ask(agent, call, "tones", digits="1").status_code == 409


def test_the_end_of_the_call_takes_the_controls_away(
    agent: Visitor, call: Attempt, session: Session, now: datetime
) -> None:
    attempt_services.progress(session, call, str(call.call_sid), "completed", 9, now)
    commit(session)
    assert 'id="call"' not in agent.get(f"{DESK}/state").text
    assert ask(agent, call, "hold", on="true").status_code == 409
    assert ask(agent, call, "mute", on="true").status_code == 409


def test_the_list_of_who_could_take_the_call(
    agent: Visitor, call: Attempt, session: Session, now: datetime
) -> None:
    other = make_campaign(session, now)
    free = make_session(session, other, now, make_user(session, now, full_name="Fay Free"))
    rep = make_user(session, now, Role.MANAGER, full_name="Rita Rep", phone=phone())
    commit(session)
    shown = agent.get(f"{DESK}/transfer").text
    assert all(
        f'value="{key}"' in shown
        for key in (f"agent:{free.id}", f"team:{other.id}", f"person:{rep.id}", "number")
    )
    assert f"person:{agent.user.id}" not in shown
    assert f"person:{free.user_id}" not in shown


def test_nobody_is_chosen_before_the_agent_chooses_and_teams_are_shown(
    agent: Visitor, call: Attempt, campaign: Campaign, session: Session, now: datetime
) -> None:
    other = make_campaign(session, now)
    make_session(session, other, now)
    commit(session)
    shown = agent.get(f"{DESK}/transfer")
    assert "checked" not in shown.text
    assert f"{other.name} 1 free" in words(shown)
    assert f"{campaign.name} nobody free" in words(shown)
    assert f"team:{campaign.id}" not in shown.text


def test_who_is_in_a_call_is_shown_so_and_takes_no_other(
    agent: Visitor, call: Attempt, session: Session, now: datetime
) -> None:
    busy = talk(session, now).agent
    user = session.get_one(User, busy.user_id)
    user.phone = phone()
    commit(session)
    shown = agent.get(f"{DESK}/transfer").text
    assert "in a call" in shown
    assert f"person:{user.id}" not in shown
    refused = ask(agent, call, "transfer", to=f"person:{user.id}")
    assert refused.status_code == 409
    assert f"{user.full_name} is not free now: in a call." in refused.headers["X-Message"]


def test_our_own_numbers_take_no_call(agent: Visitor, call: Attempt, session: Session, now: datetime) -> None:
    caller_ids.include(session, call.campaign_id, "+13125550177", now)
    commit(session)
    refused = ask(agent, call, "transfer", to="number", number="+13125550177")
    assert refused.status_code == 422
    assert "one of our own numbers" in refused.headers["X-Message"]


def test_passed_on_to_an_agent_she_is_reserved_and_asked_for(
    agent: Visitor, call: Attempt, session: Session, now: datetime
) -> None:
    free = make_session(session, make_campaign(session, now), now)
    commit(session)
    assert ask(agent, call, "transfer", to=f"agent:{free.id}").status_code == 200
    assert queued() == [(Job.PASS_ON, str(call.id), str(call.agent_session_id), str(free.id))]
    again = ask(agent, call, "transfer", to=f"agent:{free.id}")
    assert again.status_code == 409
    session.expire_all()
    reserved = agent_sessions.lock(session, free.id)
    assert reserved is not None
    assert reserved.state.value == "reserved"


@pytest.mark.parametrize("kind", ["agent", "team"])
def test_an_agent_is_asked_first_and_reads_along(
    agent: Visitor, call: Attempt, web: httpx.Client, session: Session, now: datetime, kind: str
) -> None:
    with browser(web) as client:
        other = sign_in(client, session, now, Role.AGENT)
        free = make_session(session, make_campaign(session, now), now, other.user)
        commit(session)
        to = f"agent:{free.id}" if kind == "agent" else f"team:{free.campaign_id}"
        shown = ask(agent, call, "transfer", to=to, way="talk")
        assert f"Ringing {other.user.full_name}" in words(shown)
        leg = legs.of_line(session, free.id)
        assert leg is not None
        assert set(queued()) == {(Job.MOVE_LINE, str(leg.id)), (Job.APPLY_HOLD, str(call.id))}
        hers = other.get(DESK)
        assert f"{agent.user.full_name} asks you" in words(hers)
        assert 'data-state="asked"' in hers.text
        assert 'id="conclude-form"' not in hers.text
        assert ask(other, call, "disposition", disposition="lead").status_code == 404
        assert ask(agent, call, "transfer/leave").status_code == 409
        ask(agent, call, "transfer/back")
        assert 'data-state="ready"' in other.get(DESK).text


def test_a_number_is_called_in_while_the_person_holds(
    agent: Visitor, call: Attempt, session: Session
) -> None:
    shown = ask(agent, call, "transfer", to="number", number="+1 312 555 0188", way="talk")
    assert "Ringing +1 312-555-0188" in words(shown)
    leg = legs.last_of_attempt(session, call.id)
    assert leg is not None
    assert (leg.purpose, leg.address) == (LegPurpose.CONSULT, "+13125550188")
    assert (Job.CALL_LEG, str(leg.id)) in queued()
    assert ask(agent, call, "disposition", disposition="do_not_call").status_code == 409
    assert ask(agent, call, "transfer/leave").status_code == 409
    back = ask(agent, call, "transfer/back")
    assert "Talking" in words(back)
    session.refresh(leg)
    assert leg.state is LegState.ENDED


@pytest.mark.parametrize(
    "fields",
    [
        {"to": ""},
        {"to": "agent:nobody"},
        {"to": "team:x"},
        {"to": "number", "number": "12"},
        {"to": "person:0", "way": "sideways"},
    ],
)
def test_what_can_not_be_is_refused(agent: Visitor, call: Attempt, fields: dict[str, str]) -> None:
    assert ask(agent, call, "transfer", **fields).status_code == 422
    assert queued() == []


def test_nobody_touches_anothers_call(
    web: httpx.Client, agent: Visitor, call: Attempt, session: Session, now: datetime
) -> None:
    with browser(web) as client:
        stranger = sign_in(client, session, now, Role.AGENT)
        for path in ("hold", "transfer/leave", "transfer/back"):
            assert ask(stranger, call, path, on="true").status_code == 404
        assert ask(stranger, call, "tones", digits="1").status_code == 404


@pytest.mark.parametrize(
    ("why", "told"),
    [("busy", "is busy."), ("no_answer", "did not answer."), ("21217: not valid", "could not be reached.")],
)
def test_who_did_not_come_is_said(
    agent: Visitor, call: Attempt, session: Session, now: datetime, why: str, told: str
) -> None:
    ask(agent, call, "transfer", to="number", number="+1 312 555 0188")
    leg = legs.last_of_attempt(session, call.id)
    assert leg is not None
    leg.state, leg.ended_at, leg.carrier_error = LegState.ENDED, now, why
    commit(session)
    assert f"+1 312-555-0188 {told}" in agent.read(DESK)


@pytest.mark.parametrize(
    ("role", "number", "is_signed_in", "is_offered"),
    [
        (Role.SUPERVISOR, None, True, True),
        (Role.ADMIN, None, True, True),
        (Role.SUPERVISOR, None, False, False),
        (Role.MANAGER, None, True, False),
        (Role.MANAGER, "+13125550142", False, True),
    ],
)
def test_only_who_can_be_reached_is_offered_and_called(
    web: httpx.Client,
    session: Session,
    now: datetime,
    agent: Visitor,
    call: Attempt,
    role: Role,
    number: str | None,
    is_signed_in: bool,
    is_offered: bool,
) -> None:
    other = make_user(session, now, role, phone=number)
    if is_signed_in:
        session.add(
            WebSession(
                token_hash="h",
                user_id=other.id,
                csrf_token="c",
                created_at=now,
                expires_at=now + timedelta(days=1),
            )
        )
    commit(session)
    key = f"person:{other.id}"
    assert (key in agent.get(f"{DESK}/transfer?attempt_id={call.id}").text) is is_offered
    assert ask(agent, call, "transfer", to=key).status_code == (200 if is_offered else 404)
    assert (legs.last_of_attempt(session, call.id) is not None) is is_offered


def test_a_call_is_not_passed_on_to_herself(agent: Visitor, call: Attempt, session: Session) -> None:
    session.get_one(User, agent.user.id).phone = "+13125550142"
    commit(session)
    assert ask(agent, call, "transfer", to=f"person:{agent.user.id}").status_code == 404
    assert legs.last_of_attempt(session, call.id) is None
