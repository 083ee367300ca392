"""The floor as it is now: agents, dial queues, calls."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import redis
from redis.exceptions import RedisError
from sqlmodel import Session

from dialer.core.log import logger
from dialer.domain.agent import LineState
from dialer.domain.attempt import UNANSWERED, AttemptState
from dialer.domain.campaign import CampaignState
from dialer.services import (
    abandonment,
    abandonment_pages,
    caller_ids,
    desk,
    overview,
    why_not_dialled,
)
from dialer.store import agent_sessions, attempts, campaigns, contacts, counters, users
from dialer.store.agent_sessions import AgentCount, AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact

WATCHED = frozenset({CampaignState.RUNNING, CampaignState.PAUSED})


@dataclass(frozen=True)
class AgentLine:
    id: str
    name: str
    campaign: str
    campaign_slug: str
    state: str
    since: datetime
    pause: str
    contact: str
    line_up: bool


@dataclass(frozen=True)
class CampaignLine:
    slug: str
    name: str
    state: str
    queue_depth: int | None
    in_flight: int
    ready: int
    on_call: int
    waiting_now: int
    headline: str


@dataclass(frozen=True)
class CallLine:
    id: str
    campaign: str
    contact: str
    contact_id: int
    phone: str
    state: str
    since: datetime
    agent: str


@dataclass(frozen=True)
class HandedOnLine:
    """A person who talks on without an agent."""

    contact: str
    phone: str
    campaign: str
    since: datetime
    to: str
    from_session_id: str
    is_mine: bool
    """The viewer has the person."""


@dataclass(frozen=True)
class Alarm:
    """A campaign near or beyond its share of abandoned calls."""

    slug: str
    name: str
    words: str
    is_braked: bool
    since: datetime


@dataclass(frozen=True)
class Floor:
    """`supervisor/_floor.html` says what each name means there."""

    totals: Mapping[str, int | None]
    alarms: Sequence[Alarm]
    agents: Sequence[AgentLine]
    campaigns: Sequence[CampaignLine]
    calls: Sequence[CallLine]
    handed_on: Sequence[HandedOnLine]


@dataclass(frozen=True)
class _Facts:
    """All rows that are told of, each read once."""

    sessions: Sequence[AgentSession]
    attempts: Sequence[Attempt]
    campaigns: Mapping[int, Campaign]
    contacts: Mapping[int, Contact]
    names: Mapping[int, str]


def show(session: Session, client: redis.Redis, viewer_id: int, now: datetime, today: date) -> Floor:
    facts = _facts(session)
    agents = _agents(facts)
    watched = _campaigns(session, client, facts, agents, now)
    states = Counter(agent.state for agent in agents)
    return Floor(
        totals={
            "agents": len(agents),
            "ready": states["ready"],
            "on_call": states["on_call"],
            "wrap_up": states["wrap_up"],
            "paused": states["paused"] + states["connecting"] + states["line_lost"],
            "in_flight": sum(attempt.state in UNANSWERED for attempt in facts.attempts),
            "in_doubt": sum(attempt.state is AttemptState.IN_DOUBT for attempt in facts.attempts),
            "queue_depth": sum(line.queue_depth or 0 for line in watched),
            "bad_signatures": _counted(client, counters.BAD_SIGNATURES, today),
            "second_calls": _counted(client, counters.SECOND_CALLS, today),
        },
        alarms=_alarms(session, facts, now),
        agents=agents,
        campaigns=watched,
        calls=_calls(facts),
        handed_on=_handed_on(session, facts, viewer_id),
    )


def _facts(session: Session) -> _Facts:
    sessions, open_attempts = agent_sessions.signed_in(session), attempts.everything_open(session)
    called = {attempt.contact_id for attempt in open_attempts}
    previewed = {agent.preview_contact_id for agent in sessions if agent.preview_contact_id is not None}
    return _Facts(
        sessions=sessions,
        attempts=open_attempts,
        campaigns={campaign.id: campaign for campaign in campaigns.everything(session)},
        contacts=contacts.by_ids(session, called | previewed),
        names=users.names(session, {agent.user_id for agent in sessions}),
    )


def _agents(facts: _Facts) -> list[AgentLine]:
    calls = {attempt.agent_session_id: attempt for attempt in facts.attempts}
    lines = []
    for agent in facts.sessions:
        attempt = calls.get(agent.id)
        contact_id = attempt.contact_id if attempt is not None else agent.preview_contact_id
        contact = facts.contacts.get(contact_id) if contact_id is not None else None
        pause = desk.pause_shown(agent)
        campaign = facts.campaigns[agent.campaign_id]
        lines.append(
            AgentLine(
                id=str(agent.id),
                name=facts.names[agent.user_id],
                campaign=campaign.name,
                campaign_slug=campaign.slug,
                state=desk.state_shown(agent, attempt),
                since=agent.state_since,
                pause=pause["label"] if pause else "",
                contact=contact.name if contact else "",
                line_up=agent.line is not LineState.DOWN,
            )
        )
    return lines


def _campaigns(
    session: Session, client: redis.Redis, facts: _Facts, agents: Sequence[AgentLine], now: datetime
) -> list[CampaignLine]:
    watched = [campaign for campaign in facts.campaigns.values() if campaign.state in WATCHED]
    people, elsewhere = agent_sessions.count_by_campaign(session), agent_sessions.counted_elsewhere(session)
    due = contacts.due_by_campaign(session, now)
    depths = overview.queue_depths(client, [campaign.id for campaign in watched])
    in_flight = Counter(row.campaign_id for row in facts.attempts if row.state in UNANSWERED)
    on_call = Counter(agent.campaign_slug for agent in agents if agent.state == "on_call")
    no_number = caller_ids.why_none_left(session, watched, now)
    lines = []
    for campaign in watched:
        here, waiting = people.get(campaign.id, AgentCount()), due.get(campaign.id, 0)
        _, headline = why_not_dialled.headline_of(
            campaign,
            here,
            elsewhere.get(campaign.id, 0),
            in_flight[campaign.id],
            waiting,
            no_number.get(campaign.id),
        )
        lines.append(
            CampaignLine(
                slug=campaign.slug,
                name=campaign.name,
                state=campaign.state.value,
                queue_depth=depths.get(campaign.id),
                in_flight=in_flight[campaign.id],
                ready=here.ready,
                on_call=on_call[campaign.slug],
                waiting_now=waiting,
                headline=headline,
            )
        )
    return lines


def _alarms(session: Session, facts: _Facts, now: datetime) -> list[Alarm]:
    found = []
    for campaign in facts.campaigns.values():
        since = campaign.braked_at or campaign.alarmed_at
        if since is not None and campaign.state in WATCHED:
            block = abandonment.counts(session, campaign, now).block
            words = abandonment_pages.words_of(campaign, block, abandonment.limits_of(campaign))
            found.append(Alarm(campaign.slug, campaign.name, words, campaign.braked_at is not None, since))
    return found


def _calls(facts: _Facts) -> list[CallLine]:
    agents = {agent.id: facts.names[agent.user_id] for agent in facts.sessions}
    return [
        CallLine(
            id=str(attempt.id),
            campaign=facts.campaigns[attempt.campaign_id].name,
            contact=facts.contacts[attempt.contact_id].name,
            contact_id=attempt.contact_id,
            phone=attempt.phone,
            state=attempt.state.value,
            since=_since(attempt),
            agent=agents.get(attempt.agent_session_id, "") if attempt.agent_session_id else "",
        )
        for attempt in facts.attempts
        if attempt.state is not AttemptState.WRAP_UP
    ]


def _handed_on(session: Session, facts: _Facts, viewer_id: int) -> list[HandedOnLine]:
    found = attempts.handed_on(session)
    people = contacts.by_ids(session, {attempt.contact_id for attempt, _ in found})
    names = users.names(session, {leg.user_id for _, leg in found if leg.user_id is not None})
    return [
        HandedOnLine(
            contact=people[attempt.contact_id].name,
            phone=attempt.phone,
            campaign=facts.campaigns[attempt.campaign_id].name,
            since=attempt.handed_on_at or attempt.claimed_at,
            to=names[leg.user_id] if leg.user_id is not None else "an outside number",
            from_session_id=str(leg.agent_session_id),
            is_mine=leg.user_id == leg.asked_by_id == viewer_id,
        )
        for attempt, leg in found
    ]


def _since(attempt: Attempt) -> datetime:
    """When the attempt's present state began."""
    moments = (attempt.connected_at, attempt.abandoned_at, attempt.answered_at, attempt.placing_at)
    return next((moment for moment in moments if moment is not None), attempt.claimed_at)


def _counted(client: redis.Redis, name: str, today: date) -> int | None:
    try:
        return counters.counted(client, name, today)
    except RedisError as error:
        logger.warning("redis_unreachable", error=str(error))
        return None
