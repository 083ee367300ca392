"""Recordings: the sound for a player, seekable, and the list for supervisors."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
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
from dialer.store.recordings import RecordingFilter
from dialer.web.byte_range import Unsatisfiable, asked_range
from dialer.web.frames import Pages, frame_of, page

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


class Filters:
    """What the page's filters say; what none of them knows lets all recordings through."""

    def __init__(self, campaign: str = "", agent: str = "", day: str = "") -> None:
        self.said = {"campaign": campaign, "agent": agent, "day": day}

    def href(self) -> str:
        """Ends where the page's number goes."""
        given = {name: value for name, value in self.said.items() if value}
        return f"{LIST}?{urlencode(given | {'page': ''})}"

    def read(self, campaign_ids: Mapping[str, int]) -> RecordingFilter:
        agent = self.said["agent"]
        since, until = _day(self.said["day"])
        return RecordingFilter(
            campaign_id=campaign_ids.get(self.said["campaign"]),
            agent_id=int(agent) if agent.isascii() and agent.isdigit() and len(agent) < 10 else None,
            since=since,
            until=until,
        )


def _day(said: str) -> tuple[datetime | None, datetime | None]:
    """From midnight to midnight in the office's zone."""
    try:
        day, zone = date.fromisoformat(said), get_settings().office_time_zone
        return reports.midnight(day, zone), reports.midnight(day + timedelta(days=1), zone)
    except (ValueError, OverflowError):
        return None, None


@router.get(LIST)
def everything(
    request: Request,
    database: Database,
    now: Now,
    person: Supervisor,
    filters: Annotated[Filters, Depends()],
    pages: Annotated[Pages, Depends()],
) -> Response:
    all_campaigns = campaigns.everything(database)
    wanted = filters.read({row.slug: row.id for row in all_campaigns})
    context: dict[str, Any] = {
        "lines": recording_pages.listing(database, wanted, pages.offset(PAGE_SIZE), PAGE_SIZE),
        "filters": filters.said,
        "campaigns": [(row.slug, row.name) for row in all_campaigns],
        "agents": [(user.id, user.full_name) for user in users.of_roles(database, [Role.AGENT])],
        "kept_days": get_settings().recording_days,
    }
    told = pages.told(rows.count(database, wanted), PAGE_SIZE, filters.href())
    return page("supervisor/recordings.html", frame_of(request, person, now), context | told)
