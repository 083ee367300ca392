"""Leads for managers: all of them by what matters, one with its history, its follow-ups, its fate."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.core.enums import member_of
from dialer.core.errors import Conflict, Invalid, NotFound
from dialer.core.settings import get_settings
from dialer.domain.lead import OPEN, LeadEvent, LeadState, SlaState
from dialer.domain.user import OWNERS, Role
from dialer.services import lead_pages, leads, reports
from dialer.services.leads import EVENT_LABELS, FOLLOW_UP_KINDS, NEEDS_REASON
from dialer.store import campaigns, users
from dialer.store import leads as lead_rows
from dialer.store.leads import Lead, LeadFilter
from dialer.store.users import User
from dialer.web.frames import frame_of, page, redirect
from dialer.web.lists import Filters, Pages, whole_number
from dialer.web.rendering import Message

router = APIRouter(prefix="/manager/leads", include_in_schema=False)
READERS = (Role.MANAGER, Role.ADMIN)
Manager = Annotated[Person, Depends(people(Role.MANAGER))]
PAGE_SIZE = 50
ALL_OPEN, DUE_SOON = "open", "due_soon"
STATES = ((ALL_OPEN, "Open"), *((state.value, state.value.capitalize()) for state in LeadState))
MOST_NOTES, MOST_SEARCHED, MOST_DAYS = 4000, 100, 366


class LeadFilters(Filters):
    def __init__(
        self,
        state: str = "",
        sla: str = "",
        campaign: str = "",
        owner: str = "",
        made_by: str = "",
        day: str = "",
        span: str = "",
        q: str = "",
    ) -> None:
        super().__init__(
            router.prefix,
            state=state,
            sla=sla,
            campaign=campaign,
            owner=owner,
            made_by=made_by,
            day=day,
            span=span if day else "",
            q=q,
        )

    def read(self, database: Session) -> LeadFilter:
        campaign = self.chosen("campaign", lambda slug: campaigns.by_slug(database, slug), "campaign")
        owner = self.chosen("owner", lambda said: _user(database, said), "owner")
        made_by = self.chosen("made_by", lambda said: _user(database, said), "agent")
        since, until = self._period()
        if len(self.said["q"]) > MOST_SEARCHED:
            self.errors["q"] = f"Search for at most {MOST_SEARCHED} characters."
        return LeadFilter(
            states=self.chosen("state", _states, "state") or frozenset(),
            sla=self.chosen("sla", _sla, "follow-up state"),
            due_within=lead_pages.SOON if self.said["sla"] == DUE_SOON else None,
            campaign_id=campaign.id if campaign else None,
            owner_id=owner.id if owner else None,
            made_by_id=made_by.id if made_by else None,
            made_since=since,
            made_until=until,
            words=self.said["q"],
        )

    def _period(self) -> tuple[datetime, datetime] | tuple[None, None]:
        """The `span` days up to the end of `day`, in the office's zone."""
        last, days = self.day("day"), self.chosen("span", _days, "span of") or 1
        if last is None:
            return None, None
        return reports.midnights(last - timedelta(days=days - 1), last, get_settings().office_time_zone)


@router.get("")
def everything(
    request: Request,
    database: Database,
    now: Now,
    person: Manager,
    filters: Annotated[LeadFilters, Depends()],
    pages: Annotated[Pages, Depends()],
) -> Response:
    wanted = filters.read(database)
    cut = pages.of(0 if filters.errors else lead_rows.count(database, wanted, now), PAGE_SIZE, filters.href())
    made_by = database.get(User, wanted.made_by_id) if wanted.made_by_id is not None else None
    context = {
        "leads": [] if filters.errors else lead_pages.listing(database, wanted, now, cut.offset, cut.size),
        "counts": lead_pages.counts(database, now),
        "filters": filters.said,
        "errors": filters.errors,
        "made_by": made_by.full_name if made_by else "",
        "campaigns": [(row.slug, row.name) for row in campaigns.everything(database)],
        "owners": _owners(database),
        "states": STATES,
    }
    return page("manager/leads.html", frame_of(request, person, now), context | cut.told, filters.status)


