"""The door: sign in, sign out, and which page a role begins at."""

import re
import secrets
from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from dialer.api.deps import COOKIE, PUBLIC, Database, Now, Person, SentCsrf, allowed, people
from dialer.core.errors import Forbidden
from dialer.core.settings import get_settings
from dialer.domain.user import Role
from dialer.services import users
from dialer.web.frames import page
from dialer.web.rendering import Frame

DOOR_COOKIE = "dialer_door"
"""Before anybody is signed in, the form's token is compared with this cookie."""

_IN_THE_HOUSE = re.compile(r"/(?![/\\])[\w/.?=&%-]*")
"""A path of ours and nothing that a browser takes for another address."""

HOME = {
    Role.AGENT: "/desk",
    Role.SUPERVISOR: "/supervisor/campaigns",
    Role.MANAGER: "/manager/leads-per-hour",
    Role.ADMIN: "/admin/users",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
def start(person: Annotated[Person, Depends(people(*Role))]) -> Response:
    return RedirectResponse(HOME[person.user.role], status_code=303)


@router.get("/sign-in", dependencies=[Depends(allowed(PUBLIC))])
def form(request: Request, now: Now, next: str = "") -> Response:
    return _door(request, now, "", "", next)


@router.post("/sign-in", dependencies=[Depends(allowed(PUBLIC))])
def sign_in(
    request: Request,
    database: Database,
    now: Now,
    sent: SentCsrf,
    username: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    token = request.cookies.get(DOOR_COOKIE, "")
    if not token or not compare_digest(sent.encode(), token.encode()):
        raise Forbidden("This form is out of date. Reload the page and try again.")
    settings = get_settings()
    entered = users.sign_in(database, username, password, settings.session_hours, now)
    if entered is None:
        return _door(request, now, "That name and password don't go together.", username, next, 401)
    home = HOME[entered.user.role]
    response = RedirectResponse(next if _IN_THE_HOUSE.fullmatch(next) else home, status_code=303)
    response.set_cookie(
        COOKIE,
        entered.token,
        max_age=settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )
    response.delete_cookie(DOOR_COOKIE)
    return response


@router.post("/sign-out")
def sign_out(
    request: Request, database: Database, person: Annotated[Person, Depends(people(*Role))]
) -> Response:
    users.sign_out(database, request.cookies[COOKIE])
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(COOKIE)
    return response


def _door(request: Request, now: Now, error: str, username: str, next: str, status: int = 200) -> Response:
    settings = get_settings()
    token = secrets.token_urlsafe(24)
    frame = Frame(token, now, settings.office_time_zone, request.url.path)
    response = page("sign_in.html", frame, {"error": error, "username": username, "next": next}, status)
    response.set_cookie(
        DOOR_COOKIE, token, max_age=3600, httponly=True, samesite="lax", secure=settings.secure_cookies
    )
    return response
