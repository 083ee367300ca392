"""The desk's key that leaves the message with a machine and goes on to the next call."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from dialer.api.deps import Database, Now
from dialer.services import machines
from dialer.web.desk import Agent, desk_page

router = APIRouter(prefix="/desk", include_in_schema=False)


@router.post("/voicemail")
def leave_message(
    request: Request, database: Database, now: Now, person: Agent, attempt_id: Annotated[UUID, Form()]
) -> Response:
    machines.leave_message(database, person.user.id, attempt_id, now)
    return desk_page(request, database, now, person)
