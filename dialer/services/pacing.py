"""How many calls each running campaign places now.

One look at the whole floor serves every campaign; what became of a call and how long a talk took is seen
as the difference between two looks. Kept in memory by the one pacer that leads, and read from the books
again by the next: nothing here is the truth about anything.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from dialer.domain.agent import SessionState
from dialer.domain.attempt import UNANSWERED
from dialer.domain.campaign import DIALS_AHEAD, DialMode, MachineDetection
from dialer.domain.pacing import FloorCount, power, predictive, progressive
from dialer.domain.pacing_scene import KEPT, Clock, Dialled, History, Scene, Spell, Totals, outcome_word
from dialer.services import abandonment
from dialer.store import floor
from dialer.store.campaigns import Campaign
from dialer.store.floor import AgentNow, CallEnd, CallNow

LEARN_FROM = timedelta(hours=8)
"""How far back a pacer reads that takes over, or a campaign that is started again."""
TOTALS_GOOD_FOR = timedelta(seconds=10)
BRAKES_GOOD_FOR = timedelta(seconds=1)
TALKS = {SessionState.ON_CALL: "talks", SessionState.WRAP_UP: "wraps"}
ON_A_CALL = frozenset({SessionState.RESERVED, SessionState.ON_CALL})
CLEARING = frozenset({SessionState.WRAP_UP, SessionState.READY})
"""Ready and not free: her room is not empty yet. She is back in a moment, and has not left."""


@dataclass(frozen=True)
class Look:
    """The floor at one moment, by campaign."""

    at: datetime
    agents: Mapping[int, Sequence[AgentNow]]
    calls: Mapping[int, Sequence[CallNow]]

    def free(self, campaign_id: int) -> list[AgentNow]:
        return [agent for agent in self.agents.get(campaign_id, ()) if agent.is_free]


def look(session: Session, now: datetime) -> Look:
    agents: dict[int, list[AgentNow]] = defaultdict(list)
    calls: dict[int, list[CallNow]] = defaultdict(list)
    for agent in floor.agents(session):
        agents[agent.campaign_id].append(agent)
    for call in floor.calls(session):
        calls[call.campaign_id].append(call)
    return Look(now, agents, calls)


class CampaignPace:
    """One campaign's policy, and what it has learned from."""

    def __init__(self, session: Session, campaign: Campaign, now: datetime) -> None:
        self.clock = Clock(now)
        self.policy = predictive()
        self.history = History()
        self._totals: Totals | None = None
        self._counted_at = now
        since = now - LEARN_FROM
        self.ended(floor.last_ends(session, campaign.id, since, KEPT))
        for spell in floor.last_spells(session, campaign.id, since, KEPT):
            self.spent(spell.state, spell.started_at, spell.ended_at)

    def ended(self, ends: Sequence[CallEnd]) -> None:
        for end in ends:
            word = outcome_word(end.outcome, end.connected_at is not None, end.is_abandoned)
            if word is not None:
                self.history.attempts.append(self._dialled(end, word))
        self.history.trim()

    def spent(self, state: SessionState, since: datetime, until: datetime) -> None:
        log = getattr(self.history, TALKS[state])
        log.append(Spell(self.clock.at(since), (until - since).total_seconds()))

    def _dialled(self, end: CallEnd, word: str) -> Dialled:
        clock = self.clock
        over = end.connected_at or end.abandoned_at or end.call_ended_at or end.answered_at or end.claimed_at
        rang, answered = clock.perhaps(end.rang_at), clock.perhaps(end.answered_at)
        return Dialled(clock.at(end.claimed_at), rang, answered, clock.at(over), word)

    def totals(self, session: Session, campaign: Campaign, now: datetime) -> Totals:
        if self._totals is None or now - self._counted_at >= TOTALS_GOOD_FOR:
            block = abandonment.counts(session, campaign, now).block.tally
            self._totals, self._counted_at = Totals(block.live, block.abandoned), now
        return self._totals

    def add(self, ends: Sequence[CallEnd]) -> None:
        """Reckon in what happened since the books were counted."""
        if self._totals is not None:
            live = sum(end.connected_at is not None or end.is_abandoned for end in ends)
            lost = sum(end.is_abandoned for end in ends)
            self._totals = Totals(self._totals.live + live, self._totals.abandoned + lost)


