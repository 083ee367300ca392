"""A contact's place in its campaign: waiting to be dialled, held by a call, or closed with a reason."""

from collections.abc import Collection, Sequence
from enum import StrEnum


class ContactState(StrEnum):
    WAITING = "waiting"  # may be dialled from `next_call_at` on
    HELD = "held"  # by an open attempt or a preview
    CLOSED = "closed"


class ClosedReason(StrEnum):
    LEAD = "lead"
    DISQUALIFIED = "disqualified"
    SUPPRESSED = "suppressed"
    WRONG_NUMBER = "wrong_number"
    EXHAUSTED = "exhausted"  # called as often as the campaign allows
    UNKNOWN_PLACE = "unknown_place"  # nobody knows whose clock counts


def next_number(numbers: Sequence[str], at: int, useless: Collection[str]) -> int | None:
    """Where the number stands that is tried after the one at `at`: the next that is not useless, and after
    the last the first again. None when all are."""
    count = len(numbers)
    return next((n % count for n in range(at + 1, at + count + 1) if numbers[n % count] not in useless), None)
