"""The live floor: agents, dial queues, calls."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.domain.user import Role
from dialer.services import floor, own_call, reports, supervision_pages
from dialer.web.frames import frame_of, page

router = APIRouter(prefix="/supervisor/floor", include_in_schema=False)
Supervisor = Annotated[Person, Depends(people(Role.SUPERVISOR))]


@router.get("")
def whole(request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    return _shown("supervisor/floor.html", request, database, now, person)


@router.get("/live")
def live(request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    return _shown("supervisor/_floor.html", request, database, now, person)


@router.get("/calls/{attempt_id}/script")
def script(attempt_id: UUID, request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    """The words to say in a call, to read beside the floor."""
    shown = own_call.script_of(database, person.user, attempt_id, get_settings().scripts_folder, now)
    return page("supervisor/script.html", frame_of(request, person, now), {"script": shown})


def _shown(template: str, request: Request, database: Session, now: datetime, person: Person) -> Response:
    today = reports.day_of(now, get_settings().office_time_zone)
    shown = vars(floor.show(database, get_redis(), person.user.id, now, today)) | {
        "watches": supervision_pages.of_floor(database, person.user.id),
        "own": own_call.of_viewer(database, person.user.id, now),
    }
    return page(template, frame_of(request, person, now), shown)
