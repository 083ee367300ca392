"""The account's pace: so many calls at once and a second, agents first, slower when told so."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dialer.core.redis import get_redis
from dialer.store import carrier_rate
from dialer.store.carrier_rate import FIRST_PAUSE, FORGET_REFUSALS, LONGEST_PAUSE, SHARE, CarrierRate
from tests.house import House, wait_for

pytestmark = pytest.mark.usefixtures("house")
NEVER = 0.0001
"""Calls a second, so that a bucket never fills again in a test."""


def rate_of(calls_per_second: float) -> CarrierRate:
    return CarrierRate(get_redis(), calls_per_second)


def test_one_call_and_the_next_after_its_share_of_a_second() -> None:
    rate = rate_of(1.0)
    assert rate.take() == 0
    assert 0 < rate.take() <= 1 / SHARE


def test_half_a_seconds_worth_may_leave_at_once_by_however_many_hands() -> None:
    rate = rate_of(NEVER)
    rate._tolerance, rate._gap = rate._gap * 4, rate._gap
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: rate.take(), range(12)))
    assert sum(wait == 0 for wait in waits) == 5


def test_a_bucket_fills_again_with_time() -> None:
    rate = rate_of(50)
    while rate.take() == 0:
        pass
    assert wait_for(lambda: rate.take() == 0)


def test_room_is_what_can_be_placed_within_a_while() -> None:
    assert rate_of(1.0).room(1.0) == 1
    assert rate_of(30.0).room(1.0) == 13 + 27
    rate = rate_of(NEVER)
    assert rate.room(1.0) == 1
    rate.take()
    assert rate.room(1.0) == 0


def test_agents_lines_go_first() -> None:
    """Once a line found no token, calls to people hold back until it had its turn."""
    slow = rate_of(NEVER)
    slow.take()
    assert slow.take(urgent=True) > 0
    get_redis().delete("carrier_rate:next")
    assert slow.room(1.0) == 0
    assert slow.take() > 0
    assert slow.take(urgent=True) == 0


def test_told_to_slow_down_nobody_calls_for_longer_each_time() -> None:
    rate, client = rate_of(50), get_redis()
    pauses = []
    for _ in range(12):
        pauses.append(rate.slow_down())
        assert 0 < rate.take(urgent=True) <= pauses[-1]
        assert rate.room(1.0) == 0
        assert rate.slow_down() == 0
        client.delete("carrier_rate:pause")
    first, longest = FIRST_PAUSE.total_seconds(), LONGEST_PAUSE.total_seconds()
    for times, pause in enumerate(pauses):
        whole = min(longest, first * 2**times)
        assert whole / 2 <= pause <= whole + 0.001
    assert rate.take() == 0
    forgotten_in = timedelta(milliseconds=client.pttl("carrier_rate:refusals"))
    assert FORGET_REFUSALS < forgotten_in <= FORGET_REFUSALS + LONGEST_PAUSE
    client.delete("carrier_rate:refusals")
    assert rate.slow_down() <= first + 0.001


def test_flushed_it_begins_anew() -> None:
    rate = rate_of(NEVER)
    rate.take()
    rate.slow_down()
    get_redis().flushall()
    get_redis().script_flush()
    assert rate.room(1.0) == 1
    assert rate.take() == 0


def test_a_clock_set_back_does_not_stop_the_house(house: House) -> None:
    rate = rate_of(10)
    whole, micros = get_redis().time()
    get_redis().set("carrier_rate:next", (whole + 3600) * 1_000_000 + micros)
    assert rate.take() <= (carrier_rate.BURST_SECONDS + 1) / SHARE
    assert rate.room(1.0) > 0