@router.get("/{lead_id}")
def one(lead_id: int, request: Request, database: Database, now: Now, person: Manager) -> Response:
    return _shown(request, database, now, person, lead_id)


@router.post("/{lead_id}/follow-ups")
def follow_up(
    lead_id: int,
    request: Request,
    database: Database,
    now: Now,
    person: Manager,
    kind: Annotated[str, Form()] = "",
    notes: Annotated[str, Form(max_length=MOST_NOTES)] = "",
) -> Response:
    lead = _locked(database, lead_id)
    try:
        leads.follow_up(database, lead, person.user.id, kind, notes, now)
    except Invalid as error:
        field = "notes" if kind in FOLLOW_UP_KINDS else "kind"
        form = {"kind": kind, "notes": notes}
        return _shown(request, database, now, person, lead_id, {field: str(error)}, form)
    return redirect(f"{router.prefix}/{lead_id}", Message("done", "The follow-up is logged."))


@router.post("/{lead_id}/state")
def move(
    lead_id: int,
    request: Request,
    database: Database,
    now: Now,
    person: Manager,
    event: Annotated[str, Form()] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    lead = _locked(database, lead_id)
    form = {"event": event, "reason": reason}
    chosen = member_of(LeadEvent, event)
    try:
        if chosen is None:
            raise Conflict("Choose what has become of it.")
        leads.move(database, lead, chosen, person.user.id, reason, now)
    except Conflict as error:
        return _shown(request, database, now, person, lead_id, {"event": str(error)}, form)
    except Invalid as error:
        return _shown(request, database, now, person, lead_id, {"reason": str(error)}, form)
    return redirect(f"{router.prefix}/{lead_id}", Message("done", f"The lead is {lead.state.value} now."))


@router.post("/{lead_id}/owner")
def change_owner(
    lead_id: int,
    request: Request,
    database: Database,
    now: Now,
    person: Manager,
    owner_id: Annotated[str, Form()] = "",
) -> Response:
    lead = _locked(database, lead_id)
    owner = _user(database, owner_id)
    try:
        if owner is None:
            raise Invalid("Choose whom the lead goes to.")
        leads.change_owner(database, lead, owner, person.user.id, now)
    except Invalid as error:
        form = {"owner_id": owner_id}
        return _shown(request, database, now, person, lead_id, {"owner_id": str(error)}, form)
    message = Message("done", f"{owner.full_name} has the lead now.")
    return redirect(f"{router.prefix}/{lead_id}", message)


def _locked(database: Session, lead_id: int) -> Lead:
    lead = lead_rows.lock(database, lead_id)
    if lead is None:
        raise NotFound("There is no such lead.")
    return lead


def _shown(
    request: Request,
    database: Session,
    now: datetime,
    person: Person,
    lead_id: int,
    errors: dict[str, str] | None = None,
    form: dict[str, str] | None = None,
) -> Response:
    shown = vars(lead_pages.one(database, lead_id, now))
    context: dict[str, Any] = shown | {
        "kinds": list(FOLLOW_UP_KINDS.items()),
        "events": [
            (event.value, EVENT_LABELS[event], event in NEEDS_REASON)
            for event in leads.moves(LeadState(shown["lead"]["state"]))
        ],
        "owners": _owners(database),
        "errors": errors or {},
        "form": form or {},
    }
    return page("manager/lead.html", frame_of(request, person, now), context, 422 if errors else 200)


def _owners(database: Session) -> list[tuple[int, str]]:
    return [(user.id, user.full_name) for user in users.of_roles(database, OWNERS)]


def _states(said: str) -> frozenset[LeadState] | None:
    if said == ALL_OPEN:
        return OPEN
    state = member_of(LeadState, said)
    return None if state is None else frozenset({state})


def _sla(said: str) -> SlaState | None:
    return SlaState.RUNNING if said == DUE_SOON else member_of(SlaState, said)


def _days(said: str) -> int | None:
    days = whole_number(said) or 0
    return days if 1 <= days <= MOST_DAYS else None


def _user(database: Session, said: str) -> User | None:
    return database.get(User, whole_number(said) or 0)
