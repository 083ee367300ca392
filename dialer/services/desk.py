"""The agent's desk: what she sees now, and what she gives: answers, notes, hang up, disposition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from dialer.core.errors import Conflict, Invalid, NotFound
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import (
    BUSY,
    HOUSE_PAUSES,
    PAUSE_CODES,
    PAUSE_LINE_LOST,
    PAUSE_NO_DISPOSITION,
    PAUSE_STARTING,
    LineState,
    SessionState,
)
from dialer.domain.attempt import OPEN, UNANSWERED, AttemptState
from dialer.domain.disposition import DISQUALIFY_REASONS, NO_DISPOSITION
from dialer.domain.script import InvalidAnswer, validate_answer
from dialer.scripts import (
    AgentFields,
    ClientFields,
    ContactFields,
    Library,
    RenderedScript,
    ScriptFields,
    load_library,
    render_script,
)
from dialer.services import gate
from dialer.services.agents import PREVIEW_LIMIT
from dialer.store import attempts, dispositions
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Answer, Attempt
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.contacts import PRIORITY_CALL_BACK, Contact
from dialer.store.dispositions import Disposition
from dialer.store.users import User

MAX_NOTES = 4000
HISTORY = 10


@dataclass(frozen=True)
class Desk:
    """What the page shows; `agent/_desk.html` says what each name means there."""

    state: str
    since: datetime
    campaign: Mapping[str, Any] | None = None
    pause: Mapping[str, str] | None = None
    pause_next: str | None = None
    stops_next: bool = False
    line_message: str = ""
    attempt_id: str = ""
    contact: Mapping[str, Any] | None = None
    history: Sequence[Mapping[str, Any]] = ()
    script: RenderedScript | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""
    dispositions: Sequence[Disposition] = ()
    reasons: Sequence[tuple[str, str]] = DISQUALIFY_REASONS
    ends_at: datetime | None = None
    default_disposition: str = ""
    connected_at: datetime | None = None


def show(session: Session, user: User, agent: AgentSession | None, scripts: Path, now: datetime) -> Desk:
    if agent is None:
        return Desk("offline", now)
    campaign = session.get_one(Campaign, agent.campaign_id)
    client = session.get_one(Client, campaign.client_id)
    attempt = attempts.open_of_session(session, agent.id)
    base: dict[str, Any] = {
        "state": state_shown(agent, attempt),
        "since": agent.state_since,
        "campaign": {
            "id": campaign.id,
            "name": campaign.name,
            "client": client.name,
            "dial_mode": campaign.dial_mode.value,
        },
        "pause": pause_shown(agent),
        "pause_next": PAUSE_CODES.get(agent.pause_after_call or ""),
        "stops_next": agent.stop_after_call,
    }
    contact_id = attempt.contact_id if attempt is not None else agent.preview_contact_id
    if agent.state is SessionState.PAUSED or contact_id is None:
        return Desk(**base)
    contact = session.get_one(Contact, contact_id)
    script = library(scripts).get(campaign.script_slug)
    fields = _script_fields(user, client, campaign, contact, now)
    return Desk(
        **base,
        attempt_id=str(attempt.id) if attempt else "",
        contact=_contact(session, contact, now),
        history=_history(session, contact, attempt),
        script=render_script(script, fields),
        answers={answer.question_key: answer.value for answer in attempts.answers_of(session, attempt.id)}
        if attempt
        else {},
        notes=attempt.notes if attempt else "",
        dispositions=[row for row in dispositions.of_campaign(session, campaign.id) if row.by_agent],
        ends_at=_ends_at(agent, attempt, campaign),
        default_disposition=_label(session, campaign.id, NO_DISPOSITION),
        connected_at=attempt.connected_at if attempt else None,
    )


def store_answer(
    session: Session,
    agent_id: int,
    attempt_id: UUID,
    key: str,
    given: Sequence[str],
    scripts: Path,
    now: datetime,
) -> None:
    """Store what was answered to one question; given again, the last one stands; blank takes it back.

    Raises `NotFound`, `Conflict` (the call is concluded), `Invalid` (the answer does not fit).
    """
    attempt = own_attempt(session, agent_id, attempt_id)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    script = library(scripts).get(campaign.script_slug)
    asked = script.questions.get(key)
    if asked is None:
        raise Invalid(f"The script asks no question “{key}”.")
    if not any(text.strip() for text in given):
        session.exec(
            delete(Answer).where(col(Answer.attempt_id) == attempt.id, col(Answer.question_key) == key)
        )
        return
    try:
        value = validate_answer(asked.question, given)
    except InvalidAnswer as error:
        raise Invalid(str(error)) from error
    row = {
        "attempt_id": attempt.id,
        "question_key": key,
        "label": asked.text,
        "means": asked.question.means,
        "value": value,
        "answered_at": now,
    }
    changed = {name: row[name] for name in ("label", "means", "value", "answered_at")}
    session.exec(
        insert(Answer)
        .values(row)
        .on_conflict_do_update(index_elements=["attempt_id", "question_key"], set_=changed)
    )
    attempt.script_version = script.version


def store_notes(session: Session, agent_id: int, attempt_id: UUID, notes: str) -> None:
    if len(notes) > MAX_NOTES:
        raise Invalid(f"Notes have at most {MAX_NOTES:,} characters.")
    own_attempt(session, agent_id, attempt_id).notes = notes


def hang_up(session: Session, agent_id: int, attempt_id: UUID) -> None:
    """End the person's call; the carrier's word of it brings the wrap-up."""
    attempt = own_attempt(session, agent_id, attempt_id)
    if attempt.call_sid is not None and attempt.call_ended_at is None:
        enqueue_after_commit(session, Job.HANG_UP, str(attempt.id))


def attempt_of(session: Session, agent_id: int, attempt_id: UUID) -> Attempt:
    """The agent's own attempt, locked. Raises `NotFound` for another's."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.agent_id != agent_id:
        raise NotFound("This call is not yours.")
    return attempt


