"""What a supervisor does with an agent's call, from the live floor."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response

from dialer.api.deps import Database, Now, Person, people
from dialer.core.enums import member_of
from dialer.core.errors import Invalid
from dialer.domain.leg import LegPurpose
from dialer.domain.user import Role
from dialer.services import supervision, taken_over
from dialer.services.taken_over import Control
from dialer.web import floor

router = APIRouter(prefix="/supervisor/floor/agents", include_in_schema=False)
Supervisor = Annotated[Person, Depends(people(Role.SUPERVISOR))]


@router.post("/own-call/{control}")
def switch(
    control: Control,
    request: Request,
    database: Database,
    now: Now,
    person: Supervisor,
    on: Annotated[bool, Form()],
) -> Response:
    """Hold and mute of a call that she took over."""
    taken_over.switch(database, person.user, control, on, now)
    return floor.live(request, database, now, person)


@router.post("/{session_id}/supervise")
def supervise(
    session_id: UUID,
    request: Request,
    database: Database,
    now: Now,
    person: Supervisor,
    how: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    purpose = member_of(LegPurpose, how)
    if purpose is None:
        raise Invalid("A supervisor listens, whispers or barges in.")
    supervision.supervise(database, person.user, session_id, purpose, now)
    return floor.live(request, database, now, person)


@router.post("/{session_id}/take-over")
def take_over(
    session_id: UUID, request: Request, database: Database, now: Now, person: Supervisor
) -> Response:
    supervision.take_over(database, person.user, session_id, now)
    return floor.live(request, database, now, person)


@router.post("/{session_id}/stop")
def stop(session_id: UUID, request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    supervision.stop(database, person.user, session_id, now)
    return floor.live(request, database, now, person)
