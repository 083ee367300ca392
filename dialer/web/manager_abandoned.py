"""Abandoned calls: the share of each campaign, and of one campaign every call with its evidence."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.core.database import transaction
from dialer.core.errors import NotFound
from dialer.domain import metrics
from dialer.domain.compliance import ABANDONMENT_LIMIT
from dialer.domain.user import Role
from dialer.services import abandonment_pages
from dialer.store import abandonment as abandonment_rows
from dialer.store import campaigns
from dialer.store.campaigns import Campaign
from dialer.web.csv_files import download
from dialer.web.frames import frame_of, page
from dialer.web.lists import Pages

router = APIRouter(prefix="/manager/abandoned-calls", include_in_schema=False)
Reader = Annotated[Person, Depends(people(Role.MANAGER, Role.SUPERVISOR))]
PAGE_SIZE = 50


@router.get("")
def everything(request: Request, database: Database, now: Now, person: Reader) -> Response:
    shown = {
        "campaigns": abandonment_pages.by_campaign(database, now),
        "limit": ABANDONMENT_LIMIT,
        "definition": metrics.ABANDONMENT_RATE,
    }
    return page("manager/abandonment.html", frame_of(request, person, now), shown)


@router.get("/{slug}")
def one(
    slug: str,
    request: Request,
    database: Database,
    now: Now,
    person: Reader,
    pages: Annotated[Pages, Depends()],
) -> Response:
    campaign = _found(database, slug)
    total = abandonment_rows.count_abandoned(database, campaign.id)
    cut = pages.of(total, PAGE_SIZE, f"{router.prefix}/{slug}?page=")
    periods = abandonment_pages.periods(database, campaign, now)
    limits = abandonment_pages.limits(campaign)
    shown = {
        "campaign": {"slug": campaign.slug, "name": campaign.name, "zone": campaign.time_zone},
        "periods": periods,
        "limits": limits,
        "is_braked": campaign.braked_at is not None,
        "state": abandonment_pages.words_of(campaign, periods[0].counted, limits),
        "lines": abandonment_pages.lines(database, campaign, cut.offset, cut.size),
        "definition": metrics.ABANDONMENT_RATE,
        "is_supervisor": person.user.role is not Role.MANAGER,
    }
    return page("manager/abandoned_calls.html", frame_of(request, person, now), shown | cut.told)


@router.get("/{slug}/calls.csv")
def calls(slug: str, database: Database, person: Reader) -> Response:
    campaign = _found(database, slug)
    return download(f"abandoned-{campaign.slug}.csv", _rows(campaign.id))


def _rows(campaign_id: int) -> Iterator[Sequence[str]]:
    """From a transaction of its own: the request's ends before the answer is sent."""
    with transaction() as session:
        yield from abandonment_pages.csv_rows(session, session.get_one(Campaign, campaign_id))


def _found(database: Session, slug: str) -> Campaign:
    campaign = campaigns.by_slug(database, slug)
    if campaign is None:
        raise NotFound(f"There is no campaign “{slug}”.")
    return campaign