def own_attempt(session: Session, agent_id: int, attempt_id: UUID) -> Attempt:
    """The agent's own attempt, locked and still open. Raises `Conflict` once it is concluded."""
    attempt = attempt_of(session, agent_id, attempt_id)
    if attempt.state not in OPEN:
        raise Conflict("This call is concluded already.")
    return attempt


@lru_cache(maxsize=4)
def _library(root: Path, stamp: float) -> Library:
    return load_library(root)


def library(root: Path) -> Library:
    """The scripts library, read again when a file of it has changed."""
    return _library(root, max((path.stat().st_mtime for path in root.rglob("*.md")), default=0.0))


def state_shown(agent: AgentSession, attempt: Attempt | None) -> str:
    """Her state as pages tell it, finer than the session's own."""
    if agent.state is SessionState.PAUSED:
        if agent.pause_code == PAUSE_STARTING:
            return "connecting" if agent.line is not LineState.DOWN else "line_lost"
        return "line_lost" if agent.pause_code == PAUSE_LINE_LOST else "paused"
    if agent.preview_contact_id is not None:
        return "preview"
    if agent.state in BUSY and attempt is None:
        # The call was concluded between the two looks; the event that tells of it is on its way.
        return "ready"
    if attempt is None or agent.state is not SessionState.RESERVED:
        return agent.state.value
    return "ringing" if attempt.state in UNANSWERED else "on_call"


def pause_shown(agent: AgentSession) -> Mapping[str, str] | None:
    code = agent.pause_code
    if code is None:
        return None
    reason = (
        "Nobody chose a disposition in time, so the default was saved."
        if code == PAUSE_NO_DISPOSITION
        else ""
    )
    return {"label": PAUSE_CODES.get(code) or HOUSE_PAUSES.get(code, code), "reason": reason}


def _ends_at(agent: AgentSession, attempt: Attempt | None, campaign: Campaign) -> datetime | None:
    """When the time for a preview or a wrap-up is over."""
    if attempt is None:
        return agent.state_since + PREVIEW_LIMIT
    if attempt.state is not AttemptState.WRAP_UP:
        return None
    ended = attempt.call_ended_at or attempt.claimed_at
    return ended + timedelta(seconds=campaign.wrap_up_seconds)


def _label(session: Session, campaign_id: int, code: str) -> str:
    row = dispositions.by_code(session, campaign_id, code)
    return row.label if row else code


def _script_fields(
    user: User, client: Client, campaign: Campaign, contact: Contact, now: datetime
) -> ScriptFields:
    zone = ZoneInfo(contact.zones[0]) if contact.zones else ZoneInfo(campaign.time_zone)
    return ScriptFields(
        contact=ContactFields(
            contact.first_name,
            contact.last_name,
            contact.company,
            contact.title,
            contact.city,
            contact.state_code,
            contact.custom,
        ),
        agent=AgentFields(user.full_name, user.first_name),
        client=ClientFields(client.name, client.callback_number),
        campaign_name=campaign.name,
        today=now.astimezone(zone).date(),
    )


def _contact(session: Session, contact: Contact, now: datetime) -> Mapping[str, Any]:
    call_list = session.get_one(CallList, contact.call_list_id)
    return {
        "id": contact.id,
        "name": contact.name,
        "title": contact.title,
        "company": contact.company,
        "phone": contact.phone,
        "phone_whole": True,
        "email": contact.email,
        "place": ", ".join(part for part in (contact.city, contact.state_code) if part),
        "zones": contact.zones,
        "callable_until": gate.WINDOW.closes_at(now, tuple(contact.zones)),
        "list_name": call_list.name,
        "source": "",
        "is_call_back": contact.priority == PRIORITY_CALL_BACK,
        "details": [(key.replace("_", " "), str(value)) for key, value in contact.custom.items() if value],
    }


def _history(session: Session, contact: Contact, current: Attempt | None) -> Sequence[Mapping[str, Any]]:
    past = [
        row for row in attempts.of_contact(session, contact.id) if current is None or row.id != current.id
    ]
    labels = {
        row.id: row
        for row in session.exec(select(Disposition).where(Disposition.campaign_id == contact.campaign_id))
    }
    names = {
        user.id: user.full_name
        for user in session.exec(select(User).where(col(User.id).in_({row.agent_id for row in past})))
    }
    rows = []
    for attempt in past[:HISTORY]:
        disposition = labels.get(attempt.disposition_id) if attempt.disposition_id else None
        rows.append(
            {
                "at": attempt.claimed_at,
                "outcome": attempt.outcome.value if attempt.outcome else None,
                "disposition": disposition.label if disposition else "",
                "effect": disposition.effect.value if disposition else None,
                "agent": names.get(attempt.agent_id or 0, ""),
                "notes": attempt.notes,
            }
        )
    return rows
