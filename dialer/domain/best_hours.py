"""The hour at which people answer best, learned from a campaign's own tries by Thompson sampling.

Each hour's answer rate is drawn from what is known of it, and the best draw is taken: what is known well is
used, what is known little is tried now and then. Little is not over-read: an hour leans on the campaign's
rate, an hour of a weekday on the hour, and that at the how-manieth try on the hour of the weekday.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from random import Random
from typing import NamedTuple
from zlib import crc32

from dialer.domain.detection import Interval, wilson
from dialer.domain.retry_plan import Slot

HELD_OUT_PERCENT = 10
"""So many of a hundred contacts are left to the plan, to see what learning gains."""
LAST_TRY = 4
"""Later tries are counted with this one."""
RATE_BEFORE, TRIES_BEFORE = 0.2, 10
"""What is believed of a campaign's answer rate before its first tries, and as of how many."""
OF_AN_HOUR, OF_A_WEEKDAY, OF_A_TRY = 30, 150, 300
"""As many tries of its own an hour needs to count as much as what it leans on, and so on."""


class When(NamedTuple):
    try_number: int
    weekday: int
    hour: int


class Tally(NamedTuple):
    tries: int = 0
    answers: int = 0


Counts = Mapping[When, Tally]


def is_held_out(contact_id: int) -> bool:
    """Of the contact, whatever try it is: one that changed sides would water down the difference."""
    return crc32(str(contact_id).encode()) % 100 < HELD_OUT_PERCENT


def choose(slots: Sequence[Slot], try_number: int, counts: Counts, draw: Random) -> Slot:
    """The slot whose drawn answer rate is the highest; of equals the soonest."""
    beliefs = _Beliefs(counts, draw)
    rates = [beliefs.rate(min(try_number, LAST_TRY), slot.day.weekday(), slot.hour) for slot in slots]
    return slots[max(range(len(slots)), key=lambda n: (rates[n], -n))]


class _Beliefs:
    """Rates drawn once for each hour, hour of a weekday, and try at it."""

    def __init__(self, counts: Counts, draw: Random) -> None:
        self._draw = draw
        self._drawn: dict[tuple[int, ...], float] = {}
        self._tries: Counter[tuple[int, ...]] = Counter()
        self._answers: Counter[tuple[int, ...]] = Counter()
        for when, tally in counts.items():
            number = min(when.try_number, LAST_TRY)
            for key in ((), (when.hour,), (when.hour, when.weekday), (when.hour, when.weekday, number)):
                self._tries[key] += tally.tries
                self._answers[key] += tally.answers

    def rate(self, try_number: int, weekday: int, hour: int) -> float:
        overall = (self._answers[()] + RATE_BEFORE * TRIES_BEFORE) / (self._tries[()] + TRIES_BEFORE)
        of_hour = self._rate((hour,), overall, OF_AN_HOUR)
        of_weekday = self._rate((hour, weekday), of_hour, OF_A_WEEKDAY)
        return self._rate((hour, weekday, try_number), of_weekday, OF_A_TRY)

    def _rate(self, key: tuple[int, ...], leans_on: float, strength: int) -> float:
        if key not in self._drawn:
            answers = self._answers[key] + strength * leans_on
            others = self._tries[key] - self._answers[key] + strength * (1 - leans_on)
            self._drawn[key] = self._draw.betavariate(max(answers, 1e-6), max(others, 1e-6))
        return self._drawn[key]


class Arm(NamedTuple):
    """Contacts on one side of the comparison, each counted once however often she was tried."""

    contacts: int = 0
    answered: int = 0

    @property
    def share(self) -> float:
        return self.answered / self.contacts


@dataclass(frozen=True)
class Gain:
    """How many answered of those whose hours were learned and of those left to the plan: who is on which
    side was drawn before the first try, so that nothing but the hours tells them apart."""

    learned: Arm
    held_out: Arm

    @property
    def points(self) -> float | None:
        """By how much the learned share is higher; None before both sides have somebody."""
        if not self.learned.contacts or not self.held_out.contacts:
            return None
        return self.learned.share - self.held_out.share

    @property
    def span(self) -> Interval | None:
        """What the gain is between, at 95 %: Newcombe's interval, from Wilson's of each share."""
        mine, other = (wilson(arm.answered, arm.contacts) for arm in (self.learned, self.held_out))
        points = self.points
        if points is None or mine is None or other is None:
            return None
        down = hypot(self.learned.share - mine.low, other.high - self.held_out.share)
        up = hypot(mine.high - self.learned.share, self.held_out.share - other.low)
        return Interval(points - down, points + up)
