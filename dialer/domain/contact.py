"""A contact's place in its campaign: waiting to be dialled, held by a call, or closed with a reason."""

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
