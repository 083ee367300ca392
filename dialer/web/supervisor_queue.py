"""The dial queue on a campaign's page: retry plans, the filter and who is left by it, weights of lists."""

from datetime import datetime

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person
from dialer.core.errors import InvalidFields
from dialer.services import contact_filters, queue_settings
from dialer.services.contact_filters import FilterForm
from dialer.store.campaigns import Campaign
from dialer.web.frames import frame_of, page, redirect
from dialer.web.rendering import Message
from dialer.web.supervisor_campaigns import Fields, Supervisor, found

router = APIRouter(prefix="/supervisor/campaigns/{slug}", include_in_schema=False)


@router.post("/retry-plans")
def set_plans(
    slug: str, request: Request, database: Database, now: Now, person: Supervisor, fields: Fields
) -> Response:
    campaign = found(database, slug)
    plans = queue_settings.set_plans(database, campaign, fields, person.user.id, now)
    shown = {"campaign": {"slug": slug}, "plans": plans}
    status = 422 if plans.errors else 200
    return page("supervisor/_retry_plans.html", frame_of(request, person, now), shown, status)


@router.post("/filter/count")
def count(
    slug: str, request: Request, database: Database, now: Now, person: Supervisor, fields: Fields
) -> Response:
    campaign = found(database, slug)
    return _filter(request, person, now, campaign, contact_filters.counted(database, campaign, fields))


@router.post("/filter")
def save_filter(
    slug: str, request: Request, database: Database, now: Now, person: Supervisor, fields: Fields
) -> Response:
    campaign = found(database, slug)
    saved = contact_filters.save(database, campaign, fields, person.user.id, now)
    return _filter(request, person, now, campaign, saved)


@router.post("/weights")
def set_weights(slug: str, database: Database, now: Now, person: Supervisor, fields: Fields) -> Response:
    message = _weigh(database, found(database, slug), fields, person, now)
    return redirect(f"/supervisor/campaigns/{slug}", message)


def _weigh(
    database: Session, campaign: Campaign, fields: dict[str, str], person: Person, now: datetime
) -> Message:
    try:
        queue_settings.set_weights(database, campaign, fields, person.user.id, now)
    except InvalidFields as error:
        return Message("error", error.errors["weight"])
    return Message("done", "The weights are saved; the dial queue is mixed anew.")


def _filter(
    request: Request, person: Person, now: datetime, campaign: Campaign, form: FilterForm
) -> Response:
    shown = {"campaign": {"slug": campaign.slug}, "filter": form}
    status = 422 if form.error else 200
    return page("supervisor/_filter.html", frame_of(request, person, now), shown, status)
