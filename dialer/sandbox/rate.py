"""Calls per second: beyond the account's rate calls are not refused, they wait in a queue."""

from collections.abc import Callable
from datetime import datetime, timedelta

from dialer.sandbox.errors import TwilioError

LONGEST_QUEUE = timedelta(hours=24)


class CallRate:
    """A token bucket that holds one second's worth of calls."""

    def __init__(self, cps: float, now: Callable[[], datetime]) -> None:
        self._gap = timedelta(seconds=1 / cps)
        self._burst = timedelta(seconds=1) - self._gap if cps >= 1 else timedelta(0)
        self._now = now
        self._next = now()

    def take(self) -> float:
        """Seconds that the next call waits in the queue."""
        now = self._now()
        self._next = max(self._next, now - self._burst)
        wait = max(timedelta(0), self._next - now)
        if wait > LONGEST_QUEUE:
            raise TwilioError(22005, "Call queue is full", 429)
        self._next += self._gap
        return wait.total_seconds()
