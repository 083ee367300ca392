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
        self._live_at: list[float] = []
        self._other_at: list[float] = []
        self._heard_at: list[float] = []
        """By age of ringing: share of people who have not answered yet, of other calls not over, and of
        people who would have been heard of."""
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
        self._live_at = [max(1.0 - share, 1e-6) for share in gone]
        self._other_at = [self._other_left[max(int(age + 0.5), 0)] for age in ages]
        self._heard_at = [1.0 - share for share in self._live_at]
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
        live, other = self._live_at, self._other_at
        counts, places = _by_age(now - self._placing, placing, len(live))
        more, older = _by_age(now, ringing, len(live))
        counts += more
        places += older
        unheard = sum(map(mul, counts, map(self._heard_at.__getitem__, places)))
        chance = self._picked_live / self._picked
        known = self._people / (self._people + TRUSTED_AFTER)
        heard = known * unheard + len(screening) + len(self._recent)
        self.rate.settle(heard, chance * len(screening) + self._recent_people)
        rate, rest = self.rate.mean, 1.0 - self.rate.mean
        chances = [rate / (rate * live[place] + rest * other[place]) for place in places]
        start, width = self._screening_law
        screened = Screened(now - start, width, screening, chance)
        return CallsInFlight(counts, places, chances, self._answered_within, screened)


class Screened:
    """Calls picked up whose verdict is still to come, at one moment."""

    def __init__(self, since: float, width: float, picked_up: Sequence[float], chance: float) -> None:
        self._since, self._width, self._picked_up, self._chance = since, width, picked_up, chance

    def moments(self, horizon: float) -> tuple[float, float]:
        """Live verdicts by this horizon: the mean, and the sum of squared chances."""
        chance, width = self._chance, self._width
        done = bisect_right(self._picked_up, self._since - width + horizon)
        mean, squares = chance * done, chance * chance * done
        for at in self._picked_up[done:]:
            age = self._since - at
            gone = min(max(age / width, 0.0), 0.9)
            soon = (age + horizon) / width - gone
            share = chance * min(max(soon / (1.0 - gone), 0.0), 1.0)
            mean += share
            squares += share * share
        return mean, squares


class CallsInFlight:
    """The calls on their way at one moment."""

    def __init__(
        self,
        counts: list[int],
        places: list[int],
        chances: list[float],
        answered_within: list[list[float]],
        screened: Screened,
    ) -> None:
        self._places, self._chances = places, chances
        self._weights = list(map(mul, counts, chances))
        self._answered_within, self._screened = answered_within, screened

    def moments(self, place: int, horizon: float) -> tuple[float, float]:
        """Live verdicts by this horizon: the mean, and the sum of squared chances."""
        soon = list(map(self._answered_within[place].__getitem__, self._places))
        people = list(map(mul, self._weights, soon))
        mean, squares = self._screened.moments(horizon)
        squares += sum(map(mul, people, map(mul, self._chances, soon)))
        return mean + sum(people), squares


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


def _by_age(now: float, started: Sequence[float], ages: int) -> tuple[list[int], list[int]]:
    """How many calls, by their ascending starts, at which place of a table by whole seconds of age from -2
    on; what is younger or older is with the first or the last."""
    last = ages - 1
    if len(started) <= 30:
        places = [math.floor(now - start) + 2 for start in started]
        if places and (places[0] > last or places[-1] < 0):
            places = [min(max(place, 0), last) for place in places]
        return [1] * len(places), places
    counts, places = [], []
    left = len(started)
    for place in range(last):
        older = bisect_right(started, now + 1 - place, 0, left)
        if older < left:
            counts.append(left - older)
            places.append(place)
            left = older
            if not left:
                return counts, places
    return [*counts, left], [*places, last]
