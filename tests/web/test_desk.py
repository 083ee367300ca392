"""The desk's forms: a shift, pauses, answers, a disposition once, and errors at their fields."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
from sqlmodel import Session, select

from dialer.core.queue import Job
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import DialMode
from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.user import Role
from dialer.services import agents, sweeper
from dialer.services import attempts as attempt_services
from dialer.store.agent_sessions import AgentSession, of_user
from dialer.store.attempts import Answer, Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.dispositions import by_code
from dialer.store.leads import Lead, of_contact
from dialer.web.rendering import STATIC
from tests.factories import answer, make_campaign, make_contact, make_session, place, sid
from tests.house import commit, queued
from tests.web.visitor import HTMX, Visitor, browser, sign_in, words

DESK = "/desk"


@pytest.fixture
def agent(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.AGENT)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    campaign = make_campaign(session, now)
    commit(session)
    return campaign


@pytest.fixture
def call(agent: Visitor, campaign: Campaign, session: Session, now: datetime) -> Attempt:
    """A person in Chicago, joined to her."""
    shift = make_session(session, campaign, now, agent.user)
    attempt = place(session, campaign, make_contact(session, campaign, now), now)
    answer(session, attempt, now)
    attempt_services.joined(session, attempt, now)
    session.info.clear()
    commit(session)
    assert shift.state is SessionState.ON_CALL
    return attempt


def state(answer: httpx.Response) -> str:
    found = re.search(r'id="desk"[^>]*data-state="(\w+)"', answer.text)
    assert found is not None, answer.text[:500]
    return found[1]


def error_at(answer: httpx.Response) -> str:
    assert answer.status_code == 422, words(answer)
    return words(answer)


def test_every_key_of_the_desk_is_in_its_help(agent: Visitor) -> None:
    """Keys stand in the templates as attributes, as arguments, and in the script's list of steps."""
    html = agent.get(DESK).text.split('<dl class="keys">')[1].split("</dl>")[0]
    told = "".join(re.sub(r"</?kbd>|</kbd> ", "", html).split())
    source = "".join(path.read_text() for path in (STATIC.with_name("templates") / "agent").glob("*.html"))
    keys = set(re.findall(r'key="([^"{]+)"', source))
    keys |= set(re.findall(r'control\([^\n]*?"([A-Z])"', source)) | set(re.findall(r'"(Arrow\w+)"', source))
    assert {"Enter", "H", "O", "M", "L", "B", "N", "/", "ArrowUp"} <= keys
    caps = {"Enter": "↵", "⇧Enter": "⇧↵", "Escape": "Esc"}
    caps |= {"ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓"}
    shown = {key: caps.get(key, f"⇧{key}" if key.isupper() else key) for key in keys}
    assert [key for key, cap in shown.items() if cap not in told] == []


