"""Queues that calls wait in until another call's Dial takes them out, the longest waiting first."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean

from dialer.sandbox.calls import Call
from dialer.sandbox.clock import Clock
from dialer.sandbox.ids import new_sid

LARGEST_QUEUE = 1000
BRIDGED = "bridged"


@dataclass(eq=False, slots=True)
class Place:
    """A call's place in a queue; `result` is the QueueResult with which it leaves."""

    call: Call
    since: datetime
    result: "asyncio.Future[str]"
    taken_at: datetime | None = None

    def settle(self, result: str) -> None:
        if not self.result.done():
            self.result.set_result(result)

    def seconds(self, now: datetime) -> int:
        return round(((self.taken_at or now) - self.since).total_seconds())


@dataclass(eq=False, slots=True)
class Queue:
    sid: str
    name: str
    waiting: list[Place] = field(default_factory=list)
    takers: "deque[asyncio.Future[Place]]" = field(default_factory=deque)
    waits: list[int] = field(default_factory=list)
    """Seconds that those who were taken out had waited."""

    @property
    def is_full(self) -> bool:
        return len(self.waiting) >= LARGEST_QUEUE

    def join(self, place: Place) -> None:
        self.waiting.append(place)
        while self.takers:
            taker = self.takers.popleft()
            if not taker.done():
                taker.set_result(place)
                break

    def leave(self, place: Place) -> None:
        if place in self.waiting:
            self.waiting.remove(place)

    async def take(self, clock: Clock, patience: float) -> Place | None:
        """The one who has waited longest, or the next to come within that time."""
        if self.waiting:
            place = self.waiting[0]
        else:
            taker: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
            self.takers.append(taker)
            try:
                async with clock.timeout(patience):
                    place = await taker
            except TimeoutError:
                return None
        self.leave(place)
        place.taken_at = clock.now()
        self.waits.append(place.seconds(place.taken_at))
        return place

    def fields(self, place: Place, now: datetime) -> dict[str, str]:
        """What the documents of those who wait are asked for with."""
        position = self.waiting.index(place) + 1 if place in self.waiting else 0
        return {
            "QueueSid": self.sid,
            "QueuePosition": str(position),
            "QueueTime": str(place.seconds(now)),
            "AvgQueueTime": str(round(fmean(self.waits))) if self.waits else "0",
            "CurrentQueueSize": str(len(self.waiting)),
        }


class Queues:
    def __init__(self) -> None:
        self._by_name: dict[str, Queue] = {}

    def open(self, name: str) -> Queue:
        return self._by_name.setdefault(name, Queue(new_sid("QU"), name))

    def find(self, name: str) -> Queue | None:
        return self._by_name.get(name)
