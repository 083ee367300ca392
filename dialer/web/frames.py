"""What routes of pages share: the frame of a page, a page as an answer, a message across a redirect."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from dialer.api.deps import Person
from dialer.core.settings import get_settings
from dialer.web.rendering import Frame, Message, render

MESSAGE_COOKIE = "dialer_message"


def frame_of(request: Request, person: Person, now: datetime) -> Frame:
    return Frame(
        csrf_token=person.csrf_token,
        now=now,
        zone=get_settings().office_time_zone,
        path=request.url.path,
        user_name=person.user.full_name,
        role=person.user.role.value,
        messages=_messages(request),
        speed=get_settings().clock_speed,
    )


def page(template: str, frame: Frame, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    response = HTMLResponse(render(template, frame, context), status_code=status)
    if frame.messages:
        response.delete_cookie(MESSAGE_COOKIE)
    return response


def redirect(path: str, message: Message | None = None) -> RedirectResponse:
    """To a page after a form was sent; the message shows there once."""
    response = RedirectResponse(path, status_code=303)
    if message is not None:
        value = quote(json.dumps([message.kind, message.text]))
        response.set_cookie(MESSAGE_COOKIE, value, max_age=60, httponly=True, samesite="lax")
    return response


def _messages(request: Request) -> tuple[Message, ...]:
    try:
        kind, text = json.loads(unquote(request.cookies.get(MESSAGE_COOKIE, "")))
    except ValueError:
        return ()
    return (Message(kind, str(text)),) if kind in ("done", "warning", "error") else ()
