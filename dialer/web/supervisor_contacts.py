"""One contact: why it is dialled or not, and its calls; found by its id or a number. A number never stands
in an address, for addresses are logged."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from dialer.api.deps import Database, Now, Person, people
from dialer.core.errors import Invalid
from dialer.domain.user import Role
from dialer.services import why_contact
from dialer.services.numbers import e164
from dialer.web.frames import frame_of, page, redirect

router = APIRouter(prefix="/supervisor/contacts", include_in_schema=False)
Supervisor = Annotated[Person, Depends(people(Role.SUPERVISOR))]


@router.get("")
def asked(request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    shown = {"wanted": "", "found": None}
    return page("supervisor/contacts.html", frame_of(request, person, now), shown)


@router.post("")
def find(
    request: Request, database: Database, now: Now, person: Supervisor, wanted: Annotated[str, Form()] = ""
) -> Response:
    try:
        number = wanted if wanted.strip().isdecimal() and len(wanted.strip()) < 10 else e164(wanted)
    except Invalid:
        number = ""
    found = why_contact.find(database, number)
    if len(found) == 1:
        return redirect(f"{router.prefix}/{found[0][0].id}")
    rows = [{"id": contact.id, "name": contact.name, "campaign": name} for contact, name in found]
    shown = {"wanted": wanted, "found": rows}
    return page("supervisor/contacts.html", frame_of(request, person, now), shown)


@router.get("/{contact_id}")
def one(contact_id: int, request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    shown = {"why": why_contact.explain(database, contact_id, now)}
    return page("supervisor/contact.html", frame_of(request, person, now), shown)
