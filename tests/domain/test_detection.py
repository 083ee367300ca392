"""Verdicts, the draw, and the interval in which the true share of false ones lies."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.detection import AnsweredBy, is_machine, is_sampled, takes_message, wilson


@pytest.mark.parametrize(
    ("word", "machine", "message"),
    [
        ("human", False, False),
        ("machine_start", True, False),
        ("machine_end_beep", True, True),
        ("machine_end_silence", True, True),
        ("machine_end_other", True, True),
        ("fax", True, False),
        ("unknown", False, False),
        ("machine", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_each_verdict(word: str | None, machine: bool, message: bool) -> None:
    assert (is_machine(word), takes_message(word)) == (machine, message)


def test_the_seven_verdicts_are_all_there_are() -> None:
    assert len(AnsweredBy) == 7


@given(st.uuids(), st.integers(0, 100), st.integers(0, 100))
def test_the_draw_is_the_same_each_time_and_grows_with_the_share(id_: UUID, one: int, other: int) -> None:
    assert is_sampled(id_, one) is is_sampled(id_, one)
    assert is_sampled(id_, max(one, other)) or not is_sampled(id_, min(one, other))
    assert not is_sampled(id_, 0)
    assert is_sampled(id_, 100)


def test_the_draw_takes_about_its_share() -> None:
    drawn = sum(is_sampled(uuid4(), 20) for _ in range(5000))
    assert 800 < drawn < 1200


def test_wilsons_interval_by_the_book() -> None:
    """Newcombe 1998, table I: 81 of 263, and 0 of 20."""
    found = wilson(81, 263)
    assert found is not None
    assert tuple(round(end, 4) for end in found) == (0.2553, 0.3662)
    none = wilson(0, 20)
    assert none is not None
    assert (none.low, round(none.high, 4)) == (0.0, 0.1611)
    assert wilson(0, 0) is None


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_share_that_was_counted_lies_within(counted: tuple[int, int]) -> None:
    hits, of = counted
    found = wilson(hits, of)
    assert found is not None
    assert 0 <= found.low <= hits / of + 1e-9
    assert hits / of - 1e-9 <= found.high <= 1
