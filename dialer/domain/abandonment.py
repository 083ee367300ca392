"""Abandoned calls as the law counts them, and what follows from their share: the alarm, the brake, and
the strict decision whether one call more than there are free agents may be placed.

Counted is over successive blocks of 30 days from the campaign's start: 16 CFR 310.4(b)(4)(i). Nothing
here trusts the pacing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.domain import metrics
from dialer.domain.campaign import StrictPacing
from dialer.domain.compliance import ABANDONMENT_LIMIT

BLOCK = timedelta(days=30)
DAY = timedelta(days=1)
GUESS = 0.1
"""Share of dials that a person answers, before any was seen."""
GUESS_WEIGHT = 50
"""Dials that the guess is worth."""
SURE = 0.5
"""Share of the people expected ahead that is counted on when an abandoned call is to be paid back."""


@dataclass(frozen=True)
class Span:
    """From `since` on, up to and without `until`."""

    since: datetime
    until: datetime


def block_of(start: datetime, at: datetime) -> Span:
    """The block of 30 days that `at` is in; what lies before the start is in the first."""
    since = start + max(0, (at - start) // BLOCK) * BLOCK
    return Span(since, since + BLOCK)


@dataclass(frozen=True)
class Tally:
    live: int = 0
    """Calls answered by a person."""
    abandoned: int = 0

    @property
    def rate(self) -> float | None:
        return metrics.abandonment_rate(self.live, self.abandoned)

    @property
    def with_one_more(self) -> float:
        """The rate, were the next person who answers abandoned."""
        return (self.abandoned + 1) / (self.live + 1)


@dataclass(frozen=True)
class Limits:
    alarm: float
    """From this rate on, supervisors are told."""
    limit: float
    """From this rate on, one call for each free agent and no more."""

    @classmethod
    def of(cls, alarm: float, limit: float) -> "Limits":
        """What is set, and never more than the law allows."""
        lawful = min(limit, ABANDONMENT_LIMIT)
        return cls(min(alarm, lawful), lawful)


@dataclass(frozen=True)
class Guard:
    """Set at its rate at once; taken back when one more abandoned call would not bring it about again."""

    is_alarmed: bool = False
    is_braked: bool = False


def guard(tally: Tally, limits: Limits, before: Guard) -> Guard:
    rate = tally.rate or 0.0
    still_alarmed = before.is_alarmed and tally.with_one_more >= limits.alarm
    still_braked = before.is_braked and (tally.with_one_more > limits.limit or rate >= limits.alarm)
    return Guard(
        is_alarmed=tally.live > 0 and (rate >= limits.alarm or still_alarmed),
        is_braked=tally.live > 0 and (rate >= limits.limit or still_braked),
    )


@dataclass(frozen=True)
class Ahead:
    """What may still be dialled in the block, and how people answered lately."""

    contacts: int
    """That wait, each counted once, however often she may yet be tried."""
    dials: int = 0
    """Of the last day."""
    live: int = 0
    """Of those, answered by a person."""
    days: float = BLOCK / DAY
    """Until the block ends."""

    @property
    def people(self) -> float:
        """Who will answer before the list or the block ends."""
        share = (self.live + GUESS * GUESS_WEIGHT) / (self.dials + GUESS_WEIGHT)
        in_list = self.contacts * min(share, 1.0)
        return min(in_list, max(self.live, 1) * self.days) if self.dials else in_list


def is_strict(setting: StrictPacing, tally: Tally, limits: Limits, ahead: Ahead) -> bool:
    """Whether what is left is too little to surely pay back one more abandoned call."""
    if setting is not StrictPacing.AUTO:
        return setting is StrictPacing.ON
    return tally.abandoned + 1 > limits.limit * (tally.live + 1 + SURE * ahead.people)


def may_dial_ahead(setting: StrictPacing, tally: Tally, limits: Limits, ahead: Ahead) -> bool:
    """Whether a call may be placed for which no agent is free: strictly, only while one more abandoned
    call would not break the limit."""
    return tally.with_one_more <= limits.limit or not is_strict(setting, tally, limits, ahead)
