"""How many calls to place now. Pure: a snapshot in, a number out."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from dialer.domain.pacing_budget import Budget
from dialer.domain.pacing_calls import CallModel, CallsInFlight
from dialer.domain.pacing_chance import chance_none_left
from dialer.domain.pacing_snapshot import AttemptEntry, Bookmark, Snapshot, SpellEntry
from dialer.domain.pacing_spells import BusyAgents, FreeingAgents

HORIZONS = (4.0, 7.0, 10.0, 14.0, 20.0)
"""Seconds ahead at which people answered and agents free are weighed against each other."""
PLENTY = 4
"""Abandoned calls that could be made good from which on no number of them together is feared."""
BEYOND = 0.004
"""Highest risk that calls in flight together cost more than could be made good."""


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


def power(floor: FloorCount, lines_per_agent: float) -> int:
    """A fixed number of calls in flight for each ready agent, rounded down, but one for each at least."""
    lines = max(floor.ready, int(floor.ready * lines_per_agent))
    return max(0, min(lines - floor.unanswered - floor.waiting, floor.dial_budget))


class Predictive:
    """Places the most calls whose risk to meet no agent stays under a bound that the running rate steers.

    Strict: no call beyond the free agents while one more abandoned call would break the limit.
    """

    def __init__(self, strict: bool = False) -> None:
        self._strict = strict
        self._calls = CallModel(HORIZONS)
        self._agents = FreeingAgents(HORIZONS)
        self._budget = Budget()
        self._attempts: Bookmark[AttemptEntry] = Bookmark()
        self._talks: Bookmark[SpellEntry] = Bookmark()
        self._wraps: Bookmark[SpellEntry] = Bookmark()
        self._hardest = len(HORIZONS) - 1
        """The horizon that spoke last against a call; asked first, it saves the others."""

    def decide(self, snapshot: Snapshot) -> int:
        self._learn(snapshot)
        most = snapshot.dial_budget
        if snapshot.leads_left is not None:
            most = min(most, snapshot.leads_left)
        if self._strict and not bears_one_more(snapshot):
            most = min(most, snapshot.ready - unfinished(snapshot))
        if most <= 0 or not (snapshot.ready or snapshot.on_call or snapshot.wrap_up):
            return 0
        return self._fill(snapshot, most)

    def _learn(self, scene: Snapshot) -> None:
        history, calls = scene.history, self._calls
        calls.learn(self._attempts.unread(history.attempts), scene.now, scene.ring_timeout)
        for talk in self._talks.unread(history.talks):
            self._agents.talk.learn(talk.seconds)
        for wrap in self._wraps.unread(history.wraps):
            self._agents.wrap.learn(wrap.seconds)
        calls.refresh(scene.ring_timeout)
        self._agents.refresh(scene)

    def _fill(self, scene: Snapshot, most: int) -> int:
        now, calls, totals = scene.now, self._calls, scene.totals
        most_people = math.inf if scene.leads_left is None else scene.leads_left * calls.rate.mean
        limit = scene.max_abandon_rate
        agents = scene.ready + len(scene.on_call) + len(scene.wrap_up)
        bound = self._budget.allowed(now, limit, totals.live, totals.abandoned, agents, most_people)
        spare = scene.ready - len(scene.waiting)
        busy = self._agents.busy(now, scene.on_call, scene.wrap_up)
        if spare <= 0 and busy.chance_none(len(HORIZONS) - 1) > bound:
            return 0
        coming = calls.in_flight(now, scene.placing, scene.ringing, scene.screening)
        outlook = Outlook(spare, busy, coming, calls, self._budget.leaving if self._budget.room else 0.0)
        if outlook.surely_above(self._hardest, bound):
            return 0
        first = outlook.risk(0, bound)
        self._hardest = outlook.hardest
        if first > bound:
            return 0
        placed = most_within(most, lambda more: outlook.risk(more - 1, bound) <= bound)
        room = self._budget.room
        if 0 < room < PLENTY:
            if outlook.risk(0, BEYOND, room) > BEYOND:
                return 0
            placed = most_within(placed, lambda more: outlook.risk(more - 1, BEYOND, room) <= BEYOND)
        mean = (first + outlook.risk(placed - 1, bound)) / 2.0
        self._budget.spend(placed * calls.rate.mean, mean, limit, totals.abandoned)
        return placed


class Outlook:
    """One moment as counts of agents and people by horizon, worked out as far as they are asked for."""

    def __init__(
        self, spare: int, busy: BusyAgents, coming: CallsInFlight, calls: CallModel, leaving: float
    ) -> None:
        self._leaving = leaving
        self._spare, self._busy, self._coming, self._calls = spare, busy, coming, calls
        self._doubt = calls.rate.variance / (calls.rate.mean * calls.rate.mean)
        self._moments: dict[int, tuple[float, float, float, float]] = {}
        self._reached = list(accumulate(calls.arrival))
        self.hardest = len(HORIZONS) - 1

    def _at(self, place: int) -> tuple[float, float, float, float]:
        found = self._moments.get(place)
        if found is None:
            found = (*self._busy.moments(place), *self._coming.moments(place, HORIZONS[place]))
            self._moments[place] = found
        return found

    def surely_above(self, place: int, bound: float) -> bool:
        """Whether this horizon alone shows that one more call risks more than the bound."""
        return self._reached[place] * self._none_left(place, 0) > bound

    def risk(self, more: int, enough: float, room: int = 0) -> float:
        """Chance that a new call's person meets no agent when `more` others are placed with it.

        With `room`: the chance that she is one of more abandoned than that.

        Whoever answers first, one more person than agents is one abandoned: so the worst moment from the
        answer on counts. Says 1 once it is sure to pass `enough`.
        """
        total = worst = 0.0
        for place in range(len(HORIZONS) - 1, -1, -1):
            worst = max(worst, self._none_left(place, more, room))
            if total + self._reached[place] * worst > enough:
                self.hardest = place
                return 1.0
            total += self._calls.arrival[place] * worst
        return total

    def _none_left(self, place: int, more: int, room: int = 0) -> float:
        freed, freed_squares, people, squares = self._at(place)
        chance = self._calls.rate.mean * self._calls.by_horizon[place]
        people += more * chance
        squares += more * chance * chance
        variance = people - squares + self._doubt * people * people
        lost = self._leaving * HORIZONS[place] * max(0.0, self._spare + freed)
        people, variance = people + lost, variance + lost
        return chance_none_left(self._spare + room, freed, freed - freed_squares, people, variance)


def bears_one_more(scene: Snapshot) -> bool:
    """Whether the limit would still hold if the next person answered were abandoned."""
    return scene.totals.abandoned + 1 <= scene.max_abandon_rate * (scene.totals.live + 1)


def unfinished(scene: Snapshot) -> int:
    """Calls that an agent may still be needed for."""
    return len(scene.placing) + len(scene.ringing) + len(scene.screening) + len(scene.waiting)


def most_within(most: int, holds: Callable[[int], bool]) -> int:
    """The largest count up to `most` for which this holds; it holds for 1, and not again once it failed."""
    good, bad = 1, most + 1
    step = 1
    while good + step < bad:
        if holds(good + step):
            good += step
            step *= 2
        else:
            bad = good + step
            step = max(1, (bad - good) // 2)
    return good


def predictive(strict: bool = False) -> Predictive:
    """A fresh policy for one campaign's run."""
    return Predictive(strict)
