"""The agent's desk: what she sees now. What she gives is in `desk_entries.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from dialer.domain.agent import (
    BUSY,
    HOUSE_PAUSES,
    LINE_PAUSES,
    PAUSE_CODES,
    PAUSE_NO_DISPOSITION,
    PAUSE_STARTING,
    LineState,
    SessionState,
)
from dialer.domain.attempt import UNANSWERED, AttemptState
from dialer.domain.disposition import DISQUALIFY_REASONS, NO_DISPOSITION
from dialer.scripts import (
    RenderedScript,
    render_script,
)
from dialer.services import choices, colleagues, desk_person, desk_recording, lines, previews
from dialer.services.colleagues import Question
from dialer.services.script_library import library
from dialer.store import attempts, dispositions
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.contacts import Contact
from dialer.store.dispositions import Disposition
from dialer.store.users import User


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
    line_up: bool = True
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
    recording: Mapping[str, Any] | None = None
    asked_by: str = ""


def show(
    session: Session,
    user: User,
    agent: AgentSession | None,
    attempt: Attempt | None,
    scripts: Path,
    now: datetime,
) -> Desk:
    """`attempt`: the one that the agent has."""
    if agent is None:
        return Desk("offline", now)
    question = colleagues.asked(session, agent) if attempt is None else None
    if question is not None:
        return _asked(session, user, agent, question, scripts, now)
    campaign = session.get_one(Campaign, attempt.campaign_id if attempt else agent.campaign_id)
    client = session.get_one(Client, campaign.client_id)
    base = _base(user, agent, campaign, client, state_shown(agent, attempt))
    if agent.pause_code == PAUSE_NO_DISPOSITION:
        base["pause"] = pause_shown(agent, choices.told(session, agent))
    contact_id = attempt.contact_id if attempt is not None else agent.preview_contact_id
    if agent.state is SessionState.PAUSED or contact_id is None:
        return Desk(**base)
    contact = session.get_one(Contact, contact_id)
    script = library(scripts).get(campaign.script_slug)
    fields = desk_person.script_fields(user, client, campaign, contact, now)
    return Desk(
        **base,
        attempt_id=str(attempt.id) if attempt else "",
        contact=desk_person.contact_shown(session, contact, now, attempt),
        history=desk_person.history(session, user, contact, attempt),
        script=render_script(script, fields, is_inbound=attempt is not None and attempt.is_inbound),
        answers={answer.question_key: answer.value for answer in attempts.answers_of(session, attempt.id)}
        if attempt
        else {},
        notes=attempt.notes if attempt else "",
        dispositions=[row for row in dispositions.of_campaign(session, campaign.id) if row.by_agent],
        ends_at=_ends_at(agent, attempt, campaign),
        default_disposition=_label(session, campaign.id, NO_DISPOSITION),
        connected_at=attempt.connected_at if attempt else None,
        recording=desk_recording.shown(session, campaign, attempt),
    )


def _base(user: User, agent: AgentSession, campaign: Campaign, client: Client, state: str) -> dict[str, Any]:
    return {
        "state": state,
        "since": agent.state_since,
        "campaign": {
            "id": campaign.id,
            "name": campaign.name,
            "client": client.name,
            "dial_mode": campaign.dial_mode.value,
            "preview_seconds": campaign.preview_seconds,
            "recording": campaign.recording.value,
        },
        "pause": pause_shown(agent),
        "pause_next": PAUSE_CODES.get(agent.pause_after_call or ""),
        "stops_next": agent.stop_after_call,
        "line_message": lines.message(user, agent),
        "line_up": agent.line is LineState.UP,
    }


def _asked(
    session: Session, user: User, agent: AgentSession, question: Question, scripts: Path, now: datetime
) -> Desk:
    """Another agent's call that she is asked about: she reads along, and enters nothing."""
    about = question.attempt
    campaign = session.get_one(Campaign, about.campaign_id)
    client = session.get_one(Client, campaign.client_id)
    contact = session.get_one(Contact, about.contact_id)
    fields = desk_person.script_fields(user, client, campaign, contact, now)
    return Desk(
        **_base(user, agent, campaign, client, "asked"),
        contact=desk_person.contact_shown(session, contact, now, about),
        history=desk_person.history(session, user, contact, about),
        script=render_script(library(scripts).get(campaign.script_slug), fields, is_inbound=about.is_inbound),
        answers={answer.question_key: answer.value for answer in attempts.answers_of(session, about.id)},
        notes=about.notes,
        asked_by=question.by,
    )


def state_shown(agent: AgentSession, attempt: Attempt | None) -> str:
    """Her state as pages tell it, finer than the session's own."""
    if agent.state is SessionState.PAUSED:
        if agent.pause_code == PAUSE_STARTING:
            return "connecting" if agent.line is not LineState.DOWN else "line_lost"
        return "line_lost" if agent.pause_code in LINE_PAUSES else "paused"
    if agent.preview_contact_id is not None:
        return "preview"
    if agent.state in BUSY and attempt is None:
        # The call was concluded between the two looks; the event that tells of it is on its way.
        return "ready"
    if attempt is None or agent.state is not SessionState.RESERVED:
        return agent.state.value
    return "ringing" if attempt.state in UNANSWERED else "on_call"


def pause_shown(agent: AgentSession, reason: str = "") -> Mapping[str, str] | None:
    code = agent.pause_code
    if code is None:
        return None
    return {"label": PAUSE_CODES.get(code) or HOUSE_PAUSES.get(code, code), "reason": reason}


def _ends_at(agent: AgentSession, attempt: Attempt | None, campaign: Campaign) -> datetime | None:
    """When the time for a preview or a wrap-up is over."""
    if attempt is None:
        return previews.ends_at(agent, campaign)
    if attempt.state is not AttemptState.WRAP_UP:
        return None
    ended = attempt.handed_on_at or attempt.call_ended_at or attempt.claimed_at
    return ended + timedelta(seconds=campaign.wrap_up_seconds)


def _label(session: Session, campaign_id: int, code: str) -> str:
    row = dispositions.by_code(session, campaign_id, code)
    return row.label if row else code
