"""Accounts: argon2 hashes, sign-in, browser sessions, sign-out, and what an admin does with them."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session

from dialer.core.errors import Conflict, InvalidFields
from dialer.domain.user import Role
from dialer.services import agents
from dialer.store import agent_sessions, audit, users
from dialer.store.users import User, WebSession

_hasher = PasswordHasher()
HASHED_AT_ONCE = 2
"""Each takes a core and 64 MiB. At the start of a shift everybody signs in together: were all of them hashed
at once, each would take as long as all, and hold a connection to the database meanwhile."""
_at_once = BoundedSemaphore(HASHED_AT_ONCE)
PASSWORD_LENGTH = 10
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


@lru_cache
def _nobody() -> str:
    """The hash that is checked for a name that nobody has."""
    return _hasher.hash(secrets.token_urlsafe())


@dataclass(frozen=True)
class SignedIn:
    user: User
    token: str
    csrf_token: str


def add(
    session: Session, username: str, full_name: str, role: Role, password: str, by: int | None, now: datetime
) -> User:
    """Raises `InvalidFields` for a weak password or an unusable name, `Conflict` for a name in use."""
    username, errors = username.strip().lower(), _weak(password)
    if not USERNAME.fullmatch(username):
        errors["username"] = "A username has 2 to 64 letters, digits, dots, dashes or underscores."
    if not 0 < len(full_name.strip()) <= 120:
        errors["full_name"] = "A person needs a name of at most 120 characters."
    if errors:
        raise InvalidFields(errors)
    if users.by_username(session, username) is not None:
        raise Conflict(f"There is a user “{username}” already.")
    user = User(
        username=username,
        full_name=full_name.strip(),
        role=role,
        password_hash=_hasher.hash(password),
        created_at=now,
    )
    session.add(user)
    session.flush()
    audit.note(session, now, by, "user_added", f"user {username}", role=role.value)
    return user


def deactivate(session: Session, user: User, by: int, now: datetime) -> None:
    """She is signed out everywhere and may not sign in; a shift ends after the call that is hers.
    Raises `Conflict` for oneself: nobody would be left to undo it."""
    if user.id == by:
        raise Conflict("You can't deactivate yourself; ask another admin.")
    user.is_active = False
    users.end_web_sessions(session, user.id)
    agent = agent_sessions.of_user(session, user.id, locked=True)
    if agent is not None:
        agents.stop(session, agent, now)
    audit.note(session, now, by, "user_deactivated", f"user {user.username}")


def activate(session: Session, user: User, by: int, now: datetime) -> None:
    user.is_active = True
    audit.note(session, now, by, "user_activated", f"user {user.username}")


def set_password(session: Session, user: User, password: str, by: int, now: datetime) -> None:
    """Whoever was signed in with the one before is signed out. Raises `InvalidFields`."""
    if errors := _weak(password):
        raise InvalidFields(errors)
    user.password_hash = _hasher.hash(password)
    users.end_web_sessions(session, user.id)
    audit.note(session, now, by, "password_set", f"user {user.username}")


def _weak(password: str) -> dict[str, str]:
    too_short = len(password) < PASSWORD_LENGTH
    return {"password": f"A password has at least {PASSWORD_LENGTH} characters."} if too_short else {}


def _proved(session: Session, username: str, password: str) -> User | None:
    user = users.by_username(session, username)
    known = user is not None and user.is_active
    try:
        _hasher.verify(user.password_hash if user is not None and known else _nobody(), password)
    except (VerificationError, InvalidHashError):
        return None
    return user if known else None


def sign_in(session: Session, username: str, password: str, hours: int, now: datetime) -> SignedIn | None:
    """None when name and password don't go together; takes as long for a name that nobody has."""
    with _at_once:
        user = _proved(session, username.strip(), password)
    if user is None:
        audit.note(session, now, None, "sign_in_refused", f"user {username.strip()[:64]}")
        return None
    token = secrets.token_urlsafe(32)
    web_session = WebSession(
        token_hash=_hash(token),
        user_id=user.id,
        csrf_token=secrets.token_urlsafe(32),
        created_at=now,
        expires_at=now + timedelta(hours=hours),
    )
    session.add(web_session)
    return SignedIn(user, token, web_session.csrf_token)


def who(session: Session, token: str, now: datetime) -> tuple[User, WebSession] | None:
    return users.signed_in(session, _hash(token), now)


def sign_out(session: Session, token: str) -> None:
    users.end_web_session(session, _hash(token))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
