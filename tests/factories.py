"""Makers of rows and of situations, as plain functions. What a test does not name is made up here:
fictional numbers, a running campaign, an agent whose line is up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from dialer.core.redis import get_redis
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import OPEN, AttemptState, Outcome
from dialer.domain.campaign import CampaignState
from dialer.domain.contact import ContactState
from dialer.domain.user import Role
from dialer.services import agents, attempts, campaigns, claims, dialling, feeder, pacing, users
from dialer.services.answer_plans import AnswerPlan, JoinAgent
from dialer.services.campaigns import CampaignDraft
from dialer.services.pacing import Pace
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.call_lists import CallList
from dialer.store.caller_ids import AccountNumber
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.contacts import Contact
from dialer.store.dispositions import Disposition
from dialer.store.leads import Lead
from dialer.store.users import User
from dialer.telephony.port import CallRequest, Placed

CALLER_ID = "+13125550100"
CHICAGO = "America/Chicago"
_AREA_CODES = (312, 414, 612, 314, 713, 214, 504, 212, 617, 215, 404, 704, 303, 801, 505, 213, 206, 503)
_numbers = count()


def phone() -> str:
    """Another of fiction's numbers each time, never one that is called from: those end in 00 to 19."""
    number = next(_numbers)
    return f"+1{_AREA_CODES[number // 79 % len(_AREA_CODES)]}55501{20 + number % 79}"


def sid(prefix: str = "CA") -> str:
    return f"{prefix}{next(_numbers):032x}"


def make_user(session: Session, now: datetime, role: Role = Role.AGENT, **over: Any) -> User:
    """Nobody can sign in as her; `make_account` makes one with a password."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "username": f"user{number}",
        "full_name": f"Ada Number{number}",
        "role": role,
        "password_hash": "none",
        "created_at": now,
    }
    user = User(**values | over)
    session.add(user)
    session.flush()
    return user


def make_account(session: Session, now: datetime, role: Role, password: str) -> User:
    return users.add(session, f"user{next(_numbers)}", "Ada Account", role, password, None, now)


def make_client(session: Session, now: datetime) -> Client:
    number = next(_numbers)
    return campaigns.add_client(session, f"client{number}", f"Client {number}", "+13125550199", now)


def own(session: Session, now: datetime, *phones: str) -> None:
    """Numbers that the carrier listed as the account's own at `now`."""
    for number in phones:
        session.merge(AccountNumber(phone=number, number_sid=sid("PN"), seen_at=now))
    session.flush()


def make_campaign(session: Session, now: datetime, client: Client | None = None, **over: Any) -> Campaign:
    """Running, with the default dispositions; its caller id is the account's own."""
    own(session, now, CALLER_ID)
    client = client or make_client(session, now)
    number = next(_numbers)
    draft = CampaignDraft(
        f"campaign{number}", f"Campaign {number}", client.id, "home-energy-check", CALLER_ID
    )
    campaign = campaigns.create(session, draft, None, now)
    for name, value in ({"state": CampaignState.RUNNING} | over).items():
        setattr(campaign, name, value)
    session.flush()
    return campaign


def make_contact(session: Session, campaign: Campaign, now: datetime, **over: Any) -> Contact:
    """Waiting in Chicago since the day before."""
    values: dict[str, Any] = {
        "campaign_id": campaign.id,
        "call_list_id": over.get("call_list_id") or _call_list(session, campaign, now).id,
        "phone": phone(),
        "first_name": "Grace",
        "last_name": "Okafor",
        "zones": [CHICAGO],
        "next_call_at": now - timedelta(days=1),
        "created_at": now,
        "updated_at": now,
    }
    contact = Contact(**values | over)
    session.add(contact)
    session.flush()
    return contact


def _call_list(session: Session, campaign: Campaign, now: datetime) -> CallList:
    found = session.exec(select(CallList).where(CallList.campaign_id == campaign.id)).first()
    if found is None:
        found = CallList(
            campaign_id=campaign.id, name="List", country="US", mapping={}, counts={}, imported_at=now
        )
        session.add(found)
        session.flush()
    return found


def make_session(
    session: Session, campaign: Campaign, now: datetime, user: User | None = None, **over: Any
) -> AgentSession:
    """An agent signed on, her line up, ready since `now`; the jobs of that are done."""
    agent = agents.start(session, user or make_user(session, now), campaign, now)
    agent.line_call_sid = sid()
    agents.line_is_up(session, agent, agent.line_call_sid, now)
    for name, value in over.items():
        setattr(agent, name, value)
    session.flush()
    session.info.clear()
    assert over or (agent.state is SessionState.READY and agent.line is LineState.UP)
    return agent


