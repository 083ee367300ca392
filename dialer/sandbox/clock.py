"""The sandbox's time: it runs `speed` times faster than the world's. The only place that asks the time."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache


class Clock:
    def __init__(self, speed: float, start: datetime | None = None, real_start: float | None = None) -> None:
        now = time.time()
        self.speed = speed
        self._real_start = now if real_start is None else real_start
        self._start = (start or datetime.fromtimestamp(self._real_start, UTC)).astimezone(UTC)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.time() - self._real_start) * self.speed)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    def timeout(self, seconds: float) -> asyncio.Timeout:
        return asyncio.timeout(max(0.0, seconds) / self.speed)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(max(0.0, seconds) / self.speed, callback)


formatted = lru_cache(4096)(format_datetime)
"""Much happens in the same second."""


def rfc2822(moment: datetime | None) -> str | None:
    return None if moment is None else formatted(moment.replace(microsecond=0))


def seconds_between(start: datetime | None, end: datetime | None) -> int:
    """Whole seconds, as bills count them: a call that was up at all lasted at least one."""
    if start is None or end is None:
        return 0
    return max(1, round((end - start).total_seconds()))
