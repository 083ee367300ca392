"""How calls end: the chance of a person by the age of a call, and when the verdict comes. Knows no agents."""

import heapq
import math
from bisect import bisect_right
from collections.abc import Sequence
from operator import mul

from dialer.domain.pacing_snapshot import AttemptEntry

MEMORIES = (60.0, 300.0, 1500.0, 6000.0)
"""Attempts that each estimate of the answer rate remembers."""
PRIOR_LIVE, PRIOR_CALLS = 1.2, 4.0
SWITCH = 0.002
"""Chance, at each attempt, that another memory now fits the list better."""
TRUSTED_AFTER = 8.0
"""People reached at which half of a call's silence is believed: earlier, their ring time is a guess."""
SETTLING = 3.0
"""Seconds beyond the longest usual call after which no outcome is still to come."""
OLDEST = 90
"""Seconds of ringing told apart."""
RING_MEMORY = 2000.0


class AnswerRate:
    """The chance that a call reaches a person; several memories, weighted by how well each foretold."""

    def __init__(self) -> None:
        self._live = [0.0] * len(MEMORIES)
        self._calls = [0.0] * len(MEMORIES)
        self._weights = [1.0 / len(MEMORIES)] * len(MEMORIES)
        self.mean = PRIOR_LIVE / PRIOR_CALLS
        self.variance = self.mean * (1.0 - self.mean) / (PRIOR_CALLS + 1.0)

    def learn(self, live: bool) -> None:
        """One more outcome, in the order of dialling: people answer sooner than a call rings out."""
        for place, memory in enumerate(MEMORIES):
            chance = (self._live[place] + PRIOR_LIVE) / (self._calls[place] + PRIOR_CALLS)
            chance = min(chance, 0.99)
            self._weights[place] *= chance if live else 1.0 - chance
            keep = 1.0 - 1.0 / memory
            self._live[place] = keep * self._live[place] + live
            self._calls[place] = keep * self._calls[place] + 1.0
        total = sum(self._weights)
        even = SWITCH / len(MEMORIES)
        self._weights = [(1.0 - SWITCH) * weight / total + even for weight in self._weights]

    def settle(self, heard: float, people: float) -> None:
        """The estimate now, with recent calls worth `heard` whole ones that reached so many people."""
        mean = square = 0.0
        for live, calls, weight in zip(self._live, self._calls, self._weights, strict=True):
            known = calls + heard + PRIOR_CALLS
            chance = min((live + people + PRIOR_LIVE) / known, 0.99)
            mean += weight * chance
            square += weight * (chance * chance + chance * (1.0 - chance) / (known + 1.0))
        self.mean, self.variance = mean, max(square - mean * mean, 1e-9)


