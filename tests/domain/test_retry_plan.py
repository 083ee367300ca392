"""The next try: inside every zone's hours, never before the delay, never in a part of the day that was tried
while another was not, across changes of the clocks."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from dialer.domain.compliance import CallingWindow
from dialer.domain.retry_plan import (
    SAME_DAY_AT_MOST,
    DayPart,
    RetryPlan,
    Slot,
    next_tries,
    part_of,
    soonest,
)

WINDOW = CallingWindow()
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = (
    "America/New_York", "America/Chicago", "America/Phoenix", "America/Los_Angeles", "Pacific/Honolulu",
    "America/St_Johns", "Asia/Kolkata", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu",
)  # fmt: skip
MOMENTS = st.integers(0, 730 * 24 * 60).map(lambda minutes: BEGINS + timedelta(minutes=minutes))
AROUND_CHANGES = st.builds(
    lambda day, hours: day + timedelta(hours=hours),
    st.sampled_from(
        [
            datetime(2026, 3, 7, tzinfo=UTC),
            datetime(2026, 10, 31, tzinfo=UTC),
            datetime(2026, 3, 28, tzinfo=UTC),
        ]
    ),
    st.floats(0, 48),
)
ENDED = st.one_of(MOMENTS, AROUND_CHANGES)
PLANS = st.builds(RetryPlan, st.timedeltas(timedelta(minutes=1), timedelta(days=9)), st.booleans())
AGO = st.lists(st.timedeltas(timedelta(0), timedelta(days=12)), max_size=8)
SOMEWHERE = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)


def tries_of(plan: RetryPlan, ended: datetime, ago: list[timedelta], zones: list[str]) -> list[Slot]:
    tried = [ended, *(ended - span for span in ago)]
    slots = next_tries(plan, ended, tried, zones, WINDOW)
    assume(slots)
    return slots


@given(PLANS, ENDED, AGO, SOMEWHERE, st.randoms(use_true_random=False))
def test_always_open_everywhere_and_never_before_the_delay(
    plan: RetryPlan, ended: datetime, ago: list[timedelta], zones: list[str], draw: Random
) -> None:
    for slot in tries_of(plan, ended, ago, zones):
        at = slot.moment(draw)
        assert slot.begins <= at <= slot.ends
        assert at >= ended + plan.delay
        assert all(WINDOW.is_open(at, zone) for zone in zones)
        local = at.astimezone(ZoneInfo(zones[0]))
        assert (local.date(), local.hour) == (slot.day, slot.hour)


@given(PLANS, ENDED, AGO, st.sampled_from(ZONES))
def test_never_in_a_part_of_the_day_that_was_tried_while_another_was_not(
    plan: RetryPlan, ended: datetime, ago: list[timedelta], zone: str
) -> None:
    assume(plan.spread)
    local = [at.astimezone(ZoneInfo(zone)) for at in [ended, *(ended - span for span in ago)]]
    tried = Counter(part_of(at.hour) for at in local)
    days = {at.date() for at in local}
    least = min(tried[part] for part in DayPart)
    for slot in tries_of(plan, ended, ago, [zone]):
        assert tried[slot.part] == least
        assert slot.day not in days


@given(PLANS, ENDED, AGO, SOMEWHERE)
def test_no_third_try_on_a_day(
    plan: RetryPlan, ended: datetime, ago: list[timedelta], zones: list[str]
) -> None:
    home = ZoneInfo(zones[0])
    days = Counter(at.astimezone(home).date() for at in [ended, *(ended - span for span in ago)])
    assert all(days[slot.day] < SAME_DAY_AT_MOST for slot in tries_of(plan, ended, ago, zones))


@given(ENDED, AGO, SOMEWHERE, st.randoms(use_true_random=False))
def test_what_comes_soonest_is_of_the_first_part_of_the_first_day(
    ended: datetime, ago: list[timedelta], zones: list[str], draw: Random
) -> None:
    slots = tries_of(RetryPlan(timedelta(hours=2), spread=True), ended, ago, zones)
    taken = soonest(slots, draw)
    assert (taken.day, taken.part) == (slots[0].day, slots[0].part)
    assert [slot.begins for slot in slots] == sorted(slot.begins for slot in slots)


def test_unspread_it_is_the_delay_or_when_the_window_opens_next() -> None:
    noon = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
    (slot,) = next_tries(RetryPlan(timedelta(minutes=30)), noon, [noon], ["America/Chicago"], WINDOW)
    assert slot.begins == slot.ends == noon + timedelta(minutes=30)
    late = datetime(2026, 12, 2, 2, 50, tzinfo=UTC)
    (slot,) = next_tries(RetryPlan(timedelta(minutes=30)), late, [late], ["America/Chicago"], WINDOW)
    assert slot.begins == datetime(2026, 12, 2, 14, 0, tzinfo=UTC)


def test_six_spread_tries_are_on_six_days_and_twice_in_each_part() -> None:
    at = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
    zone, tried = ZoneInfo("America/Chicago"), [at]
    for n in range(5):
        slots = next_tries(RetryPlan(timedelta(hours=2), spread=True), at, tried, [str(zone)], WINDOW)
        at = soonest(slots, Random(n)).moment(Random(n))
        tried.append(at)
    local = [at.astimezone(zone) for at in tried]
    assert len({at.date() for at in local}) == 6
    assert Counter(part_of(at.hour) for at in local) == dict.fromkeys(DayPart, 2)


def test_zones_that_are_never_open_together_have_no_time() -> None:
    at = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
    zones = ["America/New_York", "Asia/Kathmandu", "Pacific/Honolulu"]
    for spread in (True, False):
        assert next_tries(RetryPlan(timedelta(hours=1), spread), at, [at], zones, WINDOW) == []