@dataclass
class Pace:
    """Every running campaign's pace, from one look to the next."""

    campaigns: dict[int, CampaignPace] = field(default_factory=dict)
    _calls: dict[UUID, CallNow] = field(default_factory=dict)
    _agents: dict[UUID, AgentNow] = field(default_factory=dict)
    _held_back: Mapping[int, str | None] = field(default_factory=dict)
    _braked_at: datetime | None = None

    def follow(self, session: Session, campaigns: Sequence[Campaign], seen: Look) -> None:
        """Learn from what has changed since the look before. Where nobody is signed in, a shift is over."""
        self._learn_calls(session, seen)
        self._learn_spells(seen)
        self.campaigns = {
            campaign.id: self.campaigns.get(campaign.id) or CampaignPace(session, campaign, seen.at)
            for campaign in campaigns
            if seen.agents.get(campaign.id)
        }
        self._ask_brakes(session, campaigns, seen.at)

    def _ask_brakes(self, session: Session, campaigns: Sequence[Campaign], now: datetime) -> None:
        """Of all campaigns at once, anew after a moment."""
        ahead = [one for one in campaigns if one.dial_mode in DIALS_AHEAD and one.id in self.campaigns]
        is_good = self._braked_at is not None and now - self._braked_at < BRAKES_GOOD_FOR
        if not is_good or any(campaign.id not in self._held_back for campaign in ahead):
            self._held_back, self._braked_at = abandonment.held_back(session, ahead, now), now

    def _learn_calls(self, session: Session, seen: Look) -> None:
        calls = {
            call.attempt_id: call
            for of_campaign in seen.calls.values()
            for call in of_campaign
            if not call.is_inbound
        }
        gone = self._calls.keys() - calls.keys()
        ends: dict[int, list[CallEnd]] = defaultdict(list)
        for end in floor.ends_of(session, gone) if gone else ():
            ends[end.campaign_id].append(end)
        for campaign_id, of_campaign in ends.items():
            pace = self.campaigns.get(campaign_id)
            if pace is not None:
                pace.ended(of_campaign)
                pace.add(of_campaign)
        self._calls = calls

    def _learn_spells(self, seen: Look) -> None:
        agents = {agent.session_id: agent for people in seen.agents.values() for agent in people}
        for session_id, before in self._agents.items():
            after = agents.get(session_id)
            pace = self.campaigns.get(before.campaign_id)
            if before.state in TALKS and pace is not None and (after is None or after.state != before.state):
                pace.spent(before.state, before.since, after.since if after else seen.at)
        self._agents = agents

    def wanted(
        self, session: Session, campaign: Campaign, seen: Look, budget: int, leads_left: int | None
    ) -> int:
        """New calls to place now, of which each may need an agent."""
        pace = self.campaigns.get(campaign.id)
        if pace is None:
            return 0
        ahead = campaign.dial_mode in DIALS_AHEAD
        totals = pace.totals(session, campaign, seen.at) if ahead else Totals()
        scene = scene_of(campaign, seen, pace, totals, budget, leads_left)
        floor_count = FloorCount(scene.ready, scene.in_flight, len(scene.waiting), budget)
        if not ahead or self._held_back[campaign.id] is not None:
            return progressive(floor_count)
        if campaign.dial_mode is DialMode.POWER:
            return power(floor_count, campaign.lines_per_agent)
        return max(0, pace.policy.decide(scene))


def scene_of(
    campaign: Campaign,
    seen: Look,
    pace: CampaignPace,
    totals: Totals,
    budget: int,
    leads_left: int | None,
) -> Scene:
    clock = pace.clock
    agents, calls = seen.agents.get(campaign.id, ()), seen.calls.get(campaign.id, ())
    open_calls = [call for call in calls if not call.has_agent]
    unanswered = [call for call in open_calls if call.state in UNANSWERED]
    answered = [call for call in open_calls if call.state not in UNANSWERED]
    screened = campaign.machine_detection is MachineDetection.BEFORE_CONNECTING
    screening = [call for call in answered if screened and call.answered_by is None and not call.is_inbound]
    waiting = [call for call in answered if call not in screening]
    return Scene(
        now=clock.at(seen.at),
        ready=sum(agent.is_free for agent in agents),
        on_call=_since(clock, agents, ON_A_CALL),
        wrap_up=_since(clock, agents, CLEARING),
        placing=clock.ascending([call.claimed_at for call in unanswered if call.rang_at is None]),
        ringing=clock.ascending([call.rang_at for call in unanswered if call.rang_at is not None]),
        screening=clock.ascending([call.answered_at or call.claimed_at for call in screening]),
        waiting=clock.ascending([call.answered_at or call.claimed_at for call in waiting]),
        totals=totals,
        history=pace.history,
        max_abandon_rate=campaign.abandon_limit,
        abandon_after=campaign.abandon_seconds,
        ring_timeout=float(campaign.ring_seconds),
        dial_budget=budget,
        leads_left=leads_left,
    )


def _since(clock: Clock, agents: Sequence[AgentNow], states: Set[SessionState]) -> tuple[float, ...]:
    """Since when those are busy who come back."""
    busy = [agent for agent in agents if agent.state in states and not agent.is_free and not agent.leaves]
    return clock.ascending([agent.since for agent in busy])
