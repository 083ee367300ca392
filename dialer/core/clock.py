"""The time. The only place that asks for it; everything else is given `now`.

Against the sandbox the clock may start at another time and run faster, so that a demonstration
works at any hour without loosening a rule. All processes of one run share its origin.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from dialer.core.settings import Settings, get_settings


@dataclass(frozen=True)
class Clock:
    start: datetime
    real_start: datetime
    speed: float = 1.0

    def now(self) -> datetime:
        """Aware UTC."""
        return self.start + (real_now() - self.real_start) * self.speed

    def span_of_real(self, seconds: float) -> timedelta:
        """How far this clock gets in so many real seconds: machines and wires are not sped up."""
        return timedelta(seconds=seconds * self.speed)


def real_now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - the one place that asks the time


def clock_of(settings: Settings) -> Clock:
    started = real_now()
    start, real_start = settings.clock_origin() or (started, started)
    return Clock(start.astimezone(UTC), real_start.astimezone(UTC), settings.clock_speed)


@lru_cache
def get_clock() -> Clock:
    return clock_of(get_settings())


def utc_now() -> datetime:
    return get_clock().now()
