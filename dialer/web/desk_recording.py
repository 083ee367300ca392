"""The desk's key for recording: the person agreed, pause, go on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from dialer.api.deps import Database, Now
from dialer.services import recording_keys
from dialer.telephony.port import RecordingChange
from dialer.web.desk import Agent, desk_page

router = APIRouter(prefix="/desk/recording", include_in_schema=False)
AttemptId = Annotated[UUID, Form()]


@router.post("/agreed")
def agreed(request: Request, database: Database, now: Now, person: Agent, attempt_id: AttemptId) -> Response:
    recording_keys.agreed(database, person.user.id, attempt_id, now)
    return desk_page(request, database, now, person)


@router.post("/pause")
def pause(request: Request, database: Database, now: Now, person: Agent, attempt_id: AttemptId) -> Response:
    recording_keys.change(database, person.user.id, attempt_id, RecordingChange.PAUSE, now)
    return desk_page(request, database, now, person)


@router.post("/resume")
def resume(request: Request, database: Database, now: Now, person: Agent, attempt_id: AttemptId) -> Response:
    recording_keys.change(database, person.user.id, attempt_id, RecordingChange.RESUME, now)
    return desk_page(request, database, now, person)
