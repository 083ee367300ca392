"""A lead: states, and the clock of its first follow-up."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from dialer.domain.machine import advance


class LeadState(StrEnum):
    NEW = "new"
    CONTACTED = "contacted"
    PROSPECT = "prospect"
    WON = "won"
    LOST = "lost"
    DISQUALIFIED = "disqualified"


class LeadEvent(StrEnum):
    FOLLOW_UP = "follow_up"
    QUALIFY = "qualify"
    WIN = "win"
    LOSE = "lose"
    DISQUALIFY = "disqualify"


class Qualification(StrEnum):
    NEED = "need"
    FUNDS = "funds"
    AUTHORITY = "authority"
    TIME_FRAME = "time_frame"


class SlaState(StrEnum):
    MET = "met"
    MET_LATE = "met_late"
    RUNNING = "running"
    OVERDUE = "overdue"


S, E = LeadState, LeadEvent

TRANSITIONS: Mapping[tuple[LeadState, LeadEvent], LeadState] = {
    (S.NEW, E.FOLLOW_UP): S.CONTACTED,
    **{(state, E.QUALIFY): S.PROSPECT for state in (S.NEW, S.CONTACTED)},
    **{(state, E.WIN): S.WON for state in (S.NEW, S.CONTACTED, S.PROSPECT)},
    **{(state, E.LOSE): S.LOST for state in (S.NEW, S.CONTACTED, S.PROSPECT)},
    **{(state, E.DISQUALIFY): S.DISQUALIFIED for state in (S.NEW, S.CONTACTED, S.PROSPECT)},
}

OPEN = frozenset({S.NEW, S.CONTACTED, S.PROSPECT})


def next_state(state: LeadState, event: LeadEvent) -> LeadState:
    return advance(TRANSITIONS, state, event)


def sla_state(due_at: datetime, followed_up_at: datetime | None, now: datetime) -> SlaState:
    """How the promise of a first follow-up by `due_at` stands."""
    if followed_up_at is not None:
        return SlaState.MET if followed_up_at <= due_at else SlaState.MET_LATE
    return SlaState.OVERDUE if now > due_at else SlaState.RUNNING
