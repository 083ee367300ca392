"""What predictive pacing is shown of a real campaign: the values behind `pacing_snapshot`, and the log of
what it learns from. Times are seconds since the campaign's shift began: `Clock` reckons them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from dialer.domain.attempt import Outcome

KEPT = 3000
"""Newest entries of each log that are kept; a policy has read the older ones."""


class Dialled(NamedTuple):
    """A call whose outcome is known: live, machine, no_answer, busy or invalid."""

    dialled: float
    rang: float | None
    answered: float | None
    ended: float
    outcome: str


class Spell(NamedTuple):
    """A talk or a wrap-up that is over."""

    started: float
    seconds: float


@dataclass
class History:
    """Logs that grow at the end; the oldest entries are dropped now and then."""

    attempts: list[Dialled] = field(default_factory=list)
    talks: list[Spell] = field(default_factory=list)
    wraps: list[Spell] = field(default_factory=list)

    def trim(self) -> None:
        for log in (self.attempts, self.talks, self.wraps):
            if len(log) > 2 * KEPT:
                del log[:-KEPT]


@dataclass(frozen=True)
class Totals:
    """Since the regulated period began."""

    live: int = 0
    abandoned: int = 0


@dataclass(frozen=True)
class Scene:
    now: float
    ready: int
    on_call: tuple[float, ...]
    wrap_up: tuple[float, ...]
    placing: tuple[float, ...]
    ringing: tuple[float, ...]
    screening: tuple[float, ...]
    waiting: tuple[float, ...]
    totals: Totals
    history: History
    max_abandon_rate: float
    abandon_after: float
    ring_timeout: float
    dial_budget: int
    leads_left: int | None

    @property
    def in_flight(self) -> int:
        """Calls that may still need an agent, none answered yet."""
        return len(self.placing) + len(self.ringing) + len(self.screening)


def outcome_word(outcome: Outcome | None, met_agent: bool, was_abandoned: bool) -> str | None:
    """The pacing interface's word for how a dial ended; None for what never reached a telephone."""
    if met_agent or was_abandoned or outcome is Outcome.ANSWERED:
        return "live"
    return (
        {
            Outcome.MACHINE: "machine",
            Outcome.BUSY: "busy",
            Outcome.NO_ANSWER: "no_answer",
            Outcome.CANCELED: "no_answer",
            Outcome.FAILED: "invalid",
        }.get(outcome)
        if outcome is not None
        else None
    )


@dataclass(frozen=True)
class Clock:
    """Seconds since a shift began."""

    began: datetime

    def at(self, moment: datetime) -> float:
        return (moment - self.began).total_seconds()

    def perhaps(self, moment: datetime | None) -> float | None:
        return self.at(moment) if moment is not None else None

    def ascending(self, moments: Sequence[datetime]) -> tuple[float, ...]:
        return tuple(sorted(self.at(moment) for moment in moments))
