"""When somebody is tried again: after a delay, inside the calling window of every zone, and, where the plan
spreads, in a part of the day that was not tried yet and on another day.

Parts of the day are those where the person is; of several zones the first counts as her clock.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dialer.domain.compliance import CallingWindow

HORIZON_DAYS = 8
"""So far ahead it is looked for a time."""
CHOICE = timedelta(days=3)
"""Of the times a plan allows, those so soon after the first are there to choose from."""
SAME_DAY_AT_MOST = 2
"""After so many tries on a day the next one is on another, whatever the plan."""
HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)


class DayPart(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


NOON, EVENING_BEGINS = 12, 17


@dataclass(frozen=True)
class RetryPlan:
    delay: timedelta
    """From the end of one try to the next, at least."""
    spread: bool = False


class Slot(NamedTuple):
    """A stretch of at most an hour of the person's clock in which every zone may be rung."""

    begins: datetime
    ends: datetime
    day: date
    hour: int

    @property
    def part(self) -> DayPart:
        return part_of(self.hour)

    def moment(self, draw: Random) -> datetime:
        """Before its end, to the microsecond."""
        span = (self.ends - self.begins) // MICROSECOND
        return self.begins + draw.randrange(max(1, span)) * MICROSECOND


def part_of(hour: int) -> DayPart:
    if hour < NOON:
        return DayPart.MORNING
    return DayPart.AFTERNOON if hour < EVENING_BEGINS else DayPart.EVENING


def next_tries(
    plan: RetryPlan,
    ended_at: datetime,
    tried: Sequence[datetime],
    zones: Sequence[str],
    window: CallingWindow,
) -> list[Slot]:
    """The times that the plan allows after a try that ended at `ended_at`, the soonest first; `tried` is
    when the person was rung, that try included. Empty where the zones are never open together."""
    earliest = ended_at + plan.delay
    home = ZoneInfo(zones[0])
    days = Counter(at.astimezone(home).date() for at in tried)
    if not plan.spread:
        opens = window.next_open(earliest, tuple(zones))
        if opens is None:
            return []
        local = opens.astimezone(home)
        if days[local.date()] < SAME_DAY_AT_MOST:
            return [Slot(opens, opens, local.date(), local.hour)]
    last_day = max(tried, default=ended_at).astimezone(home).date()
    slots = [slot for slot in _slots(earliest, zones, window) if slot.day != last_day and not days[slot.day]]
    if plan.spread:
        parts = Counter(dict.fromkeys((slot.part for slot in slots), 0))
        parts.update(part for at in tried if (part := part_of(at.astimezone(home).hour)) in parts)
        least = min(parts.values(), default=0)
        slots = [slot for slot in slots if parts[slot.part] == least]
    return [slot for slot in slots if slot.begins < slots[0].begins + CHOICE]


def soonest(slots: Sequence[Slot], draw: Random) -> Slot:
    """Any hour of the first part of a day that is allowed, so that not everybody is due at once."""
    first = slots[0]
    return draw.choice([slot for slot in slots if (slot.day, slot.part) == (first.day, first.part)])


def _slots(earliest: datetime, zones: Sequence[str], window: CallingWindow) -> Iterator[Slot]:
    home = ZoneInfo(zones[0])
    for opens, closes in _open_together(earliest, zones, window):
        begins = max(opens, earliest)
        while begins < closes:
            local = begins.astimezone(home)
            gone = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            ends = min(begins + HOUR - gone, closes)
            yield Slot(begins, ends, local.date(), local.hour)
            begins = ends


def _open_together(
    earliest: datetime, zones: Sequence[str], window: CallingWindow
) -> Iterator[tuple[datetime, datetime]]:
    """When all zones may be rung: what their hours, each its own, have in common."""
    common = list(_hours(zones[0], earliest, window))
    for zone in zones[1:]:
        theirs = list(_hours(zone, earliest, window))
        common = [
            (max(opens, begins), min(closes, ends))
            for opens, closes in common
            for begins, ends in theirs
            if max(opens, begins) < min(closes, ends)
        ]
    return (span for span in common if span[1] > earliest)


def _hours(zone: str, earliest: datetime, window: CallingWindow) -> Iterator[tuple[datetime, datetime]]:
    clock = ZoneInfo(zone)
    today = earliest.astimezone(clock).date()
    for ahead in range(-1, HORIZON_DAYS + 1):
        day = today + timedelta(days=ahead)
        yield _at(day, window.opens, clock, earliest), _at(day, window.closes, clock, earliest)


def _at(day: date, clock_time: time, clock: ZoneInfo, like: datetime) -> datetime:
    return datetime.combine(day, clock_time, clock).astimezone(like.tzinfo)
