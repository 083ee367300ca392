"""The agent's desk: one page, one live part, and the forms and keys that it sends."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.core.errors import Conflict, InvalidFields, NotFound
from dialer.core.outbox import Channel
from dialer.core.settings import get_settings
from dialer.domain import metrics
from dialer.domain.agent import PAUSE_CODES
from dialer.domain.disposition import CallBackScope
from dialer.domain.user import Role
from dialer.services import (
    agents,
    choices,
    conclusions,
    desk,
    desk_call,
    desk_entries,
    desk_machine,
    previews,
    reports,
    supervision_pages,
)
from dialer.services.choices import Choice
from dialer.services.conclusions import Conclusion
from dialer.store import agent_sessions, attempts, campaigns, clients, contacts
from dialer.store.agent_sessions import AgentSession
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.web import live
from dialer.web.frames import frame_of, page

router = APIRouter(prefix="/desk", include_in_schema=False)
Agent = Annotated[Person, Depends(people(Role.AGENT))]
PARTIAL = "agent/_desk.html"


@router.get("")
def whole(request: Request, database: Database, now: Now, person: Agent) -> Response:
    return desk_page(request, database, now, person, "agent/desk.html")


@router.get("/state")
def state(request: Request, database: Database, now: Now, person: Agent) -> Response:
    return desk_page(request, database, now, person)


@router.get("/events")
def events(person: Agent) -> Response:
    return live.stream(Channel.AGENT, str(person.user.id), "state")


@router.post("/start")
def start(
    request: Request,
    database: Database,
    now: Now,
    person: Agent,
    campaign_id: Annotated[Sequence[int], Form()] = (),
) -> Response:
    """The first of the campaigns is the one that she is counted in until another wants her more."""
    chosen = [database.get(Campaign, one) for one in campaign_id]
    works = [campaign for campaign in chosen if campaign is not None]
    if len(works) < len(chosen):
        raise NotFound("There is no such campaign.")
    try:
        if not works:
            raise Conflict("Choose at least one campaign.")
        agents.start(database, person.user, works[0], now, works[1:])
    except Conflict as error:
        return desk_page(request, database, now, person, errors={"campaign_id": str(error)})
    return desk_page(request, database, now, person)


@router.post("/ready")
def ready(request: Request, database: Database, now: Now, person: Agent) -> Response:
    agents.get_ready(database, own_session(database, person), now)
    return desk_page(request, database, now, person)


@router.post("/line")
def ring_again(request: Request, database: Database, now: Now, person: Agent) -> Response:
    agents.ring_again(database, own_session(database, person), now)
    return desk_page(request, database, now, person)


@router.post("/pause")
def pause(
    request: Request, database: Database, now: Now, person: Agent, code: Annotated[str, Form()]
) -> Response:
    agents.pause(database, own_session(database, person), code, now)
    return desk_page(request, database, now, person)


@router.post("/stop")
def stop(request: Request, database: Database, now: Now, person: Agent) -> Response:
    agents.stop(database, own_session(database, person), now)
    return desk_page(request, database, now, person)


@router.post("/dial")
def dial(request: Request, database: Database, now: Now, person: Agent) -> Response:
    previews.dial(database, own_session(database, person), now)
    return desk_page(request, database, now, person)


@router.post("/skip")
def skip(
    request: Request,
    database: Database,
    now: Now,
    person: Agent,
    reason: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    previews.skip(database, own_session(database, person), reason, now)
    return desk_page(request, database, now, person)


@router.post("/hangup")
def hang_up(
    request: Request, database: Database, now: Now, person: Agent, attempt_id: Annotated[UUID, Form()]
) -> Response:
    desk_entries.hang_up(database, person.user.id, attempt_id)
    return desk_page(request, database, now, person)


@router.post("/answers")
def answer(
    database: Database,
    now: Now,
    person: Agent,
    attempt_id: Annotated[UUID, Form()],
    key: Annotated[str, Form()],
    value: Annotated[list[str], Form()],
) -> Response:
    desk_entries.store_answer(
        database, person.user.id, attempt_id, key, value, get_settings().scripts_folder, now
    )
    return Response(status_code=204)


@router.post("/notes")
def notes(
    database: Database, person: Agent, attempt_id: Annotated[UUID, Form()], notes: Annotated[str, Form()] = ""
) -> Response:
    desk_entries.store_notes(database, person.user.id, attempt_id, notes)
    return Response(status_code=204)


@router.post("/choice")
def choice(
    database: Database,
    now: Now,
    person: Agent,
    attempt_id: Annotated[UUID, Form()],
    disposition: Annotated[str, Form(max_length=80)],
    reason: Annotated[str, Form(max_length=80)] = "",
    callback_at: Annotated[str, Form(max_length=40)] = "",
    callback_scope: Annotated[CallBackScope, Form()] = CallBackScope.MINE,
) -> Response:
    """What is chosen and not saved yet."""
    attempt = desk_entries.attempt_of(database, person.user.id, attempt_id)
    at = _local_time(database, attempt.contact_id, callback_at)
    chosen = Choice(disposition, reason or None, at, callback_scope)
    choices.keep(database, person.user.id, attempt_id, chosen, now)
    return Response(status_code=204)


@router.post("/disposition")
def disposition(
    request: Request,
    database: Database,
    now: Now,
    person: Agent,
    attempt_id: Annotated[UUID, Form()],
    disposition: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    callback_at: Annotated[str, Form()] = "",
    callback_scope: Annotated[CallBackScope, Form()] = CallBackScope.MINE,
    notes: Annotated[str | None, Form(max_length=desk_entries.MAX_NOTES)] = None,
) -> Response:
    """A refused one comes back with the error at its field and everything else as it was sent."""
    attempt = desk_entries.attempt_of(database, person.user.id, attempt_id)
    try:
        at = _local_time(database, attempt.contact_id, callback_at)
        conclusion = Conclusion(notes, reason or None, at, callback_scope)
        conclusions.conclude(database, attempt, disposition, conclusion, now)
    except InvalidFields as error:
        sent = {
            "disposition": disposition,
            "reason": reason,
            "callback_at": callback_at,
            "callback_scope": callback_scope.value,
            "notes": notes or "",
        }
        return desk_page(request, database, now, person, errors=error.errors, form=sent)
    return desk_page(request, database, now, person)


def _local_time(database: Session, contact_id: int, text: str) -> datetime | None:
    """A date and time as entered, on the contact's clock."""
    if not text:
        return None
    contact = database.get_one(Contact, contact_id)
    try:
        entered = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidFields({"callback_at": f"“{text}” is no date and time."}) from error
    return entered.replace(tzinfo=ZoneInfo(contact.zones[0] if contact.zones else "UTC"))


