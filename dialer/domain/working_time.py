"""Working time: when a promise of so many working minutes runs out."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class WorkingWeek:
    """Hours worked, in the zone of those who work them. Weekdays count from Monday, 0."""

    zone: str
    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})

    def __post_init__(self) -> None:
        if not self.weekdays or self.opens >= self.closes:
            raise ValueError("a working week needs at least one day, and closes after it opens")

    def hours_of(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of `day` as aware UTC, or None on a day off."""
        if day.weekday() not in self.weekdays:
            return None
        zone = ZoneInfo(self.zone)
        opens, closes = (datetime.combine(day, at, zone).astimezone(UTC) for at in (self.opens, self.closes))
        return opens, closes


def add_working_time(start: datetime, span: timedelta, week: WorkingWeek) -> datetime:
    """The moment at which `span` of working time has passed since `start`, aware UTC.

    Time outside working hours does not count. A day's length is the real one, so that a day on
    which the clocks change is worth what is really worked on it.
    """
    left, day = span, start.astimezone(ZoneInfo(week.zone)).date()
    while True:
        hours = week.hours_of(day)
        if hours is not None:
            opens, closes = max(hours[0], start), hours[1]
            if opens < closes:
                if opens + left <= closes:
                    return (opens + left).astimezone(UTC)
                left -= closes - opens
        day += timedelta(days=1)
