"""REST: Conferences."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from dialer.sandbox.conferences import RoomStatus
from dialer.sandbox.errors import bad_parameter
from dialer.sandbox.forms import Form
from dialer.sandbox.music import announce_to_all
from dialer.sandbox.paging import date_filter, page
from dialer.sandbox.rest import RestContext, rest_context, source_of

router = APIRouter(prefix="/Conferences")
Context = Annotated[RestContext, Depends(rest_context)]


@router.get(".json")
async def list_conferences(request: Request, context: Context) -> Response:
    query = Form.of_query(request)
    name, status = query.text("FriendlyName"), query.text("Status")
    if status and status not in set(RoomStatus):
        raise bad_parameter("Status", status)
    created, updated = date_filter(query, "DateCreated"), date_filter(query, "DateUpdated")
    conferences = (
        conference
        for conference in reversed(context.sandbox.conferences.by_sid.values())
        if (not name or conference.name == name)
        and (not status or conference.status == status)
        and created(conference.created_at)
        and updated(conference.updated_at)
    )
    return JSONResponse(
        page(
            request.url.path,
            "conferences",
            query,
            conferences,
            lambda conference: conference.sid,
            context.resources.conference,
        )
    )


@router.get("/{sid}.json")
async def fetch(sid: str, request: Request, context: Context) -> Response:
    return JSONResponse(context.resources.conference(context.conference(sid, request)))


@router.post("/{sid}.json")
async def update(sid: str, request: Request, context: Context) -> Response:
    conference = context.conference(sid, request)
    form = await Form.of(request)
    status = form.text("Status")
    if status not in ("", "completed"):
        raise bad_parameter("Status", status)
    announcement = source_of(form, "Announce")
    if announcement and conference.status is not RoomStatus.COMPLETED:
        announce_to_all(context.sandbox.interpreter, conference, announcement)
    if status:
        context.sandbox.conferences.end(conference)
    return JSONResponse(context.resources.conference(conference))
