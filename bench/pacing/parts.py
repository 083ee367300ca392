"""The things on the simulated floor: fates, calls, agents, stages of calls, and what a run came to."""

from bisect import bisect_left, insort
from dataclasses import dataclass


@dataclass(slots=True)
class Fate:
    """How one call will end, known to the simulation and the oracle alone."""

    chance: float
    kind: float
    placing: float
    answer: float
    machine_answer: float
    screening: float
    verdict: float
    talk: float
    wrap: float


@dataclass(slots=True, eq=False)
class Call:
    fate: Fate
    outcome: str
    dialled: float
    rang: float | None = None
    answered: float | None = None
    verdict_at: float = 0.0
    needs_agent: bool = False
    taken: bool = False


@dataclass(slots=True, eq=False)
class Agent:
    state: str = "ready"
    since: float = 0.0
    free_at: float = 0.0
    wish: str = ""
    break_seconds: float = 0.0


class Stage:
    """Start times in ascending order; the tuple is made again only after a change."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.seen: tuple[float, ...] | None = ()

    def add(self, time: float) -> None:
        insort(self.times, time)
        self.seen = None

    def drop(self, time: float) -> None:
        del self.times[bisect_left(self.times, time)]
        self.seen = None

    def tuple(self) -> tuple[float, ...]:
        if self.seen is None:
            self.seen = tuple(self.times)
        return self.seen


@dataclass(frozen=True)
class Result:
    conversations: int
    live: int
    abandoned: int
    agent_hours: float
    busy_hours: float
    wait: float
    """Mean seconds that a person answered waited for an agent."""
    dialled: int
