"""Which of her campaigns an idle agent is counted in: the most urgent one that has somebody to dial, and
among equals the one that has had least of its share of the agents' time. Values in, a choice out."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

MEMORY = timedelta(minutes=30)
"""Time that a campaign had so long ago counts a third of what it has now."""
TURN_SECONDS = 60.0
"""So long an agent is thought to stay where she is counted."""
STAY_SECONDS = 30.0
"""By so much more must her campaign have had before she is moved. No longer than a turn, or shares of the
moment would be off by more than one agent."""


@dataclass(frozen=True)
class Claim:
    """What a running campaign asks of its agents' time."""

    priority: int
    """The smallest goes first."""
    weight: int
    agents: int
    """Counted in it now and not to be moved: busy, or spoken for by a call on its way."""
    has_contacts: bool
    had: float = 0.0
    """Agent-seconds of late."""


class Idle(NamedTuple):
    """An agent whom no call needs where she is."""

    agent: object
    campaign_id: int
    works: frozenset[int]


class TimeHad:
    """The agent-seconds that each campaign has had of late: what is past counts less and less, so that one
    that comes back has no claim to all that it missed."""

    def __init__(self) -> None:
        self._had: dict[int, float] = {}
        self._at: datetime | None = None

    def follow(self, agents: Mapping[int, int], now: datetime) -> None:
        """Since the last time, campaigns had so many agents."""
        past = max(0.0, (now - self._at) / MEMORY) if self._at is not None else 0.0
        left = math.exp(-past)
        had = {campaign_id: seconds * left for campaign_id, seconds in self._had.items()}
        for campaign_id, count in agents.items():
            had[campaign_id] = had.get(campaign_id, 0.0) + count * MEMORY.total_seconds() * (1 - left)
        self._had, self._at = had, now

    def of(self, campaign_id: int) -> float:
        return self._had.get(campaign_id, 0.0)


def share(idle: Sequence[Idle], claims: Mapping[int, Claim]) -> dict[object, int]:
    """Agent to campaign, for those who are to be moved; the first of `idle` chooses first.

    A campaign with nobody to dial has an agent only where none of hers has anybody.
    """
    counted = {campaign_id: claim.agents for campaign_id, claim in claims.items()}
    moves: dict[object, int] = {}
    for one in idle:
        chosen = _choose(one, claims, counted)
        counted[chosen] = counted.get(chosen, 0) + 1
        if chosen != one.campaign_id:
            moves[one.agent] = chosen
    return moves


def _choose(one: Idle, claims: Mapping[int, Claim], counted: Mapping[int, int]) -> int:
    open_to_her: Iterable[int] = [
        campaign_id
        for campaign_id in sorted(one.works)
        if campaign_id in claims and claims[campaign_id].has_contacts
    ]
    return min(
        open_to_her,
        key=lambda campaign_id: (
            claims[campaign_id].priority,
            _share_had(claims[campaign_id], counted[campaign_id], campaign_id == one.campaign_id),
            campaign_id != one.campaign_id,
        ),
        default=one.campaign_id,
    )


def _share_had(claim: Claim, agents: int, is_here: bool) -> float:
    """What the campaign has had, and will have had by the end of a turn if one more agent is counted in
    it, for its weight."""
    return (claim.had + TURN_SECONDS * (agents + 1) - STAY_SECONDS * is_here) / claim.weight
