"""Which of a campaign's numbers a person is shown, and which one is rested because people don't answer it.

Numbers and counts in, a decision out. A number at its cap, rested, or not our own is never shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from dialer.domain.place import Locality, locality


@dataclass(frozen=True)
class PoolNumber:
    phone: str
    calls_today: int = 0
    """In all campaigns that show it."""
    is_rested: bool = False
    is_own: bool = True

    @property
    def is_usable(self) -> bool:
        return self.is_own and not self.is_rested

    def calls_left(self, cap: int) -> int:
        return max(0, cap - self.calls_today) if self.is_usable else 0


def choose(
    pool: Sequence[PoolNumber], cap: int, person: str, before: str | None, local_presence: bool
) -> str | None:
    """The number that `person` is shown, or None when there is none left.

    The one she was called from before, so that she knows it again; else, with local presence, the
    nearest to hers: area code, then region, then country; else the one used least today.
    """
    allowed = [number for number in pool if number.calls_left(cap)]
    if before is not None and any(number.phone == before for number in allowed):
        return before
    there = locality(person)

    def order(number: PoolNumber) -> tuple[int, int, str]:
        near = nearness(locality(number.phone), there) if local_presence else 0
        return -near, number.calls_today, number.phone

    return min(allowed, key=order).phone if allowed else None


def nearness(one: Locality, other: Locality) -> int:
    """3 with the same area code, 2 in the same region, 1 in the same country."""
    near = 0
    for here, there in zip(one, other, strict=True):
        if here != there:
            break
        near += 1
    return near


def why_none_left(pool: Sequence[PoolNumber], cap: int, free_again: str) -> str | None:
    """Why no number of the pool may be shown, in words; None when one may. `free_again` says when the
    next day begins."""
    if any(number.calls_left(cap) for number in pool):
        return None
    lost = sum(not number.is_own for number in pool)
    rested = sum(number.is_rested for number in pool if number.is_own)
    capped = len(pool) - lost - rested
    causes = [
        (capped, f"at their cap of {cap:,} calls a day, until {free_again}"),
        (rested, "rested until a supervisor uses them again"),
        (lost, "no longer among the account's numbers at Twilio"),
    ]
    told = [f"{count} {words}" for count, words in causes if count]
    return f"No caller id may be shown: of {len(pool)} in the pool, {'; '.join(told)}."


@dataclass(frozen=True)
class Tally:
    calls: int = 0
    """That rang out or were picked up."""
    answers: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.calls + other.calls, self.answers + other.answers)


@dataclass(frozen=True)
class Record:
    """What became of the calls that showed a number."""

    phone: str
    first: Tally = Tally()
    """Of people never called before."""
    later: Tally = Tally()
    """Of people tried before: they answer less, whatever number they are shown."""


@dataclass(frozen=True)
class Finding:
    """A number that people answer less often than its pool."""

    phone: str
    calls: int
    rate: float
    expected: float
    """The rate had its calls been answered like the others'."""
    chance: float
    """Of so few answers, were the number as good as the others."""

    def __str__(self) -> str:
        return (
            f"People answered {self.rate:.0%} of its last {self.calls:,} calls; "
            f"the rest of its pool would have had {self.expected:.0%}"
        )


CALLS_AT_LEAST = 200
"""Of the number, and of the others together, before they are compared."""
SHARE_OF_POOL = 2 / 3
"""At least a third lower than its pool."""
CHANCE_AT_MOST = 0.001
"""Shared among the numbers that are compared (Bonferroni). A tenth of the usual 1 %, because it is asked
again every few minutes: with 1 %, one in ten pools of equals would lose a number within two weeks."""


def to_rest(records: Sequence[Record]) -> Finding | None:
    """The number of a pool that is to be rested first, if any; `records` are of those in use.

    Each is compared with all others together, by the one-sided Mantel-Haenszel test (for one stratum
    that is the two-proportion test): first calls with first calls, later ones with later ones, since a
    number that has been used for long has more of the people who did not answer before.
    """
    findings = [
        finding
        for record in records
        if (finding := _compare(record, [other for other in records if other is not record])) is not None
        and finding.chance < CHANCE_AT_MOST / len(records)
        and finding.rate <= finding.expected * SHARE_OF_POOL
    ]
    return min(findings, key=lambda finding: (finding.chance, finding.phone), default=None)


def _compare(one: Record, others: Sequence[Record]) -> Finding | None:
    strata = [
        (one.first, sum((other.first for other in others), Tally())),
        (one.later, sum((other.later for other in others), Tally())),
    ]
    pairs = [(mine, theirs) for mine, theirs in strata if mine.calls and theirs.calls]
    calls = sum(mine.calls for mine, _ in pairs)
    if calls < CALLS_AT_LEAST or sum(theirs.calls for _, theirs in pairs) < CALLS_AT_LEAST:
        return None
    answers = sum(mine.answers for mine, _ in pairs)
    expected = sum(mine.calls * theirs.answers / theirs.calls for mine, theirs in pairs)
    return Finding(one.phone, calls, answers / calls, expected / calls, _chance(answers, pairs))


def _chance(answers: int, pairs: Sequence[tuple[Tally, Tally]]) -> float:
    """One-sided, with the continuity correction; 1 where nobody or everybody answered."""
    mean = variance = 0.0
    for mine, theirs in pairs:
        both = mine + theirs
        share = both.answers / both.calls
        mean += mine.calls * share
        variance += mine.calls * theirs.calls * share * (1 - share) / (both.calls - 1)
    return NormalDist().cdf((answers + 0.5 - mean) / variance**0.5) if variance else 1.0
