"""Progressive pacing: one call for each ready agent, never more than the carrier takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.pacing import FloorCount, progressive

COUNTS = st.integers(0, 500)
FLOORS = st.builds(FloorCount, COUNTS, COUNTS, COUNTS, st.integers(-5, 100))


@pytest.mark.parametrize(
    ("ready", "unanswered", "waiting", "budget", "calls"),
    [
        (5, 0, 0, 10, 5),
        (5, 3, 0, 10, 2),
        (5, 3, 2, 10, 0),
        (5, 0, 0, 2, 2),
        (1, 4, 0, 10, 0),
        (0, 0, 0, 10, 0),
        (5, 0, 0, -1, 0),
    ],
)
def test_by_hand(ready: int, unanswered: int, waiting: int, budget: int, calls: int) -> None:
    assert progressive(FloorCount(ready, unanswered, waiting, budget)) == calls


@given(FLOORS)
def test_everybody_who_may_answer_finds_an_agent(floor: FloorCount) -> None:
    calls = progressive(floor)
    assert calls >= 0
    if calls:
        assert floor.unanswered + floor.waiting + calls <= floor.ready
        assert calls <= floor.dial_budget


@given(FLOORS)
def test_no_agent_is_left_without_a_call_but_for_the_carriers_pace(floor: FloorCount) -> None:
    calls = progressive(floor)
    if calls < floor.dial_budget:
        assert floor.unanswered + floor.waiting + calls >= floor.ready