def own_session(database: Session, person: Person) -> AgentSession:
    agent = agent_sessions.of_user(database, person.user.id, locked=True)
    if agent is None:
        raise Conflict("Your shift has ended. Start it again.")
    return agent


def desk_page(
    request: Request,
    database: Session,
    now: datetime,
    person: Person,
    template: str = PARTIAL,
    errors: dict[str, str] | None = None,
    form: dict[str, str] | None = None,
) -> Response:
    database.flush()
    settings = get_settings()
    agent = agent_sessions.of_user(database, person.user.id)
    attempt = attempts.open_of_session(database, agent.id) if agent is not None else None
    seen = desk.show(database, person.user, agent, attempt, settings.scripts_folder, now)
    shown: dict[str, Any] = vars(seen) | {
        "campaigns": _campaigns(database, person.user.id, now) if agent is None else (),
        "pause_codes": list(PAUSE_CODES.items()),
        "call": desk_call.shown(database, agent, attempt),
        "works": _works(database, agent),
        "machine": desk_machine.shown(database, agent, attempt, now),
        "today": _today(database, person.user.id, now),
        "today_definition": metrics.LEADS_PER_HOUR_DIALLED,
        "listeners": supervision_pages.told_to(
            database, agent.id if agent else None, is_told=settings.tell_agents_when_listened_to
        ),
        "errors": errors or {},
        "form": form or {},
    }
    return page(template, frame_of(request, person, now), {"desk": shown}, 422 if errors else 200)


def _campaigns(database: Session, user_id: int, now: datetime) -> list[dict[str, Any]]:
    """Those of her last shift are chosen, else the first."""
    owners = {client.id: client.name for client in clients.everything(database)}
    waiting = contacts.due_by_campaign(database, now)
    running = campaigns.running(database)
    last = agent_sessions.worked_last(database, user_id) & {campaign.id for campaign in running}
    chosen = last or {campaign.id for campaign in running[:1]}
    return [
        {
            "id": campaign.id,
            "is_chosen": campaign.id in chosen,
            "name": campaign.name,
            "client": owners[campaign.client_id],
            "dial_mode": campaign.dial_mode.value,
            "waiting": waiting.get(campaign.id, 0),
        }
        for campaign in running
    ]


def _works(database: Session, agent: AgentSession | None) -> list[str]:
    """The names of all her campaigns, where they are several."""
    if agent is None:
        return []
    ids = agent_sessions.campaigns_of(database, agent.id)
    return sorted(database.get_one(Campaign, one).name for one in ids) if len(ids) > 1 else []


def _today(database: Session, user_id: int, now: datetime) -> dict[str, Any]:
    since = reports.day_start(now, get_settings().office_time_zone)
    row = reports.total(database, since, now, user_id=user_id)
    return vars(row) | {"leads_per_hour": row.leads_per_hour}
