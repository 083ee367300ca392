"""What one decision of the pacer does for one campaign: due call-backs, previews, and calls."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import redis
from sqlmodel import Session

from dialer.domain.agent import SessionEvent
from dialer.domain.attempt import UNANSWERED
from dialer.domain.campaign import DIALS_AHEAD, DialMode
from dialer.domain.compliance import needs_held_agent
from dialer.services import agents, claims, feeder, previews, sharing
from dialer.services.caller_ids import AtHand
from dialer.store import agent_sessions, contacts, dial_queue, floor
from dialer.store.agent_sessions import AgentSession
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact

CALL_BACK_WAITS = timedelta(minutes=1)
"""Where calls are dialled ahead of free agents, hardly ever one is spare: an agreed call-back waits no longer
for that."""
AGENT_DIALS = frozenset({DialMode.MANUAL, DialMode.PREVIEW})
"""Modes in which an agent sees whom she calls before the call."""


def offering(session: Session, of: Sequence[Campaign], now: datetime) -> set[int]:
    """Campaigns that have something for a free agent though they want no call of anybody's."""
    modes = {campaign.id for campaign in of if campaign.dial_mode in AGENT_DIALS}
    return modes | contacts.campaigns_with_own_call_backs(session, now)


def dial(
    session: Session, client: redis.Redis, campaign: Campaign, calls: int, budget: int, now: datetime
) -> int:
    """Begin up to `calls` calls, agreed call-backs before them, and previews; how many in all. The carrier
    takes no more than `budget`. `calls` are reckoned for all free agents: once one is held for somebody, or
    is to be, there is but a call for each spare agent, so that one becomes spare."""
    numbers = AtHand(session, campaign, now)
    if campaign.dial_mode in AGENT_DIALS:
        return _offer_previews(session, client, campaign, numbers, now)
    begun, waits = _dial_call_backs(session, campaign, numbers, budget, now)
    wanted = min(calls, budget) - begun
    if begun or waits:
        wanted = min(wanted, _spare(session, campaign))
    found = _take(session, client, campaign, min(wanted, numbers.calls_left()), now) if wanted > 0 else []
    numbers.recall(found)
    alone = [contact for contact in found if needs_held_agent(contact.abandoned_at, now)]
    others = [contact for contact in found if contact not in alone]
    if alone:
        begun += _dial_held(session, campaign, alone, numbers, now)
        others = others[: max(0, _spare(session, campaign))]
    return begun + len(claims.claim_all(session, campaign, others, now, numbers=numbers))


def _dial_call_backs(
    session: Session, campaign: Campaign, numbers: AtHand, budget: int, now: datetime
) -> tuple[int, bool]:
    """Agreed call-backs whose time has come go to the agent who agreed them, before all else; how many, and
    whether one waits because calls on their way may need its agent."""
    begun, waits = 0, False
    for agent in agent_sessions.ready(session, campaign.id):
        if begun >= budget or not numbers.calls_left():
            break
        contact = contacts.call_back_due(session, campaign.id, agent.user_id, now)
        if contact is None or not claims.passes(session, campaign, contact, now, held=True):
            continue
        is_late = campaign.dial_mode in DIALS_AHEAD and contact.next_call_at <= now - CALL_BACK_WAITS
        if _spare(session, campaign, but_for_unanswered=is_late) > 0:
            begun += _dial_for(session, campaign, contact, agent, numbers, now)
        else:
            waits = True
    return begun, waits


def _dial_held(
    session: Session, campaign: Campaign, people: Sequence[Contact], numbers: AtHand, now: datetime
) -> int:
    """Those who met nobody the last time are called with an agent held for each, or wait for one."""
    spare = max(0, _spare(session, campaign))
    free = agent_sessions.ready(session, campaign.id)[:spare]
    for contact in people[len(free) :]:
        feeder.put_back(session, contact)
    return sum(
        _dial_for(session, campaign, contact, agent, numbers, now)
        for contact, agent in zip(people, free, strict=False)
    )


def _dial_for(
    session: Session,
    campaign: Campaign,
    contact: Contact,
    agent: AgentSession,
    numbers: AtHand,
    now: datetime,
) -> int:
    held = agent_sessions.lock(session, agent.id)
    if held is None or not agents.change_state(session, held, SessionEvent.RESERVE, now):
        return 0
    if claims.claim(session, campaign, contact, now, held, numbers) is not None:
        return 1
    agents.change_state(session, held, SessionEvent.RELEASE, now)
    return 0


def _offer_previews(
    session: Session, client: redis.Redis, campaign: Campaign, numbers: AtHand, now: datetime
) -> int:
    """To each ready agent her own due call-back, or in preview mode the best of the queue; as many as are
    spare, for calls may be on their way that were placed in another mode."""
    offered, spare = 0, _spare(session, campaign)
    for agent in agent_sessions.ready(session, campaign.id):
        if offered >= spare or not numbers.calls_left():
            break
        contact = contacts.call_back_due(session, campaign.id, agent.user_id, now)
        if contact is not None and not claims.passes(session, campaign, contact, now, held=True):
            contact = None
        if contact is None and campaign.dial_mode is DialMode.PREVIEW:
            found = _take(session, client, campaign, 1, now)
            contact = found[0] if found else None
        if contact is not None:
            offered += previews.offer(session, agent, contact, now)
    return offered


def _spare(session: Session, campaign: Campaign, *, but_for_unanswered: bool = False) -> int:
    """How many of its agents may be taken for something else than the calls on their way, or than the people
    who have answered and wait."""
    calls = floor.calls(session)
    if but_for_unanswered:
        calls = [call for call in calls if call.state not in UNANSWERED]
    return sharing.spare(floor.agents(session), calls)[campaign.id]


def _take(
    session: Session, client: redis.Redis, campaign: Campaign, count: int, now: datetime
) -> Sequence[Contact]:
    """Up to `count` contacts from the dial queue, locked, due and past the gate; whoever needs an agent held
    for her call gets one from `dial`."""
    found: list[Contact] = []
    while len(found) < count:
        ids = dial_queue.take(client, campaign.id, count - len(found))
        if not ids:
            break
        due = [
            contact
            for contact in contacts.lock_waiting(session, ids)
            if contact.next_call_at <= now and contact.campaign_id == campaign.id
        ]
        found += claims.those_passing(session, campaign, due, now)
    return found
