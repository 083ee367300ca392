"""Scenarios: a floor, a list and a carrier as plain numbers; named for the table, drawn for robustness."""

import math
from collections.abc import Callable
from dataclasses import dataclass

Rate = Callable[[float], float]
HOUR = 3600.0


def steady(rate: float) -> Rate:
    return lambda _now: rate


def steps(*stairs: tuple[float, float]) -> Rate:
    """The rate of the last stair whose hour has come."""

    def rate(now: float) -> float:
        current = stairs[0][1]
        for hour, value in stairs:
            if now >= hour * HOUR:
                current = value
        return current

    return rate


def wave(mean: float, swing: float, hours: float) -> Rate:
    return lambda now: mean * (1.0 + swing * math.sin(2.0 * math.pi * now / (hours * HOUR)))


@dataclass(frozen=True)
class Spread:
    """A duration: its law, its median (mean where exponential) and its shape."""

    law: str
    middle: float
    shape: float = 1.0

    def draw(self, u: float, normal: float) -> float:
        if self.law == "log-logistic":
            return min(self.middle * math.pow(u / (1.0 - u), 1.0 / self.shape), 5400.0)
        if self.law == "exponential":
            return -self.middle * math.log(1.0 - u)
        if self.law == "log-normal":
            return min(self.middle * math.exp(self.shape * normal), 5400.0)
        return self.middle


@dataclass(frozen=True)
class Scenario:
    name: str
    agents: int
    live: Rate
    """Chance that a person answers, by the time of dialling."""
    talk: Spread = Spread("log-logistic", 150.0, 1.9)
    wrap: Spread = Spread("log-normal", 8.0, 0.8)
    machine: float = 0.0
    """Share of all calls that a machine answers."""
    answer: Spread = Spread("log-normal", 8.0, 0.4)
    screening: tuple[float, float] | None = None
    """Shortest and longest time of machine detection; None: every pick-up goes to an agent."""
    missed_machine: float = 0.0
    """Share of machines taken for people."""
    lost_person: float = 0.0
    """Share of people taken for machines."""
    busy: float = 0.04
    invalid: float = 0.02
    ring_timeout: float = 25.0
    placing: tuple[float, float] = (0.3, 1.5)
    cps: float = 50.0
    leads: int | None = None
    break_every: float | None = None
    break_seconds: float = 600.0
    shift_ends: float | None = None
    """Share of agents who sign off somewhere in the second half."""
    abandon_after: float = 2.0
    hours: float = 4.0


LONG = Spread("log-logistic", 240.0, 2.0)
SHORT = Spread("log-normal", 35.0, 0.7)
WILD = Spread("log-logistic", 90.0, 1.35)

SCENARIOS = (
    Scenario("tiny-3", 3, steady(0.25)),
    Scenario("tiny-3-low", 3, steady(0.08), machine=0.3, screening=(3.0, 5.0), missed_machine=0.05),
    Scenario("small-5", 5, steady(0.15), machine=0.25, screening=(2.5, 4.5), lost_person=0.05),
    Scenario("small-8-long", 8, steady(0.3), talk=LONG, wrap=Spread("log-normal", 20.0, 0.8)),
    Scenario("small-12-fall", 12, steps((0, 0.45), (1.5, 0.12), (3, 0.25))),
    Scenario("team-12-high", 12, steady(0.6)),
    Scenario("team-20", 20, steady(0.2), machine=0.3, screening=(3.0, 5.0), missed_machine=0.1),
    Scenario("team-20-short", 20, steady(0.3), talk=SHORT, wrap=Spread("log-normal", 4.0, 0.6)),
    Scenario("team-30-wild", 30, steady(0.12), talk=WILD, machine=0.2, screening=(3.0, 5.0)),
    Scenario("team-30-wave", 30, wave(0.22, 0.6, 2.0)),
    Scenario("team-40-breaks", 40, steady(0.2), break_every=2700.0, shift_ends=0.4),
    Scenario("team-50-list", 50, steady(0.25), leads=6000),
    Scenario("team-60-fall", 60, steps((0, 0.3), (1, 0.1), (2, 0.4), (3, 0.15)), cps=20.0),
    Scenario("carrier-1", 15, steady(0.1), cps=1.0),
    Scenario("big-100-low", 100, steady(0.05), machine=0.35, screening=(3.0, 5.0), missed_machine=0.02),
    Scenario("big-300", 300, wave(0.25, 0.3, 4.0), talk=LONG, cps=50.0),
)


def of_size(agents: int) -> Scenario:
    """The plot's scenario: nothing moves but the size of the team."""
    return Scenario(f"size-{agents}", agents, steady(0.2), machine=0.25, screening=(3.0, 5.0))
