"""Previews: a contact is shown to an agent before the call; she dials, skips, or lets it pass."""

from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.core.errors import Conflict
from dialer.domain.agent import PAUSE_NO_DIAL, LineState, SessionEvent, SessionState
from dialer.domain.campaign import CampaignState, DialMode
from dialer.domain.contact import ContactState
from dialer.services import agents, claims
from dialer.store import agent_sessions, audit, contacts
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact

SKIPPED_FOR = timedelta(days=1)
LIMIT = timedelta(minutes=3)
"""How long a previewed contact is kept for an agent who neither dials nor skips, where no timer dials."""


def ends_at(agent: AgentSession, campaign: Campaign) -> datetime:
    """When her time to look is over: then it is dialled, or taken back."""
    return agent.state_since + (timedelta(seconds=campaign.preview_seconds) if _is_timed(campaign) else LIMIT)


def _is_timed(campaign: Campaign) -> bool:
    return campaign.dial_mode is DialMode.PREVIEW and campaign.preview_seconds > 0


def time_is_up(session: Session, agent: AgentSession, now: datetime) -> None:
    """Dialled by itself where the campaign has it so and her line is up; else taken back."""
    campaign = session.get_one(Campaign, agent.campaign_id)
    may_dial = _is_timed(campaign) and campaign.state is CampaignState.RUNNING and agent.line is LineState.UP
    if may_dial:
        dial(session, agent, now)
    else:
        take_back(session, agent, now)


def offer(session: Session, agent: AgentSession, contact: Contact, now: datetime) -> bool:
    """Show the locked contact to the agent. False when she is not ready any more."""
    held = agent_sessions.lock(session, agent.id)
    if held is None or not agents.change_state(session, held, SessionEvent.RESERVE, now):
        return False
    held.preview_contact_id = contact.id
    contact.state = ContactState.HELD
    return True


def dial(session: Session, agent: AgentSession, now: datetime) -> Attempt | None:
    """The agent has seen the contact and dials. Raises `Conflict` while her line is not up."""
    if agent.state is not SessionState.RESERVED or agent.preview_contact_id is None:
        return None
    if agent.line is not LineState.UP:
        raise Conflict("Your line is not up yet; dial when it is.")
    contact = contacts.lock(session, agent.preview_contact_id)
    campaign = session.get_one(Campaign, agent.campaign_id)
    agent.preview_contact_id = None
    attempt = claims.claim(session, campaign, contact, now, agent) if contact is not None else None
    if attempt is None:
        agents.release(session, agent.id, now)
        if contact is not None:
            contact.state = ContactState.WAITING
            contact.updated_at = now
    return attempt


def skip(session: Session, agent: AgentSession, reason: str, now: datetime) -> None:
    """The agent passes the contact over; it waits a day. Dialled meanwhile, the call stays hers."""
    if agent.preview_contact_id is None:
        return
    contact = contacts.lock(session, agent.preview_contact_id)
    agent.preview_contact_id = None
    if contact is not None and contact.state is ContactState.HELD:
        contact.state = ContactState.WAITING
        contact.next_call_at = now + SKIPPED_FOR
        contact.updated_at = now
        audit.note(session, now, agent.user_id, "preview_skipped", f"contact {contact.id}", reason=reason)
    agents.release(session, agent.id, now)


def take_back(session: Session, agent: AgentSession, now: datetime) -> None:
    """Nobody dialled or skipped in time: the contact waits again, the agent is paused and told why."""
    contact = contacts.lock(session, agent.preview_contact_id) if agent.preview_contact_id else None
    agent.preview_contact_id = None
    if contact is not None and contact.state is ContactState.HELD:
        contact.state = ContactState.WAITING
        contact.updated_at = now
    agents.dispositioned(session, agent.id, now, pause_code=PAUSE_NO_DIAL)
