"""The far end of an answered call: whether it has somebody to talk to, and when it hangs up."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dialer.sandbox.clock import Clock
from dialer.sandbox.people import Behaviour, Person


class Keypad:
    """What is pressed while somebody gathers it; `interrupt` is told of every key."""

    def __init__(self) -> None:
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        self.interrupt: Callable[[], None] | None = None

    def press(self, key: str) -> None:
        self.keys.put_nowait(key)
        if self.interrupt is not None:
            self.interrupt()


class Presence:
    """A human talks while bridged and has some patience otherwise; a machine records and stops;
    a client stays until somebody else hangs up."""

    def __init__(self, person: Person, clock: Clock, hang_up: Callable[[], None]) -> None:
        self._person = person
        self._clock = clock
        self._hang_up = hang_up
        self._timer: asyncio.TimerHandle | None = None
        self._talk_left = person.talk_seconds
        self._bridged_at = clock.now()
        self._gone = False
        self.bridged = False
        self.digits = person.digits
        self.keypad: Keypad | None = None

    def answered(self) -> None:
        if self._person.behaviour is Behaviour.HUMAN:
            self._hang_up_in(self._person.patience_seconds)
        elif self._person.behaviour is Behaviour.MACHINE:
            self._hang_up_in(self._person.greeting_seconds + self._person.voicemail_seconds)

    def set_bridged(self, bridged: bool) -> None:
        if bridged is self.bridged:
            return
        self.bridged = bridged
        if self._person.behaviour is not Behaviour.HUMAN:
            return
        if bridged:
            self._bridged_at = self._clock.now()
            self._hang_up_in(self._talk_left)
        else:
            self._talk_left -= (self._clock.now() - self._bridged_at).total_seconds()
            self._hang_up_in(self._person.dead_air_seconds)

    def listen(self) -> None:
        """The call is redirected: a person who was about to leave gives what comes a chance."""
        if self._person.behaviour is Behaviour.HUMAN and not self.bridged:
            self._hang_up_in(self._person.patience_seconds)

    def press_digits(self, limit: int, finish_on: str) -> str:
        """The keys this person presses when asked, taken off what it has left to press."""
        pressed = ""
        while self.digits and len(pressed) < limit:
            key, self.digits = self.digits[0], self.digits[1:]
            if key == finish_on:
                break
            pressed += key
        return pressed

    def press(self, digits: str) -> None:
        """Keys pressed now: whoever gathers gets them, otherwise nobody does."""
        for key in digits:
            if self.keypad is not None:
                self.keypad.press(key)

    @contextmanager
    def listening(self) -> Iterator[Keypad]:
        keypad = self.keypad = Keypad()
        try:
            yield keypad
        finally:
            if self.keypad is keypad:
                self.keypad = None

    def leave(self) -> None:
        self._gone = True
        self._stop_timer()

    def _hang_up_in(self, seconds: float) -> None:
        self._stop_timer()
        if not self._gone:
            self._timer = self._clock.call_later(seconds, self._hang_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
