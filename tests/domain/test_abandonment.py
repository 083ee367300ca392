"""Blocks, alarm and brake with their hysteresis, and the strict decision: by hand and by properties."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dialer.domain.abandonment import (
    BLOCK,
    SURE,
    Ahead,
    Guard,
    Limits,
    Tally,
    block_of,
    guard,
    is_strict,
    may_dial_ahead,
)
from dialer.domain.campaign import StrictPacing
from dialer.domain.compliance import ABANDONMENT_LIMIT

START = datetime(2026, 10, 30, 14, 7, 5, tzinfo=UTC)
LIMITS = Limits.of(0.025, 0.03)
MANY = Ahead(contacts=100_000)
NONE_LEFT = Ahead(contacts=0)
FREE, ALARM, BRAKE = Guard(), Guard(is_alarmed=True), Guard(is_alarmed=True, is_braked=True)
MOMENTS = st.integers(-(10**6), 10**8).map(lambda seconds: START + timedelta(seconds=seconds))
TALLIES = st.integers(0, 3000).flatmap(
    lambda live: st.integers(0, min(live, 200)).map(lambda abandoned: Tally(live, abandoned))
)
RATES = st.floats(0.001, 0.2)
SOME_LIMITS = st.tuples(RATES, RATES).map(lambda pair: Limits.of(*pair))
GUARDS = st.sampled_from((FREE, ALARM, BRAKE, Guard(is_braked=True)))


@pytest.mark.parametrize(
    ("at", "number"),
    [
        (START, 0),
        (START + BLOCK - timedelta(microseconds=1), 0),
        (START + BLOCK, 1),
        (START + 2 * BLOCK + timedelta(days=1), 2),
        (START - timedelta(days=1), 0),
    ],
)
def test_blocks_follow_one_another_from_the_start(at: datetime, number: int) -> None:
    assert block_of(START, at).since == START + number * BLOCK


@given(at=MOMENTS)
def test_every_moment_is_in_one_block(at: datetime) -> None:
    span = block_of(START, at)
    assert span.until - span.since == BLOCK
    assert (span.since - START) % BLOCK == timedelta(0)
    assert span.since <= max(at, START) < span.until
    assert block_of(START, span.since) == span


def test_the_rate_counts_people_alone() -> None:
    assert Tally().rate is None
    assert Tally(100, 3).rate == pytest.approx(0.03)
    assert Tally(33, 0).with_one_more == pytest.approx(1 / 34)


def test_no_setting_goes_beyond_the_law() -> None:
    assert Limits.of(0.08, 0.1) == Limits(ABANDONMENT_LIMIT, ABANDONMENT_LIMIT)
    assert Limits.of(0.01, 0.02) == Limits(0.01, 0.02)
    assert Limits.of(0.03, 0.02) == Limits(0.02, 0.02)


@pytest.mark.parametrize(
    ("tally", "before", "after"),
    [
        (Tally(), FREE, FREE),
        (Tally(1000, 24), FREE, FREE),
        (Tally(1000, 25), FREE, ALARM),
        (Tally(1000, 29), ALARM, ALARM),
        (Tally(1000, 30), ALARM, BRAKE),
        (Tally(1, 1), FREE, BRAKE),
        (Tally(1039, 30), BRAKE, BRAKE),
        (Tally(1200, 30), BRAKE, BRAKE),
        (Tally(1201, 30), BRAKE, ALARM),
        (Tally(1240, 30), ALARM, FREE),
        (Tally(41, 1), BRAKE, BRAKE),
        (Tally(66, 1), BRAKE, ALARM),
        (Tally(), BRAKE, FREE),
    ],
)
def test_alarm_and_brake_by_hand(tally: Tally, before: Guard, after: Guard) -> None:
    assert guard(tally, LIMITS, before) == after


@given(tally=TALLIES, limits=SOME_LIMITS, before=GUARDS)
def test_the_brake_is_on_from_the_limit_and_taken_back_only_where_it_is_safe(
    tally: Tally, limits: Limits, before: Guard
) -> None:
    after = guard(tally, limits, before)
    rate = tally.rate
    if rate is None:
        assert after == FREE
        return
    if rate >= limits.limit:
        assert after.is_braked
    if rate >= limits.alarm:
        assert after.is_alarmed
    if before.is_braked and not after.is_braked:
        assert rate < limits.alarm
        assert tally.with_one_more <= limits.limit
    if not before.is_braked and rate < limits.limit:
        assert not after.is_braked
    assert guard(tally, limits, after) == after


@given(tally=TALLIES, limits=SOME_LIMITS, before=GUARDS)
def test_a_call_less_abandoned_never_brakes(tally: Tally, limits: Limits, before: Guard) -> None:
    assume(tally.live)  # without anybody counted yet a block begins anew
    better = Tally(tally.live + 1, tally.abandoned)
    if not guard(tally, limits, before).is_braked:
        assert not guard(better, limits, before).is_braked


def test_the_setting_decides_where_it_is_on_or_off() -> None:
    bad = Tally(10, 0)
    assert not may_dial_ahead(StrictPacing.ON, bad, LIMITS, MANY)
    assert may_dial_ahead(StrictPacing.OFF, bad, LIMITS, NONE_LEFT)
    assert may_dial_ahead(StrictPacing.ON, Tally(33, 0), LIMITS, NONE_LEFT)


def test_by_itself_it_is_strict_while_too_little_is_left_to_pay_back() -> None:
    new = Tally()
    assert may_dial_ahead(StrictPacing.AUTO, new, LIMITS, MANY)
    assert not may_dial_ahead(StrictPacing.AUTO, new, LIMITS, NONE_LEFT)
    assert not may_dial_ahead(StrictPacing.AUTO, new, LIMITS, Ahead(contacts=300))
    assert may_dial_ahead(StrictPacing.AUTO, new, LIMITS, Ahead(contacts=1000))


def test_people_ahead_are_those_of_the_list_or_of_the_days_left() -> None:
    assert Ahead(contacts=1000).people == pytest.approx(100)
    assert Ahead(1000, dials=950, live=195, days=30).people == pytest.approx(200)
    assert Ahead(100_000, dials=950, live=195, days=0.5).people == pytest.approx(97.5)


@given(
    tally=TALLIES,
    limits=SOME_LIMITS,
    contacts=st.integers(0, 10**6),
    dials=st.integers(0, 10**5),
    share=st.floats(0, 1),
    days=st.floats(0, 30),
)
def test_what_is_borrowed_can_be_paid_back(
    tally: Tally, limits: Limits, contacts: int, dials: int, share: float, days: float
) -> None:
    ahead = Ahead(contacts, dials, int(dials * share), days)
    assert 0 <= ahead.people <= contacts
    allowed = may_dial_ahead(StrictPacing.AUTO, tally, limits, ahead)
    if allowed:
        assert (tally.abandoned + 1) / (tally.live + 1 + SURE * ahead.people) <= limits.limit + 1e-12
    else:
        assert tally.with_one_more > limits.limit
        assert is_strict(StrictPacing.AUTO, tally, limits, ahead)
    if may_dial_ahead(StrictPacing.ON, tally, limits, ahead):
        assert allowed
    if allowed:
        assert may_dial_ahead(StrictPacing.OFF, tally, limits, ahead)
        assert may_dial_ahead(StrictPacing.AUTO, tally, limits, Ahead(contacts + 1, dials, ahead.live, days))
