"""What every route of programs and people leans on: the transaction, the clock, who may come in.

Each route says who may use it by `Access`, which a test reads from all routes. The transaction
commits before the answer is sent (`scope="function"`), so nobody gets 200 for what was lost.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import contextmanager_in_threadpool
from sqlmodel import Session

from dialer.api.admission import Admission
from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.errors import DialerError, Forbidden
from dialer.domain.user import Role
from dialer.services import users
from dialer.store.users import User

COOKIE = "dialer_session"
CSRF_FIELD, CSRF_HEADER = "csrf_token", "X-CSRF-Token"
CARRIER_PATH = "/twilio/"
SAFE_METHODS = frozenset({"GET", "HEAD"})


class NotSignedIn(DialerError):
    """Nobody is signed in with this browser."""


async def this_moment() -> datetime:
    """Asked for without a thread, of which every webhook needs one for its transaction."""
    return utc_now()


Now = Annotated[datetime, Depends(this_moment)]


def is_carriers(request: Request) -> bool:
    return request.url.path.startswith(CARRIER_PATH)


async def sent_csrf_token(request: Request) -> str:
    """The token that came with the request, in its header or its form; empty for a safe method, and for
    the carrier, whose forms are read with their signature."""
    if request.method in SAFE_METHODS or is_carriers(request):
        return ""
    header = request.headers.get(CSRF_HEADER)
    if header is not None:
        return header
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return ""
    return str((await request.form()).get(CSRF_FIELD, ""))


SentCsrf = Annotated[str, Depends(sent_csrf_token)]


async def open_transaction(request: Request, _read: SentCsrf) -> AsyncIterator[Session]:
    """When what a person's browser sends has been read: it may come slowly, and nobody waits for it."""
    admission: Admission = request.app.state.admission
    async with (
        admission.enter(is_carrier=is_carriers(request)),
        contextmanager_in_threadpool(transaction()) as session,
    ):
        yield session


Database = Annotated[Session, Depends(open_transaction, scope="function")]


@dataclass(frozen=True)
class Person:
    """Who is asking: the signed-in user and the token that her forms must carry."""

    user: User
    csrf_token: str


@dataclass(frozen=True)
class Access:
    """Who may use a route: anybody (`public`), the carrier (`carrier`), or people of some roles."""

    roles: frozenset[Role]
    public: bool = False
    carrier: bool = False


PUBLIC = Access(frozenset(), public=True)
CARRIER = Access(frozenset(), carrier=True)


def allowed(access: Access) -> Callable[..., Awaitable[None]]:
    """A dependency that only says, for routes that no person signs in to."""

    async def nothing() -> None:
        return None

    nothing.access = access  # type: ignore[attr-defined]  # read by the test that walks all routes
    return nothing


def people(*roles: Role) -> Callable[..., Person]:
    """A dependency that lets in people of `roles` (an admin always) and nobody else; a request that
    changes something must carry the CSRF token of its session."""
    access = Access(frozenset({*roles, Role.ADMIN}))

    def enter(request: Request, sent: SentCsrf, database: Database, now: Now) -> Person:
        token = request.cookies.get(COOKIE)
        found = users.who(database, token, now) if token else None
        if found is None:
            raise NotSignedIn("Please sign in.")
        user, web_session = found
        if user.role not in access.roles:
            raise Forbidden(f"This page is not for the role {user.role.value}.")
        fits = compare_digest(sent.encode(), web_session.csrf_token.encode())
        if request.method not in SAFE_METHODS and not fits:
            raise Forbidden("This form is out of date. Go back, reload the page and try again.")
        return Person(user, web_session.csrf_token)

    enter.access = access  # type: ignore[attr-defined]  # read by the test that walks all routes
    return enter
