"""How soon agents come free: talk and wrap-up learned as hazards by elapsed time, running spells included.

A log-logistic law fitted to the same spells stands in where few have ended. Nothing here knows of calls.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from operator import mul, sub

from dialer.domain.pacing_snapshot import Snapshot

FIT_WEIGHT = 6.0
"""Spells that the first guess of the law counts for."""
LAW_WEIGHT = 1.5
"""Ended spells that the fitted law counts for in each class of elapsed time."""
MEMORY = 3000.0
WAIT_USED = 0.7
"""Share of a person's patience in which an agent who comes free still counts."""
FRESH = 0.5
"""Seconds for which the ages of running spells are not counted again."""


def elapsed_classes() -> list[float]:
    edges = [0.0]
    while edges[-1] < 5400.0:
        edges.append(edges[-1] + max(1.0, 0.16 * edges[-1]))
    return edges


EDGES = elapsed_classes()
CLASSES = len(EDGES) - 1
ENDS, INNER = EDGES[1:], EDGES[1:-1]
MIDDLES = [(EDGES[place] + EDGES[place + 1]) / 2.0 for place in range(CLASSES)]


class Spells:
    """The law of one kind of spell."""

    def __init__(self, median: float, scale: float) -> None:
        self._ended = [0.0] * CLASSES
        self._exposed = [0.0] * CLASSES
        self.learned = 0
        self._count = 0.0
        self._log_sum = FIT_WEIGHT * math.log(median)
        self._log_squares = FIT_WEIGHT * (math.log(median) ** 2 + (scale * math.pi) ** 2 / 3.0)
        self._weight = FIT_WEIGHT
        self._survival = [1.0] * (CLASSES + 1)
        self._hazard = [0.0] * CLASSES
        self.refit(0.0, ())

    def learn(self, seconds: float) -> None:
        seconds = min(max(seconds, 0.05), EDGES[-1] - 1.0)
        last = bisect_right(EDGES, seconds) - 1
        for place in range(last):
            self._exposed[place] += EDGES[place + 1] - EDGES[place]
        self._exposed[last] += seconds - EDGES[last]
        self._ended[last] += 1.0
        log = math.log(max(seconds, 0.5))
        self._log_sum += log
        self._log_squares += log * log
        self._weight += 1.0
        self.learned += 1
        self._count += 1.0
        if self._count > MEMORY:
            self._fade(0.7)

    def _fade(self, share: float) -> None:
        self._ended = [value * share for value in self._ended]
        self._exposed = [value * share for value in self._exposed]
        self._count *= share
        self._log_sum *= share
        self._log_squares *= share
        self._weight *= share

    def refit(self, now: float, running: Sequence[float]) -> None:
        """Draws the law anew from ended spells and those still running."""
        exposed = list(self._exposed)
        left = len(running)
        for place in range(CLASSES):
            width = EDGES[place + 1] - EDGES[place]
            older = bisect_right(running, now - EDGES[place + 1], 0, left)
            exposed[place] += width * (older + 0.5 * (left - older))
            left = older
        middle = self._log_sum / self._weight
        spread = max(self._log_squares / self._weight - middle * middle, 0.01)
        shape = math.pi / math.sqrt(3.0 * spread)
        survival = 1.0
        for place, at in enumerate(MIDDLES):
            odds = math.exp(shape * (math.log(at) - middle))
            law = shape / at * odds / (1.0 + odds)
            hazard = (self._ended[place] + LAW_WEIGHT) / (exposed[place] + LAW_WEIGHT / max(law, 1e-9))
            self._hazard[place] = hazard
            self._survival[place] = survival
            survival *= math.exp(-hazard * (EDGES[place + 1] - EDGES[place]))
        self._survival[CLASSES] = survival

    def lasts(self, seconds: float) -> float:
        """Chance that a spell is longer than this."""
        if seconds <= 0.0:
            return 1.0
        place = bisect_right(INNER, seconds)
        return self._survival[place] * math.exp(-self._hazard[place] * (seconds - EDGES[place]))