def test_an_agent_chooses_a_campaign_and_starts(
    agent: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    make_contact(session, campaign, now)
    commit(session)
    shown = agent.read(DESK)
    assert campaign.name in shown
    started = agent.post(f"{DESK}/start", {"campaign_id": campaign.id}, htmx=True)
    assert state(started) == "connecting"
    shift = of_user(session, agent.user.id)
    assert shift is not None
    assert queued() == [(Job.CALL_AGENT, str(shift.id))]
    second_tab = agent.post(f"{DESK}/start", {"campaign_id": campaign.id}, htmx=True)
    assert state(second_tab) == "connecting"
    assert len(session.exec(select(AgentSession)).all()) == 1
    agents.line_is_up(session, shift, sid(), now)
    commit(session)
    assert state(agent.get(f"{DESK}/state")) == "ready"


def test_one_shift_at_a_time(agent: Visitor, campaign: Campaign, session: Session, now: datetime) -> None:
    make_session(session, make_campaign(session, now), now, agent.user)
    commit(session)
    refused = agent.post(f"{DESK}/start", {"campaign_id": campaign.id}, htmx=True)
    assert refused.status_code == 422
    shift = of_user(session, agent.user.id)
    assert shift is not None
    assert shift.campaign_id != campaign.id
    assert agent.post(f"{DESK}/start", {"campaign_id": 99999}, htmx=True).status_code == 404


def test_pause_and_back_and_home(agent: Visitor, campaign: Campaign, session: Session, now: datetime) -> None:
    shift = make_session(session, campaign, now, agent.user)
    commit(session)
    paused = agent.post(f"{DESK}/pause", {"code": "lunch"}, htmx=True)
    assert state(paused) == "paused"
    assert "Lunch" in words(paused)
    assert agent.post(f"{DESK}/pause", {"code": "nap"}, htmx=True).status_code == 422
    assert state(agent.post(f"{DESK}/ready", htmx=True)) == "ready"
    assert state(agent.post(f"{DESK}/stop", htmx=True)) == "offline"
    session.refresh(shift)
    assert (shift.state, shift.ended_at is not None) == (SessionState.OFFLINE, True)
    late = agent.post(f"{DESK}/ready", htmx=True)
    assert late.status_code == 409
    assert "shift has ended" in late.headers["X-Message"]


def test_a_line_that_is_down_is_rung_again(
    agent: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    shift = make_session(session, campaign, now, agent.user)
    agents.line_is_down(session, shift, shift.line_call_sid, now)
    commit(session)
    assert state(agent.get(f"{DESK}/state")) == "line_lost"
    assert state(agent.post(f"{DESK}/ready", htmx=True)) == "connecting"
    session.refresh(shift)
    assert shift.line is LineState.CONNECTING


def test_the_call_is_on_the_page(agent: Visitor, call: Attempt, session: Session) -> None:
    shown = agent.get(DESK)
    assert state(shown) == "on_call"
    assert "Grace Okafor" in words(shown)
    assert str(call.id) in shown.text


def test_a_disposition_is_saved_once(agent: Visitor, call: Attempt, session: Session) -> None:
    form = {"attempt_id": str(call.id), "disposition": "lead", "notes": "Wants a visit."}
    saved = agent.post(f"{DESK}/disposition", form, htmx=True)
    assert state(saved) == "ready"
    assert (Job.HANG_UP, str(call.id)) in queued()
    twice = agent.post(f"{DESK}/disposition", form, htmx=True)
    assert twice.status_code == 200
    other = agent.post(f"{DESK}/disposition", form | {"disposition": "hung_up"}, htmx=True)
    assert other.status_code == 409
    assert "saved as" in other.headers["X-Message"]
    session.refresh(call)
    assert (call.state, call.notes) == (AttemptState.CLOSED, "Wants a visit.")
    assert len(session.exec(select(Lead)).all()) == 1
    assert of_contact(session, call.contact_id) is not None


def test_another_agents_call_is_not_hers(
    agent: Visitor, call: Attempt, web: httpx.Client, session: Session, now: datetime
) -> None:
    with browser(web) as client:
        other = sign_in(client, session, now, Role.AGENT)
        for path, form in (
            ("disposition", {"disposition": "lead"}),
            ("notes", {"notes": "mine"}),
            ("answers", {"key": "owns", "value": "yes"}),
            ("choice", {"disposition": "lead"}),
            ("hangup", {}),
        ):
            refused = other.post(f"{DESK}/{path}", form | {"attempt_id": str(call.id)}, htmx=True)
            assert refused.status_code == 404, path
            assert "not yours" in refused.headers["X-Message"]
        unknown = {"attempt_id": str(UUID(int=0)), "disposition": "lead"}
        assert other.post(f"{DESK}/disposition", unknown, htmx=True).status_code == 404
    session.refresh(call)
    assert call.state is AttemptState.CONNECTED


def test_a_call_back_outside_the_contacts_hours_is_told_at_its_field(
    agent: Visitor, call: Attempt, session: Session, now: datetime
) -> None:
    form = {
        "attempt_id": str(call.id),
        "disposition": "callback",
        "callback_at": "2026-12-02T22:15",
        "callback_scope": "anyone",
        "notes": "Works nights.",
    }
    refused = agent.post(f"{DESK}/disposition", form, htmx=True)
    assert "outside the hours in which this number may be called" in error_at(refused)
    assert 'value="2026-12-02T22:15"' in refused.text
    assert "Works nights." in refused.text
    for wrong, message in (
        ("2026-11-30T10:00", "needs a date and time to come"),
        ("", "needs a date and time to come"),
        ("tomorrow", "is no date and time"),
    ):
        again = agent.post(f"{DESK}/disposition", form | {"callback_at": wrong}, htmx=True)
        assert message in error_at(again)
    session.refresh(call)
    assert call.state is AttemptState.CONNECTED
    agreed = agent.post(f"{DESK}/disposition", form | {"callback_at": "2026-12-02T10:15"}, htmx=True)
    assert state(agreed) == "ready"
    contact = session.get_one(Contact, call.contact_id)
    assert contact.next_call_at == datetime.fromisoformat("2026-12-02T10:15-06:00")
    assert (contact.state, contact.call_back_agent_id) == (ContactState.WAITING, None)


def test_a_disposition_that_needs_a_reason(agent: Visitor, call: Attempt, session: Session) -> None:
    form = {"attempt_id": str(call.id), "disposition": "not_interested", "notes": "No, thanks."}
    refused = agent.post(f"{DESK}/disposition", form, htmx=True)
    assert "needs a reason" in error_at(refused)
    assert "No, thanks." in refused.text
    assert "There is no disposition" in error_at(
        agent.post(f"{DESK}/disposition", form | {"disposition": "no_such"}, htmx=True)
    )
    assert by_code(session, call.campaign_id, "no_disposition") is not None
    assert "There is no disposition" in error_at(
        agent.post(f"{DESK}/disposition", form | {"disposition": "no_disposition"}, htmx=True)
    )
    saved = agent.post(f"{DESK}/disposition", form | {"reason": "no_need"}, htmx=True)
    assert state(saved) == "ready"
    contact = session.get_one(Contact, call.contact_id)
    assert (contact.closed_reason, contact.closed_detail) == (ClosedReason.DISQUALIFIED, "no_need")


def test_each_error_is_told_at_its_field_and_announced(agent: Visitor, call: Attempt) -> None:
    own = {"attempt_id": str(call.id)}
    for form, field, message in (
        ({}, "disposition", "Choose a disposition."),
        ({"disposition": "not_interested"}, "reason", "needs a reason"),
        ({"disposition": "callback"}, "callback-at", "needs a date and time to come"),
    ):
        html = agent.post(f"{DESK}/disposition", own | form, htmx=True).text
        error = re.search(rf'<p class="error" id="{field}-error" role="alert">.*?</p>', html, re.DOTALL)
        assert error is not None
        assert message in error[0]
        control = re.search(rf'<[^>]*aria-describedby="{field}-error"[^>]*>', html)
        assert control is not None
        assert 'aria-invalid="true"' in control[0]


def test_what_was_chosen_is_saved_when_the_time_runs_out(
    agent: Visitor, call: Attempt, session: Session, now: datetime
) -> None:
    at = {"callback_at": "2026-12-02T10:15", "callback_scope": "anyone"}
    form = {"attempt_id": str(call.id), "disposition": "callback"} | at
    assert agent.post(f"{DESK}/choice", form, htmx=True).status_code == 204
    session.refresh(call)
    assert call.disposition_id is None
    assert call.call_sid is not None
    attempt_services.progress(session, call, call.call_sid, "completed", None, now)
    assert sweeper.wrap_ups(session, now + timedelta(hours=1)) == 1
    commit(session)
    shown = agent.get(f"{DESK}/state")
    assert state(shown) == "paused"
    assert "the call with Grace Okafor was saved as “Call back”, as you had chosen" in words(shown)
    contact = session.get_one(Contact, call.contact_id)
    assert contact.next_call_at == datetime.fromisoformat("2026-12-02T10:15-06:00")


def test_answers_and_notes_are_kept_as_they_are_given(
    agent: Visitor, call: Attempt, session: Session
) -> None:
    page = agent.get(DESK)
    keys = re.findall(r'data-question="([^"]+)"', page.text)
    assert keys
    own = {"attempt_id": str(call.id)}
    bad = agent.post(f"{DESK}/answers", own | {"key": "no_such_question", "value": "x"}, htmx=True)
    assert bad.status_code == 422
    choice = re.search(r'type="radio"[^>]*name="q-([^"]+)"[^>]*value="([^"]+)"', page.text)
    assert choice is not None
    good = agent.post(f"{DESK}/answers", own | {"key": choice[1], "value": choice[2]}, htmx=True)
    assert good.status_code == 204, good.headers.get("X-Message")
    assert session.exec(select(Answer)).one().value == choice[2]
    assert agent.post(f"{DESK}/notes", own | {"notes": "Prefers mornings."}, htmx=True).status_code == 204
    too_long = agent.post(f"{DESK}/notes", own | {"notes": "x" * 4001}, htmx=True)
    assert too_long.status_code == 422
    assert "Prefers mornings." in agent.get(DESK).text


def test_a_preview_is_dialled_or_passed_over(
    agent: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    campaign.dial_mode = DialMode.PREVIEW
    shift = make_session(session, campaign, now, agent.user)
    contact = make_contact(session, campaign, now, state=ContactState.HELD)
    shift.state, shift.preview_contact_id = SessionState.RESERVED, contact.id
    commit(session)
    shown = agent.get(f"{DESK}/state")
    assert state(shown) == "preview"
    assert "Grace Okafor" in words(shown)
    assert agent.post(f"{DESK}/skip", {"reason": ""}, htmx=True).status_code == 422
    assert state(agent.post(f"{DESK}/skip", {"reason": "a competitor"}, htmx=True)) == "ready"
    session.refresh(contact)
    assert contact.state is ContactState.WAITING
    assert contact.next_call_at > now + timedelta(hours=23)
    session.refresh(shift)
    contact.state = ContactState.HELD
    shift.state, shift.preview_contact_id = SessionState.RESERVED, contact.id
    commit(session)
    assert state(agent.post(f"{DESK}/dial", htmx=True)) == "ringing"
    attempt = session.exec(select(Attempt)).one()
    assert (attempt.contact_id, attempt.agent_id) == (contact.id, agent.user.id)
    assert (Job.PLACE_CALLS, str(attempt.id)) in queued()


def test_the_page_hears_of_every_change(agent: Visitor, call: Attempt) -> None:
    with agent.http.stream("GET", f"{DESK}/events", headers=HTMX) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        news = (line for line in stream.iter_lines() if line == "event: state")
        assert next(news)
        agent.post(f"{DESK}/pause", {"code": "break"}, htmx=True)
        assert next(news)
    assert "Break" in words(agent.get(DESK))
