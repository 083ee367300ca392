"""Previews: a contact is shown to an agent before the call; she dials, skips, or lets it pass."""

from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.core.errors import Conflict
from dialer.domain.agent import PAUSE_NO_DIAL, LineState, SessionEvent, SessionState
from dialer.domain.contact import ContactState
from dialer.services import agents, claims
from dialer.store import agent_sessions, audit, contacts
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact

SKIPPED_FOR = timedelta(days=1)


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
