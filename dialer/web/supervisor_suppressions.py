"""Suppressed numbers: the latest, a search, and one more. Nothing is taken off the list here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.core.errors import InvalidFields
from dialer.domain.user import Role
from dialer.services import suppressions
from dialer.store import campaigns, clients
from dialer.store import suppressions as rows
from dialer.store.suppressions import SuppressionScope
from dialer.web.frames import frame_of, page, redirect
from dialer.web.lists import Pages
from dialer.web.rendering import Message

router = APIRouter(prefix="/supervisor/suppressions", include_in_schema=False)
Supervisor = Annotated[Person, Depends(people(Role.SUPERVISOR))]
PAGE_SIZE, MOST_DIGITS = 50, 30
SCOPES = (
    (SuppressionScope.SYSTEM.value, "Every campaign"),
    (SuppressionScope.CLIENT.value, "One client's campaigns"),
    (SuppressionScope.CAMPAIGN.value, "One campaign"),
)
BLANK = {
    "phone": "",
    "scope": SuppressionScope.SYSTEM.value,
    "client_id": "",
    "campaign_id": "",
    "reason": "",
}
Text = Annotated[str, Form(max_length=1000)]


@router.get("")
def latest(
    request: Request,
    database: Database,
    now: Now,
    person: Supervisor,
    pages: Annotated[Pages, Depends()],
    q: str = "",
) -> Response:
    return _shown(request, database, now, person, pages, q, _unsearchable(q))


@router.post("")
def add(
    request: Request,
    database: Database,
    now: Now,
    person: Supervisor,
    phone: Text = "",
    scope: Text = "",
    client_id: Text = "",
    campaign_id: Text = "",
    reason: Text = "",
) -> Response:
    form = {
        "phone": phone,
        "scope": scope,
        "client_id": client_id,
        "campaign_id": campaign_id,
        "reason": reason,
    }
    try:
        wanted = suppressions.read(database, form)
    except InvalidFields as error:
        return _shown(request, database, now, person, Pages(), "", error.errors, form)
    added = suppressions.add(
        database,
        wanted.phone,
        wanted.scope,
        wanted.scope_id,
        source="supervisor",
        reason=wanted.reason,
        user_id=person.user.id,
        now=now,
    )
    words = "The number is suppressed." if added.created_at == now else "The number was suppressed before."
    return redirect(router.prefix, Message("done", words))


def _unsearchable(q: str) -> dict[str, str]:
    if q.strip() and not _digits(q):
        return {"q": "Search for digits of a number."}
    return {"q": f"Search for at most {MOST_DIGITS} digits."} if len(_digits(q)) > MOST_DIGITS else {}


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())


def _shown(
    request: Request,
    database: Session,
    now: datetime,
    person: Person,
    pages: Pages,
    q: str,
    errors: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    told, digits = dict(errors or {}), _digits(q)
    total = 0 if "q" in told else rows.count(database, digits)
    cut = pages.of(total, PAGE_SIZE, f"{router.prefix}?q={digits}&page=")
    context = {
        "suppressions": suppressions.listing(database, digits, cut.offset, cut.size) if total else [],
        "q": q,
        "scopes": SCOPES,
        "clients": [(client.id, client.name) for client in clients.everything(database)],
        "campaigns": [(campaign.id, campaign.name) for campaign in campaigns.everything(database)],
        "form": form or BLANK,
        "errors": told,
    }
    frame = frame_of(request, person, now)
    return page("supervisor/suppressions.html", frame, context | cut.told, 422 if told else 200)
