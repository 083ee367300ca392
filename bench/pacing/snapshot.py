"""What a pacing policy sees: the snapshot's attributes and the append-only history, as plain values."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Attempt(NamedTuple):
    dialled: float
    rang: float | None
    answered: float | None
    ended: float
    outcome: str


class Talk(NamedTuple):
    connected: float
    seconds: float
    outcome: str


class Wrap(NamedTuple):
    started: float
    seconds: float


@dataclass
class History:
    attempts: list[Attempt] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    wraps: list[Wrap] = field(default_factory=list)


@dataclass
class Totals:
    dialled: int = 0
    live: int = 0
    connected: int = 0
    abandoned: int = 0
    machine: int = 0
    no_answer: int = 0
    failed: int = 0


@dataclass(slots=True)
class Snapshot:
    now: float = 0.0
    ready: int = 0
    on_call: tuple[float, ...] = ()
    wrap_up: tuple[float, ...] = ()
    leaving: int = 0
    on_break: int = 0
    placing: tuple[float, ...] = ()
    ringing: tuple[float, ...] = ()
    screening: tuple[float, ...] = ()
    waiting: tuple[float, ...] = ()
    totals: Totals = field(default_factory=Totals)
    history: History = field(default_factory=History)
    max_abandon_rate: float = 0.03
    abandon_after: float = 2.0
    ring_timeout: float = 25.0
    cps: float = 50.0
    dial_budget: int = 50
    leads_left: int | None = None
