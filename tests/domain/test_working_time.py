"""Working time: nights, weekends and changed clocks count for nothing, working minutes for what they are."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.working_time import WorkingWeek, add_working_time

CHICAGO = WorkingWeek("America/Chicago")
NIGHT_SHIFT = WorkingWeek("America/Chicago", time(0), time(6), frozenset({5, 6}))
"""Open when clocks change: Sundays at two in March and November."""
WEEKS = st.sampled_from(
    [
        CHICAGO,
        NIGHT_SHIFT,
        WorkingWeek("Asia/Kathmandu", time(10, 30), time(18, 15), frozenset({0, 2, 6})),
        WorkingWeek("Australia/Lord_Howe", time(1), time(3, 30), frozenset(range(7))),
        WorkingWeek("Europe/Lisbon", time(9), time(9, 1), frozenset({3})),
    ]
)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STARTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
SPANS = st.integers(0, 40 * 60).map(lambda seconds: timedelta(seconds=seconds))


def in_chicago(*when: int) -> datetime:
    day, month, hour, minute = when
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("America/Chicago"))


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (in_chicago(1, 12, 10, 0), 120, in_chicago(1, 12, 12, 0)),
        (in_chicago(1, 12, 16, 0), 60, in_chicago(1, 12, 17, 0)),
        (in_chicago(1, 12, 16, 0), 61, in_chicago(2, 12, 9, 1)),
        (in_chicago(4, 12, 16, 30), 60, in_chicago(7, 12, 9, 30)),
        (in_chicago(5, 12, 12, 0), 60, in_chicago(7, 12, 10, 0)),
        (in_chicago(1, 12, 3, 0), 60, in_chicago(1, 12, 10, 0)),
        (in_chicago(1, 12, 17, 0), 1, in_chicago(2, 12, 9, 1)),
        (in_chicago(1, 12, 10, 0), 5 * 8 * 60, in_chicago(8, 12, 10, 0)),
    ],
    ids=[
        "within a day",
        "to the closing",
        "past the closing",
        "over a weekend",
        "begun on a Saturday",
        "begun at night",
        "begun at the closing",
        "a week",
    ],
)
def test_by_hand(start: datetime, minutes: int, end: datetime) -> None:
    assert add_working_time(start, timedelta(minutes=minutes), CHICAGO) == end


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (datetime(2026, 3, 8, 6, 0, tzinfo=UTC), 5, datetime(2026, 3, 8, 11, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 5, 0, tzinfo=UTC), 7, datetime(2026, 11, 1, 12, 0, tzinfo=UTC)),
    ],
    ids=["a night that is an hour short", "a night that is an hour long"],
)
def test_a_day_is_worth_what_is_really_worked_on_it(start: datetime, hours: int, end: datetime) -> None:
    assert add_working_time(start, timedelta(hours=hours), NIGHT_SHIFT) == end


@given(start=STARTS, first=SPANS, second=SPANS, week=WEEKS)
def test_in_two_steps_or_in_one_is_the_same(
    start: datetime, first: timedelta, second: timedelta, week: WorkingWeek
) -> None:
    middle = add_working_time(start, first, week)
    assert add_working_time(middle, second, week) == add_working_time(start, first + second, week)


@given(start=STARTS, later=SPANS, span=SPANS, more=SPANS, week=WEEKS)
def test_a_later_start_or_a_longer_span_never_ends_sooner(
    start: datetime, later: timedelta, span: timedelta, more: timedelta, week: WorkingWeek
) -> None:
    end = add_working_time(start, span, week)
    assert end >= start + span
    assert add_working_time(start + later, span, week) >= end
    assert add_working_time(start, span + more, week) >= end


@given(start=STARTS, span=SPANS, week=WEEKS)
def test_it_never_ends_in_closed_hours(start: datetime, span: timedelta, week: WorkingWeek) -> None:
    end = add_working_time(start, span, week)
    hours = week.hours_of(end.astimezone(ZoneInfo(week.zone)).date())
    assert hours is not None
    assert hours[0] <= end <= hours[1]
    assert end.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("opens", "closes", "days"),
    [(time(9), time(9), {0}), (time(17), time(9), {0}), (time(9), time(17), set())],
)
def test_a_week_without_time_in_it_is_refused(opens: time, closes: time, days: set[int]) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        WorkingWeek("America/Chicago", opens, closes, frozenset(days))
