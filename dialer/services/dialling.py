"""One decision of the pacer for one campaign: due call-backs, previews, or calls for the agents there are."""

from collections.abc import Sequence
from datetime import datetime

import redis
from sqlmodel import Session

from dialer.domain.agent import SessionEvent
from dialer.domain.campaign import DialMode
from dialer.domain.pacing import FloorCount, progressive
from dialer.services import agents, claims, feeder, previews
from dialer.services.caller_ids import AtHand
from dialer.store import agent_sessions, attempts, contacts, dial_queue
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact


def dial(session: Session, client: redis.Redis, campaign: Campaign, budget: int, now: datetime) -> int:
    """One decision of the pacer for one running campaign; how many calls or previews it began."""
    feeder.feed(session, client, campaign, now)
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
        begun += claims.claim(session, campaign, contact, now, numbers=numbers) is not None
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
        if contact is None or not numbers.calls_left() or not claims.passes(session, campaign, contact, now):
            continue
        held = agent_sessions.lock(session, agent.id)
        if held is None or not agents.change_state(session, held, SessionEvent.RESERVE, now):
            continue
        if claims.claim(session, campaign, contact, now, held, numbers) is None:
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
        offered += previews.offer(session, ready, found[0], now)
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
            if claims.passes(session, campaign, contact, now):
                found.append(contact)
    return found
