"""Recordings: the sound for a player, seekable, and the list for supervisors."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse

from dialer.api.deps import Database, Now, Person, people
from dialer.core.errors import NotFound
from dialer.core.log import logger
from dialer.core.object_store import StoreUnreachable, recording_store
from dialer.core.settings import get_settings
from dialer.domain.user import Role
from dialer.services import listening, recording_pages, reports
from dialer.services.listening import Sound
from dialer.store import campaigns, users
from dialer.store import recordings as rows
from dialer.store.campaigns import Campaign
from dialer.store.recordings import RecordingFilter
from dialer.store.users import User
from dialer.web.byte_range import Unsatisfiable, asked_range
from dialer.web.frames import frame_of, page
from dialer.web.lists import Filters, Pages

router = APIRouter(include_in_schema=False)
Hearer = Annotated[Person, Depends(people(Role.SUPERVISOR, Role.MANAGER, Role.AGENT))]
Supervisor = Annotated[Person, Depends(people(Role.SUPERVISOR))]
LIST = "/supervisor/recordings"
PAGE_SIZE = 25
NOT_THERE = "The sound can't be had from our storage just now. Tell an administrator if it stays so."


@router.get("/recordings/{recording_id}.wav")
def sound(
    recording_id: UUID,
    database: Database,
    now: Now,
    person: Hearer,
    wanted: Annotated[str | None, Header(alias="Range")] = None,
    unless_changed: Annotated[str | None, Header(alias="If-Range")] = None,
) -> Response:
    """A recording never changes, so its hash is its tag. Each play is logged."""
    file = listening.play(database, person.user, recording_id, now)
    _expect(file)
    tag = f'"{file.sha256}"'
    headers = {"Accept-Ranges": "bytes", "ETag": tag, "Content-Disposition": "inline"}
    try:
        part = asked_range(wanted, file.bytes) if unless_changed in (None, tag) else None
    except Unsatisfiable:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{file.bytes}"})
    start, end = part or (0, file.bytes)
    headers["Content-Length"] = str(end - start)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.bytes}"
    pieces = recording_store().read(file.name, start, end)
    return StreamingResponse(pieces, 206 if part else 200, headers, media_type="audio/wav")


def _expect(file: Sound) -> None:
    """Raises `NotFound` while the answer can still say so."""
    try:
        size = recording_store().size(file.name)
    except StoreUnreachable as error:
        logger.error("recording_store_unreachable", error=str(error))
        raise NotFound(NOT_THERE) from error
    if size != file.bytes:
        logger.error("recording_not_in_store", name=file.name, expected=file.bytes, found=size)
        raise NotFound(NOT_THERE)


class RecordingFilters(Filters):
    def __init__(self, campaign: str = "", agent: str = "", day: str = "") -> None:
        super().__init__(LIST, campaign=campaign, agent=agent, day=day)

    def read(self, campaigns: Mapping[str, Campaign], agents: Mapping[str, User]) -> RecordingFilter:
        campaign = self.chosen("campaign", campaigns.get, "campaign")
        agent = self.chosen("agent", agents.get, "agent")
        day = self.day("day")
        since, until = reports.midnights(day, day, get_settings().office_time_zone) if day else (None, None)
        return RecordingFilter(
            campaign_id=campaign.id if campaign else None,
            agent_id=agent.id if agent else None,
            since=since,
            until=until,
        )


@router.get(LIST)
def everything(
    request: Request,
    database: Database,
    now: Now,
    person: Supervisor,
    filters: Annotated[RecordingFilters, Depends()],
    pages: Annotated[Pages, Depends()],
) -> Response:
    by_slug = {row.slug: row for row in campaigns.everything(database)}
    agents = {str(user.id): user for user in users.of_roles(database, [Role.AGENT])}
    wanted = filters.read(by_slug, agents)
    cut = pages.of(0 if filters.errors else rows.count(database, wanted), PAGE_SIZE, filters.href())
    context: dict[str, Any] = {
        "lines": [] if filters.errors else recording_pages.listing(database, wanted, cut.offset, cut.size),
        "filters": filters.said,
        "errors": filters.errors,
        "campaigns": [(slug, row.name) for slug, row in by_slug.items()],
        "agents": [(key, user.full_name) for key, user in agents.items()],
        "kept_days": get_settings().recording_days,
    }
    frame = frame_of(request, person, now)
    return page("supervisor/recordings.html", frame, context | cut.told, filters.status)
