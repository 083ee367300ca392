"""The supervisor's campaigns: all of them live, one with its settings, a new one; start, pause, stop."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.core.errors import Conflict, InvalidFields, NotFound
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.domain.campaign import CampaignEvent
from dialer.domain.compliance import ABANDONMENT_LIMIT
from dialer.domain.user import Role
from dialer.services import (
    abandonment_pages,
    caller_ids,
    campaign_settings,
    campaigns,
    contact_filters,
    loaded_lists,
    overview,
    queue_settings,
    why_not_dialled,
)
from dialer.services.abandonment_pages import Period
from dialer.services.campaign_settings import CampaignSettings
from dialer.store import campaigns as campaign_rows
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.web.frames import frame_of, page, redirect
from dialer.web.own_numbers import look_up_numbers
from dialer.web.rendering import Message

router = APIRouter(prefix="/supervisor/campaigns", include_in_schema=False)
Supervisor = Annotated[Person, Depends(people(Role.SUPERVISOR))]
LISTS_SHOWN = 20
PAUSED_BY_HAND = "{} paused it"


async def sent_fields(request: Request) -> dict[str, str]:
    """The form's text fields; a form of settings is read by its service."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


Fields = Annotated[dict[str, str], Depends(sent_fields)]


@router.get("")
def everything(request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    return _table(request, database, now, person, "supervisor/campaigns.html")


@router.get("/live")
def live(request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    return _table(request, database, now, person)


@router.get("/new")
def new(request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    return _form(request, database, now, person, None, campaign_settings.blank(), {})


@router.post("")
def make(request: Request, database: Database, now: Now, person: Supervisor, fields: Fields) -> Response:
    try:
        settings = _read(request, database, now, fields)
    except InvalidFields as error:
        form = campaign_settings.blank() | fields
        return _form(request, database, now, person, None, form, error.errors)
    campaign = campaigns.make(database, settings, person.user.id, now)
    message = Message("done", f"“{campaign.name}” is made. Next: load a call list, then start it.")
    return redirect(f"{router.prefix}/{campaign.slug}", message)


@router.get("/{slug}")
def one(slug: str, request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    campaign = found(database, slug)
    return _form(request, database, now, person, campaign, campaign_settings.as_form(campaign), {})


@router.post("/{slug}")
def configure(
    slug: str, request: Request, database: Database, now: Now, person: Supervisor, fields: Fields
) -> Response:
    campaign = found(database, slug)
    try:
        settings = _read(request, database, now, fields)
    except InvalidFields as error:
        form = campaign_settings.as_form(campaign) | fields
        return _form(request, database, now, person, campaign, form, error.errors)
    campaigns.configure(database, campaign, settings, person.user.id, now)
    return redirect(f"{router.prefix}/{slug}", Message("done", "The settings are saved."))


@router.get("/{slug}/why")
def why(slug: str, request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    campaign = found(database, slug)
    shown = {"campaign": _told(database, campaign), "why": why_not_dialled.explain(database, campaign, now)}
    return page("supervisor/_why.html", frame_of(request, person, now), shown)


@router.post("/{slug}/start")
def start(slug: str, request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    campaign = found(database, slug)
    look_up_numbers(request, database, caller_ids.shown_by(database, campaign), now)
    try:
        campaigns.start(database, campaign, get_settings().scripts_folder, person.user.id, now)
    except Conflict as error:
        if _by_htmx(request):
            raise
        return redirect(f"{router.prefix}/{slug}", Message("error", str(error)))
    return _moved(request, database, now, person, campaign)


@router.post("/{slug}/pause")
def pause(slug: str, request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    campaign = found(database, slug)
    reason = PAUSED_BY_HAND.format(person.user.full_name)
    campaigns.move(database, campaign, CampaignEvent.PAUSE, person.user.id, now, reason)
    return _moved(request, database, now, person, campaign)


@router.post("/{slug}/stop")
def stop(slug: str, request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    campaign = found(database, slug)
    campaigns.move(database, campaign, CampaignEvent.STOP, person.user.id, now)
    return _moved(request, database, now, person, campaign)


def _read(request: Request, database: Session, now: datetime, fields: dict[str, str]) -> CampaignSettings:
    look_up_numbers(request, database, [fields.get("caller_id", "")], now)
    return campaign_settings.read(database, fields, get_settings().scripts_folder, now)


def _moved(
    request: Request, database: Session, now: datetime, person: Person, campaign: Campaign
) -> Response:
    if _by_htmx(request):
        return _table(request, database, now, person)
    message = Message("done", f"“{campaign.name}” is {campaign.state.value}.")
    return redirect(f"{router.prefix}/{campaign.slug}", message)


def _by_htmx(request: Request) -> bool:
    return request.headers.get("HX-Request") == "true"


def found(database: Session, slug: str) -> Campaign:
    campaign = campaign_rows.by_slug(database, slug)
    if campaign is None:
        raise NotFound(f"There is no campaign “{slug}”.")
    return campaign


def _told(database: Session, campaign: Campaign) -> dict[str, Any]:
    return {
        "slug": campaign.slug,
        "name": campaign.name,
        "client": database.get_one(Client, campaign.client_id).name,
        "state": campaign.state.value,
        "dial_mode": campaign.dial_mode.value,
    }


def _abandonment(campaign: Campaign, periods: Sequence[Period]) -> dict[str, Any]:
    limits = abandonment_pages.limits(campaign)
    words = abandonment_pages.words_of(campaign, periods[0].counted, limits)
    return {"abandonment": words, "is_braked": campaign.braked_at is not None}


def _table(
    request: Request,
    database: Session,
    now: datetime,
    person: Person,
    template: str = "supervisor/_campaigns.html",
) -> Response:
    settings = get_settings()
    lines = overview.all_campaigns(
        database, get_redis(), settings.scripts_folder, now, settings.office_time_zone
    )
    shown = {"campaigns": lines, "abandonment_limit": ABANDONMENT_LIMIT}
    return page(template, frame_of(request, person, now), shown)


def _form(
    request: Request,
    database: Session,
    now: datetime,
    person: Person,
    campaign: Campaign | None,
    form: dict[str, str],
    errors: dict[str, str],
) -> Response:
    scripts = get_settings().scripts_folder
    shown = vars(campaign_settings.choices(database, scripts)) | {
        "campaign": None,
        "form": form,
        "errors": errors,
    }
    if campaign is not None:
        periods = abandonment_pages.periods(database, campaign, now)
        shown |= {
            "campaign": _told(database, campaign) | _abandonment(campaign, periods),
            "abandonment": periods,
            "checklist": [
                {"done": check.passed, "label": check.name, "help": check.detail}
                for check in campaigns.checks_of(database, campaign, scripts, now)
            ],
            "lists": loaded_lists.page_of(database, 0, LISTS_SHOWN, campaign.id),
            "why": why_not_dialled.explain(database, campaign, now),
            "caller_ids": caller_ids.listing(database, campaign, now),
            "cap": campaign.caller_id_calls_per_day,
            "pasted": "",
            "added": 0,
            "refused": (),
            "plans": queue_settings.plans(database, campaign, now),
            "filter": contact_filters.shown(database, campaign),
        }
    status = 422 if errors else 200
    return page("supervisor/campaign.html", frame_of(request, person, now), shown, status)