def make_attempt(session: Session, contact: Contact, now: datetime, **over: Any) -> Attempt:
    """Dialling since `now`, with a call at the carrier, unless told otherwise."""
    values: dict[str, Any] = {
        "campaign_id": contact.campaign_id,
        "contact_id": contact.id,
        "phone": contact.phone,
        "caller_id": CALLER_ID,
        "state": AttemptState.DIALLING,
        "claimed_at": now,
        "placing_at": now,
    }
    values |= over
    if "call_sid" not in over and values["state"] not in (AttemptState.CLAIMED, AttemptState.PLACING):
        values["call_sid"] = sid()
    attempt = Attempt(**values)
    session.add(attempt)
    if attempt.state in OPEN:
        contact.state = ContactState.HELD
    contact.attempts_made += attempt.placing_at is not None
    session.flush()
    session.refresh(attempt)
    return attempt


def make_lead(session: Session, contact: Contact, now: datetime, **over: Any) -> Lead:
    campaign = session.get_one(Campaign, contact.campaign_id)
    made_by = over.get("made_by_id") or make_user(session, now).id
    attempt = make_attempt(
        session,
        contact,
        now,
        state=AttemptState.CLOSED,
        outcome=Outcome.ANSWERED,
        agent_id=made_by,
        closed_at=now,
    )
    values: dict[str, Any] = {
        "contact_id": contact.id,
        "client_id": campaign.client_id,
        "campaign_id": campaign.id,
        "attempt_id": attempt.id,
        "made_by_id": made_by,
        "made_at": now,
        "due_at": now + timedelta(hours=2),
    }
    lead = Lead(**values | over)
    session.add(lead)
    session.flush()
    return lead


@dataclass(frozen=True)
class Talk:
    """An agent and a person on the line."""

    campaign: Campaign
    contact: Contact
    agent: AgentSession
    attempt: Attempt

    @property
    def call_sid(self) -> str:
        assert self.attempt.call_sid is not None
        return self.attempt.call_sid


def place(session: Session, campaign: Campaign, contact: Contact, now: datetime) -> Attempt:
    """Claimed, past the gate, and accepted by the carrier."""
    attempt = claims.claim(session, campaign, contact, now)
    assert attempt is not None
    assert begin_placing(session, attempt.id, now) is not None
    attempts.record_result(session, attempt.id, Placed(sid()), now)
    return attempt


def pace(session: Session, campaign: Campaign, now: datetime, budget: int = 50) -> int:
    """One decision of a pacer that has just begun to lead; how many calls and previews it began."""
    feeder.feed(session, get_redis(), campaign, now)
    seen, begins = pacing.look(session, now), Pace()
    begins.follow(session, [campaign], seen)
    calls = begins.wanted(session, campaign, seen, budget, None)
    return dialling.dial(session, get_redis(), campaign, calls, budget, now)


def answer(session: Session, attempt: Attempt, now: datetime) -> AnswerPlan:
    assert attempt.call_sid is not None
    return attempts.answer(session, attempt, attempt.call_sid, now)


def talk(session: Session, now: datetime, campaign: Campaign | None = None, **contact: Any) -> Talk:
    """An agent ready, a contact dialled, answered and joined to her, all at `now`."""
    campaign = campaign or make_campaign(session, now)
    agent = make_session(session, campaign, now)
    called = make_contact(session, campaign, now, **contact)
    attempt = place(session, campaign, called, now)
    assert isinstance(answer(session, attempt, now), JoinAgent)
    attempts.joined(session, attempt, now)
    session.flush()
    session.info.clear()
    assert (attempt.state, agent.state) == (AttemptState.CONNECTED, SessionState.ON_CALL)
    return Talk(campaign, called, agent, attempt)


def hung_up(session: Session, talk: Talk, now: datetime) -> Talk:
    """The person ended the call: the agent wraps up."""
    attempts.progress(session, talk.attempt, talk.call_sid, "completed", None, now)
    assert talk.attempt.state is AttemptState.WRAP_UP
    session.info.clear()
    return talk


def disposition_of(session: Session, attempt: Attempt) -> str:
    """The code with which it was concluded."""
    assert attempt.disposition_id is not None
    return session.get_one(Disposition, attempt.disposition_id).code


def begin_placing(session: Session, attempt_id: UUID, now: datetime) -> CallRequest | None:
    """The last look at one claim."""
    requests = claims.begin_placing(session, [attempt_id], now)
    return requests[0] if requests else None
