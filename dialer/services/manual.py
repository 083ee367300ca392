"""Manual dialling: the agent finds a contact of her campaign or types a number, and sees whom she is about
to call. From there on it is a preview, and the gate is asked as for every call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dialer.core.errors import Conflict, Invalid, NotFound
from dialer.domain.agent import SessionState
from dialer.domain.campaign import DialMode
from dialer.domain.contact import ContactState
from dialer.domain.place import zones_of
from dialer.services import claims, previews
from dialer.services.numbers import e164
from dialer.store import call_lists, contacts
from dialer.store.agent_sessions import AgentSession
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact

BY_HAND = "Dialled by hand"
COUNTRY = "US"
"""Of a number that is typed without one."""
FOUND_AT_MOST = 10
SHORTEST = 2
"""Characters to look for."""


@dataclass(frozen=True)
class Found:
    contact_id: int
    name: str
    company: str
    place: str
    number_end: str
    """The last digits, to tell two of one name apart."""
    is_open: bool


def find(session: Session, agent: AgentSession, words: str) -> Sequence[Found]:
    """Contacts of her campaign by name, company or number. Raises `Invalid` for too little to look for."""
    wanted = words.strip()
    if len(wanted) < SHORTEST:
        raise Invalid(f"Give at least {SHORTEST} characters of a name, a company or a number.")
    return [
        Found(
            row.id,
            row.name,
            row.company,
            ", ".join(part for part in (row.city, row.state_code) if part),
            row.phone[-4:],
            row.state is ContactState.WAITING,
        )
        for row in contacts.search(session, agent.campaign_id, wanted, FOUND_AT_MOST)
    ]


def pick(session: Session, agent: AgentSession, contact_id: int, now: datetime) -> None:
    """Show her the contact; she dials or skips. Raises `NotFound`, and `Conflict` with the reason why the
    contact may not be called now."""
    campaign = _campaign(session, agent)
    contact = contacts.lock(session, contact_id)
    if contact is None or contact.campaign_id != campaign.id:
        raise NotFound("There is no such contact in this campaign.")
    if contact.state is ContactState.HELD:
        raise Conflict(f"{contact.name} is with a colleague or on the line now.")
    refusal = claims.refusal(session, campaign, contact, now)
    if refusal is not None:
        raise Conflict(f"{contact.name} may not be called now: {refusal}.")
    if not previews.offer(session, agent, contact, now):
        raise Conflict("You are not ready: a call has come for you.")


def pick_number(session: Session, agent: AgentSession, number: str, now: datetime) -> None:
    """Show her the contact with that number, made where there is none. Raises `Invalid` for no number,
    `Conflict` as `pick` does."""
    campaign = _campaign(session, agent)
    phone = e164(number, COUNTRY)
    known = contacts.phones_of_campaign(session, campaign.id, [phone])
    pick(session, agent, known.get(phone) or _contact(session, campaign, phone, now).id, now)


def _campaign(session: Session, agent: AgentSession) -> Campaign:
    campaign = session.get_one(Campaign, agent.campaign_id)
    if campaign.dial_mode is not DialMode.MANUAL:
        raise Conflict(f"“{campaign.name}” brings you its calls by itself.")
    if agent.state is not SessionState.READY:
        raise Conflict("Get ready first.")
    return campaign


def _contact(session: Session, campaign: Campaign, phone: str, now: datetime) -> Contact:
    call_list = call_lists.by_name(session, campaign.id, BY_HAND)
    if call_list is None:
        call_list = call_lists.CallList(
            campaign_id=campaign.id, name=BY_HAND, country=COUNTRY, mapping={}, counts={}, imported_at=now
        )
        session.add(call_list)
        session.flush()
    contact = Contact(
        campaign_id=campaign.id,
        call_list_id=call_list.id,
        phone=phone,
        zones=list(zones_of(phone)),
        next_call_at=now,
        created_at=now,
        updated_at=now,
    )
    session.add(contact)
    session.flush()
    return contact
