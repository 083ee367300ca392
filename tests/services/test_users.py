"""Accounts: who gets in, for how long, and who does not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlmodel import Session, select

from dialer.core.database import transaction
from dialer.core.errors import Conflict, Invalid
from dialer.domain.user import Role
from dialer.services import users
from dialer.store.audit import AuditEntry
from dialer.store.users import User, WebSession
from tests.factories import make_account
from tests.house import House, commit

PASSWORD = "correct horse battery"
HOURS = 12


@pytest.fixture
def account(session: Session, now: datetime) -> User:
    return make_account(session, now, Role.AGENT, PASSWORD)


def sign_in(session: Session, username: str, password: str, now: datetime) -> users.SignedIn | None:
    return users.sign_in(session, username, password, HOURS, now)


def test_name_and_password_open_a_session(session: Session, now: datetime, account: User) -> None:
    inside = sign_in(session, f" {account.username.upper()} ", PASSWORD, now)
    assert inside is not None
    assert inside.user is account
    session.flush()
    found = users.who(session, inside.token, now)
    assert found is not None
    assert found[0] is account
    assert found[1].csrf_token == inside.csrf_token


def test_neither_password_nor_token_is_kept(session: Session, now: datetime, account: User) -> None:
    inside = sign_in(session, account.username, PASSWORD, now)
    assert inside is not None
    session.flush()
    kept = session.exec(select(WebSession)).one()
    assert inside.token not in kept.model_dump().values()
    assert account.password_hash.startswith("$argon2id$")
    assert PASSWORD not in account.password_hash


def test_two_browsers_have_sessions_of_their_own(session: Session, now: datetime, account: User) -> None:
    first, second = (sign_in(session, account.username, PASSWORD, now) for _ in range(2))
    assert first is not None
    assert second is not None
    session.flush()
    users.sign_out(session, first.token)
    assert users.who(session, first.token, now) is None
    assert users.who(session, second.token, now) is not None


def test_a_session_ends_by_itself(session: Session, now: datetime, account: User) -> None:
    inside = sign_in(session, account.username, PASSWORD, now)
    assert inside is not None
    session.flush()
    end = now + timedelta(hours=HOURS)
    assert users.who(session, inside.token, end - timedelta(seconds=1)) is not None
    assert users.who(session, inside.token, end) is None


@pytest.mark.parametrize("password", ["", "correct horse batterY", PASSWORD + " "])
def test_a_wrong_password_stays_outside_and_is_noted(
    session: Session, now: datetime, account: User, password: str
) -> None:
    assert sign_in(session, account.username, password, now) is None
    session.flush()
    noted = session.exec(select(AuditEntry).where(AuditEntry.action == "sign_in_refused")).one()
    assert noted.subject == f"user {account.username}"
    assert session.exec(select(WebSession)).all() == []


def test_nobody_has_no_password(session: Session, now: datetime) -> None:
    assert sign_in(session, "nobody", "nobody has this password", now) is None


def test_who_was_deactivated_is_out_at_once(session: Session, now: datetime, account: User) -> None:
    inside = sign_in(session, account.username, PASSWORD, now)
    assert inside is not None
    account.is_active = False
    session.flush()
    assert users.who(session, inside.token, now) is None
    assert sign_in(session, account.username, PASSWORD, now) is None


@pytest.mark.parametrize(
    ("username", "full_name", "password", "words"),
    [
        ("x", "Ada", PASSWORD, "2 to 64"),
        ("ada lovelace", "Ada", PASSWORD, "2 to 64"),
        ("-ada", "Ada", PASSWORD, "2 to 64"),
        ("ada", "  ", PASSWORD, "needs a name"),
        ("ada", "Ada", "too short", "at least 10"),
    ],
)
def test_an_unusable_account_is_refused_in_words(
    session: Session, now: datetime, username: str, full_name: str, password: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        users.add(session, username, full_name, Role.AGENT, password, None, now)
    assert session.exec(select(User)).all() == []


def test_a_name_is_given_once_whatever_its_case(session: Session, now: datetime, account: User) -> None:
    with pytest.raises(Conflict, match=account.username):
        users.add(session, account.username.upper(), "Ada Again", Role.AGENT, PASSWORD, None, now)


def test_a_shift_that_signs_in_together_is_hashed_a_few_at_once(
    house: House, session: Session, now: datetime, account: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(session)
    username, lock = account.username, Lock()
    hashed: list[str] = []
    at_once: list[int] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            with lock:
                hashed.append("one")
                at_once.append(len(hashed))
            try:
                return super().verify(hash, password)
            finally:
                with lock:
                    hashed.pop()

    monkeypatch.setattr(users, "_hasher", Watched())

    def come(_: int) -> bool:
        with transaction() as own:
            return sign_in(own, username, PASSWORD, now) is not None

    with ThreadPoolExecutor(12) as everybody:
        assert all(everybody.map(come, range(12)))
    assert len(at_once) == 12
    assert max(at_once) <= users.HASHED_AT_ONCE
