"""What predictive pacing is shown: the shape of a snapshot and of its history. Does nothing but read on."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

Entry = TypeVar("Entry")


class AttemptEntry(Protocol):
    @property
    def dialled(self) -> float: ...
    @property
    def rang(self) -> float | None: ...
    @property
    def answered(self) -> float | None: ...
    @property
    def ended(self) -> float: ...
    @property
    def outcome(self) -> str: ...


class SpellEntry(Protocol):
    @property
    def seconds(self) -> float: ...


class HistoryLog(Protocol):
    @property
    def attempts(self) -> Sequence[AttemptEntry]: ...
    @property
    def talks(self) -> Sequence[SpellEntry]: ...
    @property
    def wraps(self) -> Sequence[SpellEntry]: ...


class Counts(Protocol):
    @property
    def live(self) -> int: ...
    @property
    def abandoned(self) -> int: ...


class Snapshot(Protocol):
    """One campaign at one moment; every time in seconds on the clock of `now`, every tuple ascending."""

    @property
    def now(self) -> float: ...
    @property
    def ready(self) -> int: ...
    @property
    def on_call(self) -> tuple[float, ...]: ...
    @property
    def wrap_up(self) -> tuple[float, ...]: ...
    @property
    def placing(self) -> tuple[float, ...]: ...
    @property
    def ringing(self) -> tuple[float, ...]: ...
    @property
    def screening(self) -> tuple[float, ...]: ...
    @property
    def waiting(self) -> tuple[float, ...]: ...
    @property
    def totals(self) -> Counts: ...
    @property
    def history(self) -> HistoryLog: ...
    @property
    def max_abandon_rate(self) -> float: ...
    @property
    def abandon_after(self) -> float: ...
    @property
    def ring_timeout(self) -> float: ...
    @property
    def dial_budget(self) -> int: ...
    @property
    def leads_left(self) -> int | None: ...


class Bookmark(Generic[Entry]):
    """How far an append-only log was read, even when its oldest entries were dropped meanwhile."""

    def __init__(self) -> None:
        self._read = 0
        self._last: Entry | None = None

    def unread(self, log: Sequence[Entry]) -> Sequence[Entry]:
        length = len(log)
        start = self._read
        if start == length and (not start or log[-1] is self._last):
            return ()
        if start > length or (start and log[start - 1] != self._last):
            start = length
            while start and log[start - 1] != self._last:
                start -= 1
        if start == length:
            self._read = length
            return ()
        self._read, self._last = length, log[length - 1]
        return [log[index] for index in range(start, length)]
