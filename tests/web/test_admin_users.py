"""Accounts: added, deactivated, let in again, a new password; and nobody locks herself out."""

from datetime import datetime

import httpx
import pytest
from sqlmodel import Session, select

from dialer.domain.agent import AgentLine, SessionState
from dialer.domain.user import Role
from dialer.store.audit import AuditEntry
from dialer.store.users import User, by_username
from tests.factories import make_account, make_campaign, make_session
from tests.house import commit
from tests.web.visitor import PASSWORD, Visitor, browser, sign_in, toast, words

USERS = "/admin/users"
NEW = {"full_name": "Nora New", "username": "Nora.New", "role": "manager", "password": "ten letters"}


@pytest.fixture
def admin(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.ADMIN)


def test_a_user_is_added_and_may_sign_in(admin: Visitor, web: httpx.Client, session: Session) -> None:
    shown = toast(admin.post(USERS, NEW), admin)
    assert "Nora New may sign in as nora.new." in shown
    user = by_username(session, "nora.new")
    assert user is not None
    assert (user.role, user.password_hash[:9]) == (Role.MANAGER, "$argon2id")
    with browser(web) as client:
        assert Visitor(client, user).enter("nora.new", NEW["password"]).status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("username", "n", "A username has 2 to 64"),
        ("username", "two words", "A username has 2 to 64"),
        ("full_name", " ", "A person needs a name"),
        ("full_name", "x" * 121, "A person needs a name"),
        ("password", "too short", "at least 10 characters"),
        ("role", "owner", "Choose what the person does."),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    field: str, value: str, message: str, admin: Visitor, session: Session
) -> None:
    answer = admin.post(USERS, NEW | {field: value})
    assert answer.status_code == 422
    assert message in words(answer)
    assert f'id="field-{field}-error"' in answer.text
    assert NEW["password"] not in answer.text
    assert len(session.exec(select(User)).all()) == 1


def test_a_name_in_use_is_told_so(admin: Visitor) -> None:
    answer = admin.post(USERS, NEW | {"username": admin.user.username.upper()})
    assert answer.status_code == 422
    assert "already" in words(answer)
    assert 'value="Nora New"' in answer.text


def test_who_is_deactivated_is_out_at_once(
    admin: Visitor, web: httpx.Client, session: Session, now: datetime
) -> None:
    with browser(web) as client:
        agent = sign_in(client, session, now, Role.AGENT)
        shift = make_session(session, make_campaign(session, now), now, agent.user)
        commit(session)
        assert agent.get("/desk").status_code == 200
        path = f"{USERS}/{agent.user.id}"
        assert "may not sign in" in toast(admin.post(f"{path}/deactivate"), admin)
        assert agent.get("/desk").status_code == 303
        assert Visitor(client, agent.user).enter(agent.user.username).status_code == 401
        session.refresh(shift)
        assert shift.state is SessionState.OFFLINE
        assert "may sign in again" in toast(admin.post(f"{path}/activate"), admin)
        assert Visitor(client, agent.user).enter(agent.user.username).status_code == 303
    actions = session.exec(select(AuditEntry.action).where(AuditEntry.user_id == admin.user.id)).all()
    assert {"user_deactivated", "user_activated"} <= set(actions)


def test_nobody_deactivates_herself(admin: Visitor, session: Session) -> None:
    page = admin.get(USERS)
    assert f"{USERS}/{admin.user.id}/deactivate" not in page.text
    answer = admin.post(f"{USERS}/{admin.user.id}/deactivate")
    assert answer.status_code == 409
    assert "You can't deactivate yourself" in words(answer)
    assert session.get_one(User, admin.user.id).is_active
    assert admin.get(USERS).status_code == 200


def test_a_new_password_ends_what_the_old_one_opened(
    admin: Visitor, web: httpx.Client, session: Session, now: datetime
) -> None:
    with browser(web) as client:
        agent = sign_in(client, session, now, Role.AGENT)
        path = f"{USERS}/{agent.user.id}/password"
        short = admin.post(path, {"password": "short"})
        assert short.status_code == 422
        assert f'id="password-of-{agent.user.id}-error"' in short.text
        assert agent.get("/desk").status_code == 200
        assert "new password" in toast(admin.post(path, {"password": "another password"}), admin)
        assert agent.get("/desk").status_code == 303
        assert Visitor(client, agent.user).enter(agent.user.username, PASSWORD).status_code == 401
        fresh = Visitor(client, agent.user).enter(agent.user.username, "another password")
        assert fresh.status_code == 303


def test_a_line_is_set_shown_and_refused_at_its_field(
    admin: Visitor, session: Session, now: datetime
) -> None:
    agent = make_account(session, now, Role.AGENT, PASSWORD)
    commit(session)
    path = f"{USERS}/{agent.id}/line"
    answer = admin.post(path, {"line": "phone", "phone": "sip:nobody"})
    assert answer.status_code == 422
    assert f'id="phone-of-{agent.id}-error"' in answer.text
    assert 'value="sip:nobody"' in answer.text
    assert admin.post(path, {"line": "megaphone"}).status_code == 422
    shown = toast(admin.post(path, {"line": "phone", "phone": "+1 312 555 0142"}), admin)
    assert "speaks at the telephone" in shown
    assert "+1 312-555-0142" in shown
    session.refresh(agent)
    assert (agent.line, agent.phone) == (AgentLine.PHONE, "+13125550142")


def test_an_unknown_user_is_told_so(admin: Visitor, session: Session, now: datetime) -> None:
    make_account(session, now, Role.AGENT, PASSWORD)
    for action in ("deactivate", "activate", "password", "line"):
        assert admin.post(f"{USERS}/99999999/{action}", {"password": "long enough"}).status_code == 404
