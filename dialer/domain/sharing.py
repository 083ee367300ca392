"""Which of her campaigns an idle agent is counted in: the most urgent one that has somebody to dial, and
among equals the one that has least of its share. Values in, a choice out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Claim:
    """What a running campaign asks of its agents' time."""

    priority: int
    """The smallest goes first."""
    weight: int
    agents: int
    """Counted in it now and not to be moved: busy, or spoken for by a call on its way."""
    has_contacts: bool


class Idle(NamedTuple):
    """An agent whom no call needs where she is."""

    agent: object
    campaign_id: int
    works: frozenset[int]


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
            (counted[campaign_id] + 1) / claims[campaign_id].weight,
            campaign_id != one.campaign_id,
        ),
        default=one.campaign_id,
    )
