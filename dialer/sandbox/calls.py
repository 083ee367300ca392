"""A call and the words for its state. Holds facts only; `exchange` moves calls through their lives."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from dialer.sandbox.people import Person
from dialer.sandbox.presence import Presence


class Status(StrEnum):
    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"


ENDED = frozenset({Status.COMPLETED, Status.BUSY, Status.FAILED, Status.NO_ANSWER, Status.CANCELED})


class Event(StrEnum):
    INITIATED = "initiated"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_DIAL = "outbound-dial"


class Cause(StrEnum):
    """Why a call leaves what it is in; the values are Twilio's ReasonParticipantLeft."""

    HUNG_UP = "participant_hung_up"
    API = "participant_updated_via_api"


T = TypeVar("T")
Script = Callable[["Call"], Awaitable[None]]
"""What a call does once it is answered."""


@dataclass(frozen=True, slots=True)
class StatusCallback:
    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({Event.COMPLETED})


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that is known of a call before it is placed."""

    to: str
    from_: str
    script: Script
    callback: StatusCallback | None = None
    timeout: float = 60
    time_limit: float = 14_400
    direction: Direction = Direction.OUTBOUND_API
    parent: "Call | None" = None
    paced: bool = True
    params: Mapping[str, str] = field(default_factory=dict)
    """What an agent's browser sends along with its call."""


@dataclass(frozen=True, slots=True)
class State:
    status: Status
    started_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None


@dataclass(eq=False, slots=True)
class Call:
    sid: str
    nth: int
    order: Order
    person: Person
    created_at: datetime
    queue_seconds: float
    callback: StatusCallback | None
    status: Status = Status.QUEUED
    updated_at: datetime | None = None
    started_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    answered_by: str | None = None
    sip_code: int | None = None
    sequence: int = 0
    presence: Presence = field(init=False)
    task: "asyncio.Task[None]" = field(init=False)
    timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    on_end: list[Callable[[], None]] = field(default_factory=list)
    last_words: dict[str, str] = field(default_factory=dict)
    """Fields that the last status callback carries besides its own."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    detach: Callable[[Cause], None] | None = None
    """Takes the call out of the room or the dial that it is in, at once."""
    sounds: "dict[str, asyncio.Task[Any]]" = field(default_factory=dict)
    """What is played on the line beside the call's own TwiML."""
    digits_heard: str = ""
    """Keypad tones that came down the line to the far end."""

    @property
    def key(self) -> str:
        """Names the call the same in every run under one seed, which a SID does not."""
        return f"{self.order.to}#{self.nth}"

    def state_at(self, moment: datetime) -> "State":
        """What was true then."""
        if self.ended_at is not None and self.ended_at <= moment:
            return State(self.status, self.started_at, self.answered_at, self.ended_at)
        started_at = self.started_at if self.started_at and self.started_at <= moment else None
        if self.answered_at is not None and self.answered_at <= moment:
            return State(Status.IN_PROGRESS, started_at, self.answered_at, None)
        ringing = self.ringing_at is not None and self.ringing_at <= moment
        return State(Status.RINGING if ringing else Status.QUEUED, started_at, None, None)

    @property
    def is_over(self) -> bool:
        return self.status in ENDED

    def sound(self, name: str, playing: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Plays something, in place of what is played under that name."""
        self.hush(name)
        task = asyncio.get_running_loop().create_task(playing)
        self.sounds[name] = task
        task.add_done_callback(lambda done: self._forget(name, done))
        return task

    def _forget(self, name: str, sound: "asyncio.Task[Any]") -> None:
        if self.sounds.get(name) is sound:
            del self.sounds[name]

    def hush(self, name: str) -> None:
        task = self.sounds.pop(name, None)
        if task is not None:
            task.cancel()

    def hush_all(self) -> None:
        for name in list(self.sounds):
            self.hush(name)

    def stop_timers(self) -> None:
        self.presence.leave()
        self.hush_all()
        for timer in self.timers.values():
            timer.cancel()

    def release(self, cause: Cause) -> None:
        detach, self.detach = self.detach, None
        if detach is not None:
            detach(cause)
