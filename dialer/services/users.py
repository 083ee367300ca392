"""Accounts: argon2 hashes, sign-in, browser sessions, sign-out."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session

from dialer.core.errors import Conflict, Invalid
from dialer.domain.user import Role
from dialer.store import audit, users
from dialer.store.users import User, WebSession

_hasher = PasswordHasher()
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
    """Raises `Invalid` for a weak password or an unusable name, `Conflict` for a name in use."""
    username = username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise Invalid("A username has 2 to 64 letters, digits, dots, dashes or underscores.")
    if not full_name.strip():
        raise Invalid("A person needs a name.")
    if len(password) < PASSWORD_LENGTH:
        raise Invalid(f"A password has at least {PASSWORD_LENGTH} characters.")
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


def sign_in(session: Session, username: str, password: str, hours: int, now: datetime) -> SignedIn | None:
    """None when name and password don't go together; takes as long for a name that nobody has."""
    user = users.by_username(session, username.strip())
    known = user is not None and user.is_active
    try:
        _hasher.verify(user.password_hash if user is not None and known else _nobody(), password)
    except (VerificationError, InvalidHashError):
        known = False
    if user is None or not known:
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