class FreeingAgents:
    """Chance that a busy agent is free within each of the horizons, by what she does and for how long."""

    def __init__(self, horizons: Sequence[float]) -> None:
        self.talk = Spells(120.0, 0.55)
        self.wrap = Spells(8.0, 0.5)
        self._ahead = horizons
        self._horizons = [horizon + 2.0 * WAIT_USED for horizon in horizons]
        self._steps = [step * 2.0 for step in range(int(max(horizons) / 2.0) + 3)]
        blank = [[0.0] * CLASSES for _ in horizons]
        self._talk_free, self._wrap_free = blank, [list(column) for column in blank]
        """By horizon, then by elapsed time: chance to be free by then."""
        self._wrap_done: list[list[float]] = []
        self._on_call, self._wrap_up = Running(blank, 0.0, ()), Running(blank, 0.0, ())
        self._turn = 0
        self._drawn = 0
        self._measure_wrap()
        for _ in range(CLASSES):
            self._draw(self._turn)
            self._turn += 1

    def refresh(self, scene: Snapshot) -> None:
        """One class of elapsed time a turn, so that no decision is slow; the law itself at the first."""
        if self._turn >= CLASSES:
            learned = self.talk.learned + self.wrap.learned
            if learned - self._drawn < 4 + 0.06 * learned:
                return
            self._drawn, self._turn = learned, 0
            self._horizons = [ahead + WAIT_USED * scene.abandon_after for ahead in self._ahead]
            self.talk.refit(scene.now, scene.on_call)
            self.wrap.refit(scene.now, scene.wrap_up)
            self._measure_wrap()
        self._draw(self._turn)
        self._turn += 1

    def _measure_wrap(self) -> None:
        """By horizon: the chance that the wrap-up after a talk ending in each step is done by then."""
        ends = [step - 1.0 for step in self._steps[1:]]
        self._wrap_done = [
            [1.0 - self.wrap.lasts(horizon - end) for end in ends if end < horizon]
            for horizon in self._horizons
        ]

    def _draw(self, place: int) -> None:
        talk, wrap = self._talk_row(MIDDLES[place]), self._wrap_row(MIDDLES[place])
        for at in range(len(self._horizons)):
            self._talk_free[at][place] = talk[at]
            self._wrap_free[at][place] = wrap[at]

    def _talk_row(self, elapsed: float) -> list[float]:
        still = max(self.talk.lasts(elapsed), 1e-12)
        longer = [self.talk.lasts(elapsed + step) / still for step in self._steps]
        ending = list(map(sub, longer, longer[1:]))
        return [sum(map(mul, ending, done)) for done in self._wrap_done]

    def _wrap_row(self, elapsed: float) -> list[float]:
        still = max(self.wrap.lasts(elapsed), 1e-12)
        return [1.0 - self.wrap.lasts(elapsed + horizon) / still for horizon in self._horizons]

    def busy(self, now: float, on_call: Sequence[float], wrap_up: Sequence[float]) -> "BusyAgents":
        if not self._on_call.still_holds(now, on_call):
            self._on_call = Running(self._talk_free, now, on_call)
        if not self._wrap_up.still_holds(now, wrap_up):
            self._wrap_up = Running(self._wrap_free, now, wrap_up)
        return BusyAgents(self._on_call, self._wrap_up)


class Running:
    """Spells of one kind that run at one moment, and what was worked out of them so far."""

    def __init__(self, free: list[list[float]], now: float, started: Sequence[float]) -> None:
        self._free, self._now, self._started = free, now, started
        self._counts, self._places = classes(now, started)
        self._moments: dict[int, tuple[float, float]] = {}

    def still_holds(self, now: float, started: Sequence[float]) -> bool:
        """Whether these are the same spells, hardly older."""
        return now - self._now < FRESH and started == self._started

    def chance_none(self, place: int) -> float:
        chance, column = 1.0, self._free[place]
        for count, at in zip(self._counts, self._places, strict=True):
            chance *= (1.0 - column[at]) ** count
        return chance

    def moments(self, place: int) -> tuple[float, float]:
        found = self._moments.get(place)
        if found is None:
            each = list(map(self._free[place].__getitem__, self._places))
            weighted = list(map(mul, self._counts, each))
            found = self._moments[place] = sum(weighted), sum(map(mul, weighted, each))
        return found


class BusyAgents:
    """The busy agents at one moment."""

    def __init__(self, on_call: Running, wrap_up: Running) -> None:
        self._on_call, self._wrap_up = on_call, wrap_up

    def chance_none(self, place: int) -> float:
        """Chance that nobody comes free by this horizon."""
        return self._on_call.chance_none(place) * self._wrap_up.chance_none(place)

    def moments(self, place: int) -> tuple[float, float]:
        """Agents free by this horizon: the mean, and the sum of squared chances."""
        talking, talking_squares = self._on_call.moments(place)
        wrapping, wrapping_squares = self._wrap_up.moments(place)
        return talking + wrapping, talking_squares + wrapping_squares


def classes(now: float, started: Sequence[float]) -> tuple[list[int], list[int]]:
    """How many in which class of elapsed time, of spells by their ascending starts."""
    if len(started) <= 30:
        return [1] * len(started), [bisect_right(INNER, now - start) for start in started]
    counts, places = [], []
    left = len(started)
    for place, ends in enumerate(ENDS):
        older = bisect_right(started, now - ends, 0, left)
        if older < left:
            counts.append(left - older)
            places.append(place)
            left = older
            if not left:
                break
    return counts, places
