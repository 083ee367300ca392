"""The feeder: fills a campaign's dial queue in Redis with the contacts that may be dialled next.

What it finds may be stale when it is taken from the queue: whoever takes it looks again.
"""

from collections.abc import Sequence
from datetime import datetime

import redis
from sqlmodel import Session

from dialer.domain.campaign import CampaignState
from dialer.domain.contact import ContactState
from dialer.services import gate
from dialer.store import agent_sessions, contacts, dial_queue
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact

QUEUE_PER_READY_AGENT = 10
QUEUE_AT_LEAST = 30
FEED_ROUNDS = 50
"""At most so many looks further in one feed; the next tick goes on."""
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
    decisions = gate.decide_all(session, campaign, batch, now, held=True)  # who dials her holds an agent
    for contact, decision in zip(batch, decisions, strict=True):
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
