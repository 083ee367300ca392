"""The call that a supervisor is in, as the top of her floor tells it: with whom, since when, and how the
last one ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlmodel import Session

from dialer.core.errors import NotFound
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegPurpose, LegState
from dialer.scripts import RenderedScript, render_script
from dialer.services import desk_person, taken_over
from dialer.services.script_library import library
from dialer.services.taken_over import Control
from dialer.store import legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.contacts import Contact
from dialer.store.legs import Leg
from dialer.store.users import User

TOLD_FOR = timedelta(minutes=5)
HEARS: Mapping[LegPurpose, str] = {
    LegPurpose.LISTEN: "You listen to",
    LegPurpose.WHISPER: "You whisper to",
    LegPurpose.BARGE: "You are in the call of",
    LegPurpose.HAND_ON: "You take over the call of",
}


@dataclass(frozen=True)
class OwnCall:
    state: str
    """`none`, `there` (in an agent's room, or on the way), `with_person`, or `over` a short while ago."""
    says: str = "You are in no call"
    at: datetime | None = None
    """Since when she is there, or when it was over."""
    attempt_id: UUID | None = None
    session_id: UUID | None = None
    contact: str = ""
    contact_id: int = 0
    phone: str = ""
    campaign: str = ""
    is_held: bool = False
    is_muted: bool = False
    was_not_done: bool = False
    """The carrier did not do what she wished last."""


def of_viewer(session: Session, viewer_id: int, now: datetime) -> OwnCall:
    leg = legs.last_of_supervisor(session, viewer_id)
    attempt = session.get(Attempt, leg.attempt_id) if leg is not None and leg.attempt_id is not None else None
    if leg is None or attempt is None or (leg.ended_at is not None and leg.ended_at < now - TOLD_FOR):
        return OwnCall("none")
    if taken_over.has_the_person(leg, attempt):
        return _with_person(session, leg, attempt)
    user_id = session.get_one(AgentSession, leg.agent_session_id).user_id
    agent = session.get_one(User, user_id).full_name
    contact = session.get_one(Contact, attempt.contact_id)
    if leg.state is not LegState.ENDED and attempt.state is AttemptState.CONNECTED:
        says = f"{HEARS[leg.purpose]} {agent}"
        return OwnCall("there", says, leg.joined_at or leg.asked_at, contact=contact.name)
    says, at = _end(leg, attempt, now)
    return OwnCall("over", says, at, contact=f"{agent} and {contact.name}")


def _with_person(session: Session, leg: Leg, attempt: Attempt) -> OwnCall:
    contact = session.get_one(Contact, attempt.contact_id)
    return OwnCall(
        "with_person",
        f"You talk with {contact.name}",
        attempt.handed_on_at,
        attempt_id=attempt.id,
        session_id=leg.agent_session_id,
        contact=contact.name,
        contact_id=contact.id,
        phone=attempt.phone,
        campaign=session.get_one(Campaign, attempt.campaign_id).name,
        is_held=taken_over.state(session, leg, Control.HOLD),
        is_muted=taken_over.state(session, leg, Control.MUTE),
        was_not_done=taken_over.was_not_done(session, leg),
    )


def _end(leg: Leg, attempt: Attempt, now: datetime) -> tuple[str, datetime]:
    """How it was over for her, and when."""
    left = leg.ended_at or now
    ended, passed_on = attempt.call_ended_at, attempt.handed_on_at
    if leg.purpose is LegPurpose.HAND_ON and leg.joined_at is not None and passed_on is not None:
        return "The call has ended", min(ended or left, left)
    if ended is not None and ended <= left:
        return "The call has ended", ended
    if passed_on is not None and passed_on <= left:
        return "The agent has passed the call on", passed_on
    if leg.joined_at is None:
        return "You did not come into the call", left
    return "You have left the call", left


def script_of(session: Session, user: User, attempt_id: UUID, scripts: Path, now: datetime) -> RenderedScript:
    """The words to say in a call, for whom it is taken over by. Raises `NotFound`."""
    attempt = session.get(Attempt, attempt_id)
    if attempt is None:
        raise NotFound("There is no such call.")
    campaign = session.get_one(Campaign, attempt.campaign_id)
    client = session.get_one(Client, campaign.client_id)
    contact = session.get_one(Contact, attempt.contact_id)
    fields = desk_person.script_fields(user, client, campaign, contact, now)
    return render_script(library(scripts).get(campaign.script_slug), fields, is_inbound=attempt.is_inbound)
