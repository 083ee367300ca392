"""The attempt's machine: the whole State × Event product, and no way out of an end."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.attempt import (
    AT_CARRIER,
    CARRIER_OUTCOMES,
    FINAL,
    OPEN,
    TRANSITIONS,
    UNANSWERED,
    AttemptEvent,
    AttemptState,
    Outcome,
    next_state,
)

S, E = AttemptState, AttemptEvent

MOVES = {
    S.CLAIMED: {E.PLACE: S.PLACING, E.REFUSE: S.REFUSED, E.RELEASE: S.RELEASED},
    S.PLACING: {
        E.ACCEPT: S.DIALLING,
        E.DOUBT: S.IN_DOUBT,
        E.RING: S.RINGING,
        E.ANSWER: S.ANSWERED,
        E.END: S.CLOSED,
        E.RELEASE: S.RELEASED,
    },
    S.IN_DOUBT: {
        E.ACCEPT: S.DIALLING,
        E.RING: S.RINGING,
        E.ANSWER: S.ANSWERED,
        E.END: S.CLOSED,
        E.RELEASE: S.RELEASED,
    },
    S.DIALLING: {E.RING: S.RINGING, E.ANSWER: S.ANSWERED, E.END: S.CLOSED},
    S.RINGING: {E.ANSWER: S.ANSWERED, E.END: S.CLOSED},
    S.ANSWERED: {E.JOIN: S.CONNECTED, E.MISS: S.ABANDONED, E.END: S.CLOSED, E.DISPOSE: S.CLOSED},
    S.ABANDONED: {E.END: S.CLOSED, E.DISPOSE: S.CLOSED},
    S.CONNECTED: {
        E.END: S.WRAP_UP,
        E.HAND_ON: S.WRAP_UP,
        E.PASS_ON: S.ANSWERED,
        E.DISPOSE: S.CLOSED,
    },
    S.WRAP_UP: {E.DISPOSE: S.CLOSED},
}
"""Written down once more, by hand, from the way of a call: what the table must say."""


@pytest.mark.parametrize(("state", "event"), list(product(S, E)))
def test_every_event_in_every_state(state: AttemptState, event: AttemptEvent) -> None:
    assert next_state(state, event) is MOVES.get(state, {}).get(event, state)


@given(st.sampled_from(sorted(FINAL)), st.lists(st.sampled_from(AttemptEvent)))
def test_nothing_leads_out_of_an_end(state: AttemptState, events: list[AttemptEvent]) -> None:
    end = state
    for event in events:
        state = next_state(state, event)
    assert state is end


@given(st.lists(st.sampled_from(AttemptEvent)))
def test_the_carrier_is_asked_at_most_once(events: list[AttemptEvent]) -> None:
    states = [S.CLAIMED]
    for event in events:
        states.append(next_state(states[-1], event))
    entered = [now for before, now in pairwise(states) if now is not before]
    assert entered.count(S.PLACING) <= 1
    assert len(entered) == len(set(entered)), "a state that was left is never entered again"


def test_doubt_never_leads_back_to_asking() -> None:
    assert S.PLACING not in {after for (before, _), after in TRANSITIONS.items() if before is not S.CLAIMED}


def test_every_state_is_open_or_an_end() -> None:
    assert set(S) == OPEN | FINAL
    assert not OPEN & FINAL
    assert UNANSWERED | AT_CARRIER <= OPEN
    assert {before for before, _ in TRANSITIONS} == OPEN, "every open state has a way on"


def test_every_state_can_be_reached_and_every_open_one_can_end() -> None:
    reached = {S.CLAIMED}
    while more := {after for (before, _), after in TRANSITIONS.items() if before in reached} - reached:
        reached |= more
    assert reached == set(S)
    ends = set(FINAL)
    while more := {before for (before, _), after in TRANSITIONS.items() if after in ends} - ends:
        ends |= more
    assert ends == set(S)


def test_every_outcome_but_the_machine_is_a_word_of_the_carrier() -> None:
    assert set(CARRIER_OUTCOMES.values()) == set(Outcome) - {Outcome.MACHINE}
