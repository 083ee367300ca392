"""From the contacts to the carrier's door: feed the dial queue, claim from it, pass the gate.

Fed, claimed and placed are three looks at the same rules; the last one, in the transaction that
places the call, is the one that counts.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import redis
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from dialer.core.errors import Conflict
from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import PAUSE_NO_DIAL, LineState, SessionEvent, SessionState
from dialer.domain.attempt import AttemptEvent, AttemptState, next_state
from dialer.domain.campaign import CampaignState, DialMode, RecordingMode
from dialer.domain.contact import ContactState
from dialer.domain.pacing import FloorCount, progressive
from dialer.services import agents, gate
from dialer.services.attempts import release
from dialer.services.caller_ids import AtHand
from dialer.store import agent_sessions, attempts, audit, callers, contacts, dial_queue
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.telephony.port import CallRequest

QUEUE_PER_READY_AGENT = 10
QUEUE_AT_LEAST = 30
FEED_ROUNDS = 50
"""At most so many looks further in one feed; the next tick goes on."""
SKIPPED_FOR = timedelta(days=1)
RANK_STEP = 10**11
"""Larger than any epoch second, so that priority ranks before time."""


def feed(session: Session, client: redis.Redis, campaign: Campaign, now: datetime) -> int:
    """Fill a running campaign's dial queue when it runs low; how many contacts were ranked.

    A contact that the gate refuses is put aside where it stands, so the next feed looks further.
    """
    if campaign.state is not CampaignState.RUNNING:
        return 0
    wanted = max(QUEUE_AT_LEAST, QUEUE_PER_READY_AGENT * agent_sessions.count_ready(session, campaign.id))
    if dial_queue.depth(client, campaign.id) > wanted // 2:
        return 0
    ranks: dict[int, float] = {}
    for _ in range(FEED_ROUNDS):
        batch = contacts.dialable(session, campaign.id, now, wanted)
        refused = _rank(session, campaign, batch, ranks, now)
        if not refused or len(batch) < wanted:
            break
    dial_queue.add(client, campaign.id, ranks)
    return len(ranks)


def _rank(
    session: Session, campaign: Campaign, batch: Sequence[Contact], ranks: dict[int, float], now: datetime
) -> int:
    """Rank those whom the gate allows, put the others aside; how many were refused. Where a window is
    shut, everybody on the same clock is put off in one statement."""
    shut: dict[tuple[str, ...], datetime] = {}
    refused = 0
    for contact, decision in zip(batch, gate.decide_all(session, campaign, batch, now), strict=True):
        if decision.allowed:
            ranks[contact.id] = contact.priority * RANK_STEP + contact.next_call_at.timestamp()
            continue
        refused += 1
        gate.put_aside(contact, decision, now)
        if contact.state is ContactState.WAITING:
            shut[tuple(contact.zones)] = contact.next_call_at
    session.flush()
    for zones, opens in shut.items():
        contacts.put_off(session, campaign.id, zones, now, opens)
    return refused


def dial(session: Session, client: redis.Redis, campaign: Campaign, budget: int, now: datetime) -> int:
    """One decision of the pacer for one running campaign; how many calls or previews it began."""
    feed(session, client, campaign, now)
    numbers = AtHand(session, campaign, now)
    begun = _dial_call_backs(session, campaign, numbers, budget, now)
    if campaign.dial_mode is DialMode.PREVIEW:
        return begun + _offer_previews(session, client, campaign, numbers, now)
    floor = FloorCount(
        ready=agent_sessions.count_ready(session, campaign.id),
        unanswered=attempts.unanswered(session, campaign.id),
        waiting=attempts.waiting_for_agent(session, campaign.id),
        dial_budget=budget - begun,
    )
    wanted = progressive(floor)
    found = _take(session, client, campaign, min(wanted, numbers.calls_left()), now) if wanted else []
    numbers.recall(found)
    for contact in found:
        begun += claim(session, campaign, contact, now, numbers=numbers) is not None
    return begun


def _dial_call_backs(
    session: Session, campaign: Campaign, numbers: AtHand, budget: int, now: datetime
) -> int:
    """Agreed call-backs whose time has come go to the agent who agreed them, before all else."""
    begun = 0
    for agent in agent_sessions.ready(session, campaign.id):
        if begun >= budget:
            break
        contact = contacts.call_back_due(session, campaign.id, agent.user_id, now)
        if contact is None or not numbers.calls_left() or not _passes(session, campaign, contact, now):
            continue
        held = agent_sessions.lock(session, agent.id)
        if held is None or not agents.change_state(session, held, SessionEvent.RESERVE, now):
            continue
        if claim(session, campaign, contact, now, held, numbers) is None:
            agents.change_state(session, held, SessionEvent.RELEASE, now)
        else:
            begun += 1
    return begun


def _offer_previews(
    session: Session, client: redis.Redis, campaign: Campaign, numbers: AtHand, now: datetime
) -> int:
    offered = 0
    for ready in agent_sessions.ready(session, campaign.id):
        found = _take(session, client, campaign, min(1, numbers.calls_left()), now)
        if not found:
            break
        agent = agent_sessions.lock(session, ready.id)
        if agent is None or not agents.change_state(session, agent, SessionEvent.RESERVE, now):
            continue
        agent.preview_contact_id = found[0].id
        found[0].state = ContactState.HELD
        offered += 1
    return offered


def _take(
    session: Session, client: redis.Redis, campaign: Campaign, count: int, now: datetime
) -> Sequence[Contact]:
    """Up to `count` contacts from the dial queue, locked, due and past the gate."""
    found: list[Contact] = []
    while len(found) < count:
        ids = dial_queue.take(client, campaign.id, count - len(found))
        if not ids:
            break
        for contact_id in ids:
            contact = contacts.lock_waiting(session, contact_id)
            if contact is None or contact.next_call_at > now or contact.campaign_id != campaign.id:
                continue
            if _passes(session, campaign, contact, now):
                found.append(contact)
    return found


def _passes(session: Session, campaign: Campaign, contact: Contact, now: datetime) -> bool:
    decision = gate.decide(session, campaign, contact, now)
    if not decision.allowed:
        gate.put_aside(contact, decision, now)
    return decision.allowed


def claim(
    session: Session,
    campaign: Campaign,
    contact: Contact,
    now: datetime,
    agent: AgentSession | None = None,
    numbers: AtHand | None = None,
) -> Attempt | None:
    """An attempt for the locked contact, its job after the commit. None while no caller id may be shown,
    or another attempt is under way on the number: the index in PostgreSQL lets no second one in. Nor
    while the number is on the line with a call that is concluded already."""
    if attempts.is_on_the_line(session, contact.phone) or callers.may_be_on_the_line(
        session, contact.phone, now
    ):
        return None
    numbers = numbers or AtHand(session, campaign, now)
    caller_id = numbers.choose(contact)
    if caller_id is None:
        return None
    attempt = Attempt(
        campaign_id=campaign.id,
        contact_id=contact.id,
        phone=contact.phone,
        caller_id=caller_id,
        claimed_at=now,
        agent_session_id=agent.id if agent else None,
        agent_id=agent.user_id if agent else None,
    )
    try:
        with session.begin_nested():
            session.add(attempt)
            session.flush()
    except IntegrityError as error:
        if "uq_attempts_open" not in str(error.orig):
            raise
        return None
    session.refresh(attempt)
    numbers.count(caller_id)
    contact.state = ContactState.HELD
    contact.updated_at = now
    enqueue_after_commit(session, Job.PLACE_CALL, str(attempt.id))
    publish_after_commit(session, Channel.FLOOR, "all", "attempt", {"campaign_id": campaign.id})
    return attempt


def dial_preview(session: Session, agent: AgentSession, now: datetime) -> Attempt | None:
    """The agent has seen the contact and dials. Raises `Conflict` while her line is not up."""
    if agent.state is not SessionState.RESERVED or agent.preview_contact_id is None:
        return None
    if agent.line is not LineState.UP:
        raise Conflict("Your line is not up yet; dial when it is.")
    contact = contacts.lock(session, agent.preview_contact_id)
    campaign = session.get_one(Campaign, agent.campaign_id)
    agent.preview_contact_id = None
    attempt = claim(session, campaign, contact, now, agent) if contact is not None else None
    if attempt is None:
        agents.release(session, agent.id, now)
        if contact is not None:
            contact.state = ContactState.WAITING
            contact.updated_at = now
    return attempt


def skip_preview(session: Session, agent: AgentSession, reason: str, now: datetime) -> None:
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


def take_preview_back(session: Session, agent: AgentSession, now: datetime) -> None:
    """Nobody dialled or skipped in time: the contact waits again, the agent is paused and told why."""
    contact = contacts.lock(session, agent.preview_contact_id) if agent.preview_contact_id else None
    agent.preview_contact_id = None
    if contact is not None and contact.state is ContactState.HELD:
        contact.state = ContactState.WAITING
        contact.updated_at = now
    agents.dispositioned(session, agent.id, now, pause_code=PAUSE_NO_DIAL)


def is_to_be_placed(session: Session, attempt_id: UUID) -> bool:
    attempt = session.get(Attempt, attempt_id)
    return attempt is not None and attempt.state is AttemptState.CLAIMED


def begin_placing(session: Session, attempt_id: UUID, now: datetime) -> CallRequest | None:
    """The last look before the carrier is asked: the gate once more, and the attempt counted, in
    this transaction. None when there is nothing to place, because the job came late, twice, or
    the gate said no."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.state is not AttemptState.CLAIMED:
        return None
    contact = contacts.lock(session, attempt.contact_id)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    if contact is None:
        return None
    if callers.may_be_on_the_line(session, attempt.phone, now):
        release(session, attempt, now)
        return None
    decision = gate.decide(session, campaign, contact, now)
    attempt.decision = decision.as_json()
    if not decision.allowed:
        attempt.state = next_state(attempt.state, AttemptEvent.REFUSE)
        attempt.closed_at = now
        contact.state = ContactState.WAITING
        gate.put_aside(contact, decision, now)
        if attempt.agent_session_id is not None:
            agents.release(session, attempt.agent_session_id, now)
        return None
    attempt.state = next_state(attempt.state, AttemptEvent.PLACE)
    attempt.placing_at = now
    contact.attempts_made += 1
    contact.updated_at = now
    return CallRequest(
        attempt_id=attempt.id,
        to=attempt.phone,
        caller_id=attempt.caller_id,
        ring_seconds=campaign.ring_seconds,
        call_seconds_limit=campaign.call_seconds_limit,
        machine_detection=campaign.machine_detection,
        leaves_message=bool(campaign.voicemail_message),
        record=campaign.recording is RecordingMode.ALWAYS,
    )
