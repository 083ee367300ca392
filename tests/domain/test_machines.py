"""The machines of agent session, campaign and lead: the whole product of states and events."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain import agent, campaign, lead
from dialer.domain.agent import SessionEvent, SessionState
from dialer.domain.campaign import CampaignEvent, CampaignState
from dialer.domain.lead import LeadEvent, LeadState, SlaState, sla_state

A, X = SessionState, SessionEvent
C, Y = CampaignState, CampaignEvent
L, Z = LeadState, LeadEvent

AGENT = {
    A.READY: {X.RESERVE: A.RESERVED, X.PAUSE: A.PAUSED, X.LINE_LOST: A.PAUSED, X.STOP: A.OFFLINE},
    A.PAUSED: {X.GET_READY: A.READY, X.STOP: A.OFFLINE},
    A.RESERVED: {
        X.RELEASE: A.READY,
        X.JOIN: A.ON_CALL,
        X.DISPOSED: A.READY,
        X.DISPOSED_THEN_PAUSE: A.PAUSED,
    },
    A.ON_CALL: {X.CALL_ENDED: A.WRAP_UP, X.DISPOSED: A.READY, X.DISPOSED_THEN_PAUSE: A.PAUSED},
    A.WRAP_UP: {X.DISPOSED: A.READY, X.DISPOSED_THEN_PAUSE: A.PAUSED},
}
CAMPAIGN = {
    C.DRAFT: {Y.START: C.RUNNING},
    C.RUNNING: {Y.PAUSE: C.PAUSED, Y.STOP: C.STOPPED},
    C.PAUSED: {Y.START: C.RUNNING, Y.STOP: C.STOPPED},
    C.STOPPED: {Y.START: C.RUNNING},
}
LEAD = {
    L.NEW: {
        Z.FOLLOW_UP: L.CONTACTED,
        Z.QUALIFY: L.PROSPECT,
        Z.WIN: L.WON,
        Z.LOSE: L.LOST,
        Z.DISQUALIFY: L.DISQUALIFIED,
    },
    L.CONTACTED: {
        Z.QUALIFY: L.PROSPECT,
        Z.WIN: L.WON,
        Z.LOSE: L.LOST,
        Z.DISQUALIFY: L.DISQUALIFIED,
    },
    L.PROSPECT: {Z.WIN: L.WON, Z.LOSE: L.LOST, Z.DISQUALIFY: L.DISQUALIFIED},
}

Moves = Mapping[Any, Mapping[Any, Any]]
Advance = Callable[[Any, Any], Any]


def every_pair(
    states: type[StrEnum], events: type[StrEnum], moves: Moves, advance: Advance
) -> list[tuple[StrEnum, StrEnum, Moves, Advance]]:
    return [(state, event, moves, advance) for state, event in product(states, events)]


@pytest.mark.parametrize(
    ("state", "event", "moves", "advance"),
    [
        *every_pair(SessionState, SessionEvent, AGENT, agent.next_state),
        *every_pair(CampaignState, CampaignEvent, CAMPAIGN, campaign.next_state),
        *every_pair(LeadState, LeadEvent, LEAD, lead.next_state),
    ],
)
def test_every_event_in_every_state(state: StrEnum, event: StrEnum, moves: Moves, advance: Advance) -> None:
    assert advance(state, event) is moves.get(state, {}).get(event, state)


@given(st.lists(st.sampled_from(SessionEvent)))
def test_who_has_a_call_can_not_leave_it_behind(events: list[SessionEvent]) -> None:
    """Out of reserved, on call and wrap-up only through the call's own end."""
    state = A.PAUSED
    for event in events:
        after = agent.next_state(state, event)
        if state in agent.BUSY and after not in agent.BUSY:
            assert event in (X.RELEASE, X.DISPOSED, X.DISPOSED_THEN_PAUSE)
        if state is A.OFFLINE:
            assert after is A.OFFLINE
        state = after


def test_time_counts_as_dialled_in_every_state_but_paused_and_offline() -> None:
    assert {A.READY, A.RESERVED, A.ON_CALL, A.WRAP_UP} == agent.DIALLED
    assert agent.DIALLED | {A.PAUSED} == agent.SIGNED_IN
    assert not set(agent.PAUSE_CODES) & set(agent.HOUSE_PAUSES)


@given(st.lists(st.sampled_from(LeadEvent)))
def test_a_lead_that_is_closed_stays_so(events: list[LeadEvent]) -> None:
    state = L.NEW
    for event in events:
        after = lead.next_state(state, event)
        assert state in lead.OPEN or after is state
        assert after is not L.NEW or state is L.NEW
        state = after


DUE = datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("followed_up", "now", "state"),
    [
        (None, DUE, SlaState.RUNNING),
        (None, DUE + A_MOMENT, SlaState.OVERDUE),
        (DUE, DUE + timedelta(days=9), SlaState.MET),
        (DUE + A_MOMENT, DUE + timedelta(days=9), SlaState.MET_LATE),
    ],
)
def test_the_promise_holds_to_the_moment(
    followed_up: datetime | None, now: datetime, state: SlaState
) -> None:
    assert sla_state(DUE, followed_up, now) is state
