"""Answering machine detection: the carrier's verdicts, what each one means, and how far they are right.

A verdict is an opinion. What nobody can be sure of is a person, for a person must not be hung up on.
"""

from enum import StrEnum
from hashlib import sha256
from math import sqrt
from typing import NamedTuple
from uuid import UUID


class AnsweredBy(StrEnum):
    HUMAN = "human"
    MACHINE_START = "machine_start"
    MACHINE_END_BEEP = "machine_end_beep"
    MACHINE_END_SILENCE = "machine_end_silence"
    MACHINE_END_OTHER = "machine_end_other"  # also when the greeting outlasted the carrier's patience
    FAX = "fax"
    UNKNOWN = "unknown"


_A = AnsweredBy
AFTER_GREETING = frozenset({_A.MACHINE_END_BEEP, _A.MACHINE_END_SILENCE, _A.MACHINE_END_OTHER})
"""The machine listens now: a message may be left."""
MACHINES = AFTER_GREETING | {_A.MACHINE_START, _A.FAX}
LONGEST_VERDICT = 32


def is_machine(answered_by: str | None) -> bool:
    """A word that is not known is a person."""
    return answered_by in MACHINES


def takes_message(answered_by: str | None) -> bool:
    return answered_by in AFTER_GREETING


def is_sampled(attempt_id: UUID, percent: int) -> bool:
    """Whether the attempt is drawn for review: the same answer each time, and before any verdict."""
    drawn = int.from_bytes(sha256(attempt_id.bytes).digest()[:8])
    return drawn % 100 < percent


class Interval(NamedTuple):
    low: float
    high: float


def wilson(hits: int, of: int, z: float = 1.96) -> Interval | None:
    """Between which shares the true one lies, 19 times in 20; None while nothing was counted.

    Wilson's score interval: it holds for few and for extreme counts, where hits ± error does not.
    """
    if not of:
        return None
    share, spread = hits / of, z * z / of
    middle = share + spread / 2
    reach = z * sqrt(share * (1 - share) / of + spread / (4 * of))
    return Interval(max(0.0, (middle - reach) / (1 + spread)), min(1.0, (middle + reach) / (1 + spread)))
