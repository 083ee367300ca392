"""How many calls to place now. Pure: a snapshot in, a number out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FloorCount:
    """Agents and calls of one campaign at one moment."""

    ready: int
    unanswered: int
    """Calls in flight that may still need an agent."""
    waiting: int
    """People answered for whom no agent was found yet."""
    dial_budget: int
    """Calls the carrier accepts right now."""


def progressive(floor: FloorCount) -> int:
    """One call for each ready agent: as many new calls as ready agents have none on its way."""
    return max(0, min(floor.ready - floor.unanswered - floor.waiting, floor.dial_budget))
