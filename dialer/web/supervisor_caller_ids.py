"""The pool of numbers on a campaign's page: add several at once, rest one, use it again, remove it."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.domain.user import Role
from dialer.services import caller_ids
from dialer.services.caller_ids import Added
from dialer.store.campaigns import Campaign
from dialer.web.frames import frame_of, page
from dialer.web.own_numbers import look_up_numbers
from dialer.web.supervisor_campaigns import found

router = APIRouter(prefix="/supervisor/campaigns/{slug}/caller-ids", include_in_schema=False)
Supervisor = Annotated[Person, Depends(people(Role.SUPERVISOR))]
CHANGES = {"rest": caller_ids.rest, "use": caller_ids.use_again, "remove": caller_ids.remove}


@router.post("")
def add(
    slug: str,
    request: Request,
    database: Database,
    now: Now,
    person: Supervisor,
    numbers: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    campaign = found(database, slug)
    look_up_numbers(request, database, caller_ids.entries(numbers), now)
    added = caller_ids.add(database, campaign, numbers, person.user.id, now)
    return _panel(request, database, now, person, campaign, added)


@router.post("/{number_id}/{what}")
def change(
    slug: str,
    number_id: int,
    what: Literal["rest", "use", "remove"],
    request: Request,
    database: Database,
    now: Now,
    person: Supervisor,
) -> Response:
    campaign = found(database, slug)
    CHANGES[what](database, campaign, number_id, person.user.id, now)
    return _panel(request, database, now, person, campaign)


def _panel(
    request: Request,
    database: Session,
    now: datetime,
    person: Person,
    campaign: Campaign,
    added: Added | None = None,
) -> Response:
    done = added or Added()
    shown = {
        "campaign": {"slug": campaign.slug},
        "caller_ids": caller_ids.listing(database, campaign, now),
        "cap": campaign.caller_id_calls_per_day,
        "pasted": "\n".join(done.refused),
        "added": done.count,
        "refused": list(done.refused.values()),
    }
    return page("supervisor/_caller_ids.html", frame_of(request, person, now), shown)
