"""Errors as answers: a page for people, a header for htmx, JSON for programs. One place for all."""

import string
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from dialer.api.deps import COOKIE, NotSignedIn
from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.errors import Conflict, DialerError, Forbidden, Invalid, NotFound
from dialer.core.settings import get_settings
from dialer.scripts import ScriptError
from dialer.services import users
from dialer.web.frames import page
from dialer.web.rendering import Frame

STATUS: dict[type[DialerError], int] = {
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    ScriptError: 422,
}
NEXT_STEPS = {
    403: "Sign in as somebody who may, or ask your supervisor.",
    404: "It may have been moved or removed. The rail on the left leads on.",
    409: "Reload the page to see how things stand.",
    413: "Send less at once; a call list may have 50 MB.",
    422: "Go back and correct it.",
}

HEADER_SAFE = string.punctuation.replace("%", "") + " "
"""What is written in a header as it is; frame.js reads the rest from its percent-encoding."""
HTTP_WORDS = {404: "There is no such page.", 413: "What was sent is too large."}


def install(app: FastAPI) -> None:
    app.exception_handler(DialerError)(_told)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(RequestValidationError)(_malformed)
    app.exception_handler(Exception)(_failed)


def _told(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    return _answer(request, status, str(error))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = HTTP_WORDS.get(error.status_code, str(error.detail))
    return _answer(request, error.status_code, words)


def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in error.errors())
    return _answer(request, 422, f"That can't be read. {problems}")


def _failed(request: Request, error: Exception) -> Response:
    """What nobody expected. The server closes the connection after it, so whoever asks is told not to use it
    again: the carrier repeats at once what got such an answer. The database may be what is at fault."""
    words = "Something went wrong on our side; it is in the log."
    answer = _answer(
        request, 500, words, Frame("", utc_now(), get_settings().office_time_zone, request.url.path)
    )
    answer.headers["Connection"] = "close"
    return answer


def _answer(request: Request, status: int, words: str, frame: Frame | None = None) -> Response:
    is_htmx = request.headers.get("HX-Request") == "true"
    wants_page = "text/html" in request.headers.get("accept", "") and not is_htmx
    if wants_page and status == 401 and request.method == "GET":
        return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", status_code=303)
    if wants_page:
        return page(
            "error.html",
            frame or _frame(request),
            {
                "status": status,
                "message": words,
                "next_step": NEXT_STEPS.get(status, "Try again in a moment."),
            },
            status,
        )
    return JSONResponse({"error": words}, status, headers={"X-Message": quote(words, safe=HEADER_SAFE)})


def _frame(request: Request) -> Frame:
    """The frame of whoever is signed in, without insisting on it."""
    now, token = utc_now(), request.cookies.get(COOKIE)
    with transaction() as session:
        found = users.who(session, token, now) if token else None
    zone = get_settings().office_time_zone
    if found is None:
        return Frame("", now, zone, request.url.path)
    user, web_session = found
    return Frame(web_session.csrf_token, now, zone, request.url.path, user.full_name, user.role.value)
