"""Manual dialling on the agent's desk: find a contact or type a number, and look at who it is."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from dialer.api.deps import Database, Now
from dialer.core.errors import Conflict, Invalid, NotFound
from dialer.services import manual
from dialer.web.desk import Agent, desk_page, own_session
from dialer.web.frames import frame_of, page

router = APIRouter(prefix="/desk", include_in_schema=False)
DIGITS_OF_A_NUMBER = 7


@router.get("/find")
def find(
    request: Request,
    database: Database,
    now: Now,
    person: Agent,
    words: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    error, found = "", []
    try:
        found = list(manual.find(database, own_session(database, person), words))
    except Invalid as refused:
        error = str(refused)
    is_number = sum(one.isdigit() for one in words) >= DIGITS_OF_A_NUMBER
    shown = {"found": found, "error": error, "number": words.strip() if is_number and not found else ""}
    return page("agent/_found.html", frame_of(request, person, now), shown)


@router.post("/pick")
def pick(
    request: Request,
    database: Database,
    now: Now,
    person: Agent,
    contact_id: Annotated[int | None, Form()] = None,
    number: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    agent = own_session(database, person)
    try:
        if contact_id is not None:
            manual.pick(database, agent, contact_id, now)
        else:
            manual.pick_number(database, agent, number, now)
    except (Conflict, Invalid, NotFound) as error:
        return desk_page(request, database, now, person, errors={"find": str(error)})
    return desk_page(request, database, now, person)
