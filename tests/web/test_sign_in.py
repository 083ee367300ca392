"""The door: in with a password, out again, and to the page a role begins at."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlmodel import Session, select

from dialer.domain.user import Role
from dialer.services import users
from dialer.store.audit import AuditEntry
from dialer.store.users import WebSession
from tests.factories import make_account
from tests.house import commit
from tests.web.visitor import PASSWORD, Visitor, sign_in, words

HOME = {
    Role.AGENT: "/desk",
    Role.SUPERVISOR: "/supervisor/campaigns",
    Role.MANAGER: "/manager/leads-per-hour",
    Role.ADMIN: "/admin/users",
}


@pytest.mark.parametrize(("role", "home"), HOME.items())
def test_a_role_begins_at_its_page(
    role: Role, home: str, web: httpx.Client, session: Session, now: datetime
) -> None:
    visitor = sign_in(web, session, now, role)
    answer = visitor.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, home)
    assert "Ada Account" in visitor.read(home)


def test_a_wrong_password_says_no_more_than_that(web: httpx.Client, session: Session, now: datetime) -> None:
    user = make_account(session, now, Role.AGENT, PASSWORD)
    commit(session)
    visitor = Visitor(web, user)
    for name in (user.username, "nobody"):
        answer = visitor.enter(name, "not the password")
        assert answer.status_code == 401
        assert "That name and password don't go together." in words(answer)
        assert f'value="{name}"' in answer.text
    assert not session.exec(select(WebSession)).all()
    refused = session.exec(select(AuditEntry).where(AuditEntry.action == "sign_in_refused")).all()
    assert len(refused) == 2


def test_the_name_is_taken_in_any_case(web: httpx.Client, session: Session, now: datetime) -> None:
    user = make_account(session, now, Role.AGENT, PASSWORD)
    commit(session)
    assert Visitor(web, user).enter(f" {user.username.upper()} ").status_code == 303


def test_who_is_deactivated_does_not_come_in(web: httpx.Client, session: Session, now: datetime) -> None:
    user = make_account(session, now, Role.AGENT, PASSWORD)
    user.is_active = False
    commit(session)
    assert Visitor(web, user).enter(user.username).status_code == 401


def test_a_session_ends(web: httpx.Client, session: Session, now: datetime) -> None:
    visitor = sign_in(web, session, now, Role.AGENT)
    row = session.exec(select(WebSession)).one()
    row.expires_at = now - timedelta(seconds=1)
    commit(session)
    assert visitor.get("/desk").headers["location"] == "/sign-in?next=/desk"


def test_signed_out_is_signed_out(web: httpx.Client, session: Session, now: datetime) -> None:
    visitor = sign_in(web, session, now, Role.MANAGER)
    token = web.cookies["dialer_session"]
    assert visitor.post("/sign-out").headers["location"] == "/sign-in"
    web.cookies.set("dialer_session", token)
    assert visitor.get("/manager/leads").status_code == 303
    assert not session.exec(select(WebSession)).all()


def test_the_cookie_is_not_what_the_database_holds(
    web: httpx.Client, session: Session, now: datetime
) -> None:
    sign_in(web, session, now, Role.AGENT)
    token = web.cookies["dialer_session"]
    assert session.exec(select(WebSession.token_hash)).all() != [token]
    assert users.who(session, token, now) is not None


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/manager/leads?state=new", "/manager/leads?state=new"),
        ("//elsewhere.example/", "/manager/leads-per-hour"),
        ("https://elsewhere.example/", "/manager/leads-per-hour"),
        ("", "/manager/leads-per-hour"),
    ],
)
def test_the_door_leads_on_within_the_house(
    wanted: str, reached: str, web: httpx.Client, session: Session, now: datetime
) -> None:
    user = make_account(session, now, Role.MANAGER, PASSWORD)
    commit(session)
    answer = Visitor(web, user).enter(user.username, next=wanted)
    assert answer.headers["location"] == reached


def test_the_doors_form_needs_its_token(web: httpx.Client, session: Session, now: datetime) -> None:
    user = make_account(session, now, Role.AGENT, PASSWORD)
    commit(session)
    answer = Visitor(web, user).post("/sign-in", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 403
    assert "out of date" in words(answer)
