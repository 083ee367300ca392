"""What Twilio would show in its debugger: the things that went wrong after a request was accepted."""

from collections import deque
from dataclasses import dataclass

from dialer.sandbox.clock import Clock, rfc2822

KEPT = 2000


@dataclass(frozen=True, slots=True)
class Notification:
    at: str | None
    code: int
    message: str
    call_sid: str | None
    url: str | None


class Debugger:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.notifications: deque[Notification] = deque(maxlen=KEPT)

    def note(self, code: int, message: str, *, call_sid: str | None = None, url: str | None = None) -> None:
        self.notifications.append(Notification(rfc2822(self._clock.now()), code, message, call_sid, url))