class CallModel:
    """Every call in flight as a chance of a live verdict within each of the horizons."""

    def __init__(self, horizons: Sequence[float]) -> None:
        self.rate = AnswerRate()
        self._horizons = horizons
        self._placing = 1.0
        self._screening, self._screening_squares = 0.0, 0.0
        self._picked_live, self._picked = 2.0, 3.0
        self._answers = [10.0 * _bell(age + 0.5) for age in range(OLDEST)]
        self._exits: list[float] | None = None
        self._live_left = [1.0] * (OLDEST + 1)
        self._other_left = [1.0] * (OLDEST + 1)
        self._answered_within: list[list[float]] = []
        """By horizon, then by age of ringing: share of people who answer in that time."""
        self._left: list[tuple[float, float]] = []
        self._screening_law = (0.0, 0.2)
        self._learned, self._drawn = 0, -1
        self.arrival: list[float] = []
        self.by_horizon: list[float] = []
        self._recent: list[tuple[float, bool]] = []
        self._recent_people = 0
        self._people = 0.0

    def learn(self, attempts: Sequence[AttemptEntry], now: float, ring_timeout: float) -> None:
        exits = self._exits_at(ring_timeout)
        self._learned += len(attempts)
        self._learn_rate(attempts, now - ring_timeout - self._placing - self._screening - SETTLING)
        for attempt in attempts:
            live = attempt.outcome == "live"
            self._people += live
            if attempt.rang is None:
                exits[0] += 1.0
                continue
            self._placing += 0.02 * (attempt.rang - attempt.dialled - self._placing)
            left = attempt.ended if attempt.answered is None else attempt.answered
            age = min(max(int(left - attempt.rang), 0), OLDEST - 1)
            (self._answers if live else exits)[age] += 1.0
            if attempt.answered is not None:
                self._learn_screening(max(0.0, min(attempt.ended, now) - attempt.answered), live)

    def _learn_rate(self, attempts: Sequence[AttemptEntry], closed: float) -> None:
        """Outcomes go to the rate once every call dialled before them has ended."""
        recent = self._recent
        for attempt in attempts:
            live = attempt.outcome == "live"
            heapq.heappush(recent, (attempt.dialled, live))
            self._recent_people += live
        while recent and recent[0][0] < closed:
            live = heapq.heappop(recent)[1]
            self._recent_people -= live
            self.rate.learn(live)

    def _learn_screening(self, seconds: float, live: bool) -> None:
        self._picked = 0.995 * self._picked + 1.0
        self._picked_live = 0.995 * self._picked_live + live
        if live:
            share = max(0.02, 1.0 / self._picked_live)
            self._screening += share * (seconds - self._screening)
            self._screening_squares += share * (seconds * seconds - self._screening_squares)

    def _exits_at(self, ring_timeout: float) -> list[float]:
        if self._exits is None:
            last = min(max(int(ring_timeout), 1), OLDEST - 1)
            self._exits = [1.5 / last if age < last else 0.0 for age in range(OLDEST)]
            self._exits[last] = 8.5
        return self._exits

    def refresh(self, ring_timeout: float) -> None:
        """Draws the tables anew once enough more calls have ended."""
        if self._drawn >= 0 and self._learned - self._drawn < 5 + 0.03 * self._learned:
            return
        self._drawn = self._learned = min(self._learned, int(RING_MEMORY))
        exits = self._exits_at(ring_timeout)
        for histogram in (self._answers, exits):
            if sum(histogram) > RING_MEMORY:
                histogram[:] = [0.7 * value for value in histogram]
        self._live_left, self._other_left = _left(self._answers), _left(exits)
        spread = math.sqrt(3.0 * max(self._screening_squares - self._screening**2, 0.0))
        self._screening_law = (self._screening - spread, 2.0 * spread + 0.2)
        ages = range(-2, min(OLDEST - 2, int(ring_timeout) + 2))
        gone = [self._answered_by(age + 0.5) for age in ages]
        self._left = [
            (max(1.0 - share, 1e-6), self._other_left[max(int(age + 0.5), 0)])
            for age, share in zip(ages, gone, strict=True)
        ]
        self._answered_within = [
            [
                max(0.0, self._answered_by(age + 0.5 + horizon - self._screening) - share)
                for age, share in zip(ages, gone, strict=True)
            ]
            for horizon in self._horizons
        ]
        delay = self._placing + self._screening
        self.by_horizon = [self._answered_by(horizon - delay) for horizon in self._horizons]
        self.arrival = _shares(self.by_horizon)

    def _answered_by(self, age: float) -> float:
        """Share of people who answer before this age of ringing."""
        if age <= 0.0:
            return 0.0
        place = min(int(age), OLDEST - 1)
        part = min(age - place, 1.0)
        return 1.0 - (self._live_left[place] * (1.0 - part) + self._live_left[place + 1] * part)

    def in_flight(
        self, now: float, placing: Sequence[float], ringing: Sequence[float], screening: Sequence[float]
    ) -> "CallsInFlight":
        """Every call on its way by its age; settles the rate on what was heard of them so far."""
        last = len(self._left) - 1
        counts, places = [], []
        unheard = 0.0
        for count, age in (*_ages(now - self._placing, placing, last), *_ages(now, ringing, last)):
            place = age + 2 if age > -2 else 0
            if place > last:
                place = last
            unheard += count * (1.0 - self._left[place][0])
            counts.append(count)
            places.append(place)
        chance = self._picked_live / self._picked
        known = self._people / (self._people + TRUSTED_AFTER)
        heard = known * unheard + len(screening) + len(self._recent)
        self.rate.settle(heard, chance * len(screening) + self._recent_people)
        rate, rest = self.rate.mean, 1.0 - self.rate.mean
        chances = [rate / (rate * self._left[place][0] + rest * self._left[place][1]) for place in places]
        start, width = self._screening_law
        ages = [now - since - start for since in screening]
        return CallsInFlight(counts, places, chances, self._answered_within, ages, width, chance)


class CallsInFlight:
    """The calls on their way at one moment."""

    def __init__(
        self,
        counts: list[int],
        places: list[int],
        chances: list[float],
        answered_within: list[list[float]],
        screening: list[float],
        width: float,
        chance: float,
    ) -> None:
        self._counts, self._places, self._chances = counts, places, chances
        self._answered_within = answered_within
        self._screening, self._width, self._chance = screening, width, chance

    def moments(self, place: int, horizon: float) -> tuple[float, float]:
        """Live verdicts by this horizon: the mean, and the sum of squared chances."""
        column = self._answered_within[place]
        each = [chance * column[at] for chance, at in zip(self._chances, self._places, strict=True)]
        weighted = list(map(mul, self._counts, each))
        mean, squares = sum(weighted), sum(map(mul, weighted, each))
        if self._screening and self._screening[-1] + horizon >= self._width:
            mean += self._chance * len(self._screening)
            return mean, squares + self._chance * self._chance * len(self._screening)
        for age in self._screening:
            gone = min(max(age / self._width, 0.0), 0.9)
            soon = (age + horizon) / self._width - gone
            chance = self._chance * min(max(soon / (1.0 - gone), 0.0), 1.0)
            mean += chance
            squares += chance * chance
        return mean, squares


def _bell(age: float) -> float:
    return math.exp(-((math.log(age) - 2.2) ** 2) / 0.9) / age * 0.6


def _left(histogram: Sequence[float]) -> list[float]:
    total = sum(histogram)
    left, run = [1.0], total
    for value in histogram:
        run -= value
        left.append(max(run, 0.0) / total)
    return left


def _shares(cumulative: Sequence[float]) -> list[float]:
    """Weight of each horizon for one new call: what is answered up to it, the rest with the last."""
    middles = [0.0] * len(cumulative)
    before = 0.0
    for place, value in enumerate(cumulative):
        part = value - before
        middles[place] += part * (0.5 if place else 1.0)
        if place:
            middles[place - 1] += part * 0.5
        before = value
    middles[-1] += 1.0 - before
    return middles


def _ages(now: float, started: Sequence[float], last: int) -> list[tuple[int, int]]:
    """(How many, whole seconds of age) of calls by their ascending starts."""
    if len(started) <= 30:
        return [(1, math.floor(now - start)) for start in started]
    found = []
    left = len(started)
    age = -2
    while left and age <= last:
        older = bisect_right(started, now - age - 1, 0, left)
        if older < left:
            found.append((left - older, age))
            left = older
        age += 1
    if left:
        found.append((left, last))
    return found
