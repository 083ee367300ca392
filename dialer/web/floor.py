"""The live floor: agents, dial queues, calls."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.domain.user import Role
from dialer.services import floor, reports, supervision_pages
from dialer.web.frames import frame_of, page

router = APIRouter(prefix="/supervisor/floor", include_in_schema=False)
Supervisor = Annotated[Person, Depends(people(Role.SUPERVISOR))]


@router.get("")
def whole(request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    return _shown("supervisor/floor.html", request, database, now, person)


@router.get("/live")
def live(request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    return _shown("supervisor/_floor.html", request, database, now, person)


def _shown(template: str, request: Request, database: Session, now: datetime, person: Person) -> Response:
    today = reports.day_of(now, get_settings().office_time_zone)
    shown = vars(floor.show(database, get_redis(), person.user.id, now, today)) | {
        "watches": supervision_pages.of_floor(database, person.user.id)
    }
    return page(template, frame_of(request, person, now), shown)
