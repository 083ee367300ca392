"""The desk's controls of the call that goes on: hold, mute, keypad, and passing it on."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from dialer.api.deps import Database, Now
from dialer.core.errors import Invalid
from dialer.services import call_control, transfers
from dialer.web.desk import Agent, desk_page
from dialer.web.frames import frame_of, page

router = APIRouter(prefix="/desk", include_in_schema=False)
AttemptId = Annotated[UUID, Form()]


@router.post("/hold")
def hold(
    request: Request,
    database: Database,
    now: Now,
    person: Agent,
    attempt_id: AttemptId,
    on: Annotated[bool, Form()],
) -> Response:
    call_control.hold(database, person.user.id, attempt_id, on, now)
    return desk_page(request, database, now, person)


@router.post("/mute")
def mute(
    request: Request, database: Database, now: Now, person: Agent, on: Annotated[bool, Form()]
) -> Response:
    call_control.mute(database, person.user.id, on)
    return desk_page(request, database, now, person)


@router.post("/tones")
def tones(
    database: Database, person: Agent, attempt_id: AttemptId, digits: Annotated[str, Form()] = ""
) -> Response:
    call_control.press_tones(database, person.user.id, attempt_id, digits)
    return Response(status_code=204)


@router.get("/transfer")
def who(request: Request, database: Database, now: Now, person: Agent) -> Response:
    found = transfers.targets(database, person.user.id, now)
    return page("agent/_transfer.html", frame_of(request, person, now), {"targets": found})


@router.post("/transfer")
def transfer(
    request: Request,
    database: Database,
    now: Now,
    person: Agent,
    attempt_id: AttemptId,
    to: Annotated[str, Form()] = "",
    number: Annotated[str, Form(max_length=40)] = "",
    way: Annotated[Literal["now", "talk"], Form()] = "now",
) -> Response:
    """`to` is the key of one of the targets, or `number`."""
    kind, _, key = to.partition(":")
    me, attended = person.user.id, way == "talk"
    if kind == "agent":
        transfers.to_agent(database, me, attempt_id, _uuid(key), now, attended=attended)
    elif kind == "team":
        transfers.to_team(database, me, attempt_id, _id(key), now, attended=attended)
    elif kind == "person":
        third = transfers.somebody(database, me, _id(key), now)
        transfers.call_in(database, me, attempt_id, third, attended=attended, now=now)
    elif kind == "number":
        third = transfers.outside_number(database, attempt_id, number, now)
        transfers.call_in(database, me, attempt_id, third, attended=attended, now=now)
    else:
        raise Invalid("Choose who takes the call.")
    return desk_page(request, database, now, person)


@router.post("/transfer/leave")
def leave(request: Request, database: Database, now: Now, person: Agent, attempt_id: AttemptId) -> Response:
    transfers.leave(database, person.user.id, attempt_id)
    return desk_page(request, database, now, person)


@router.post("/transfer/back")
def back(request: Request, database: Database, now: Now, person: Agent, attempt_id: AttemptId) -> Response:
    transfers.back(database, person.user.id, attempt_id, now)
    return desk_page(request, database, now, person)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("Choose who takes the call.") from error


def _id(text: str) -> int:
    if not text.isdecimal():
        raise Invalid("Choose who takes the call.")
    return int(text)
