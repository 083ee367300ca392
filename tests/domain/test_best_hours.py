"""Hours learned: a planted best hour is found and pays, little data is not over-read, the draw is honest."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from dialer.domain import best_hours
from dialer.domain.best_hours import Arm, Gain, Tally, When, choose, is_held_out
from dialer.domain.compliance import CallingWindow
from dialer.domain.retry_plan import RetryPlan, Slot, next_tries, soonest

NOW = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
CHICAGO = ["America/Chicago"]
PLAN = RetryPlan(timedelta(hours=2), spread=True)


def slots_after(ended: datetime) -> list[Slot]:
    return next_tries(PLAN, ended, [ended], CHICAGO, CallingWindow())


def rate_at(slot: Slot, best: int) -> float:
    return 0.35 if slot.hour == best else 0.12


def simulated(best: int, tries: int, seed: int) -> Gain:
    """A campaign whose people answer best at one hour; counts come a day late, as batches."""
    draw = Random(seed)
    counts: defaultdict[When, Tally] = defaultdict(Tally)
    known: Mapping[When, Tally] = {}
    arms = {True: Arm(), False: Arm()}
    for n in range(tries):
        if n % 100 == 0:
            known = dict(counts)
        slots = slots_after(NOW + timedelta(hours=n % 24))
        learned = not is_held_out(n)
        slot = choose(slots, 2, known, draw) if learned else soonest(slots, draw)
        answered = draw.random() < rate_at(slot, best)
        when = When(2, slot.day.weekday(), slot.hour)
        counts[when] = Tally(counts[when].tries + 1, counts[when].answers + answered)
        arms[learned] = Arm(arms[learned].contacts + 1, arms[learned].answered + answered)
    return Gain(arms[True], arms[False])


@pytest.mark.parametrize(("best", "seed"), [(18, 1), (20, 2), (19, 3)])
def test_a_planted_best_hour_raises_the_learned_tries_above_those_held_out(best: int, seed: int) -> None:
    gain = simulated(best, 6000, seed)
    assert gain.points is not None
    assert gain.span is not None
    assert gain.points > 0.03
    assert gain.span[0] > 0


def test_where_all_hours_are_alike_nothing_is_gained_or_lost() -> None:
    draw = Random(7)
    counts = {When(1, day, hour): Tally(40, 6) for day in range(7) for hour in range(8, 21)}
    slots = slots_after(NOW)
    taken = Counter(choose(slots, 1, counts, draw).hour for _ in range(600))
    hours = {slot.hour for slot in slots}
    assert set(taken) == hours
    assert max(taken.values()) < 4 * 600 / len(hours)


def test_one_lucky_call_does_not_decide() -> None:
    draw = Random(3)
    slots = slots_after(NOW)
    lucky = slots[-1]
    counts = {When(1, day, hour): Tally(40, 6) for day in range(7) for hour in range(8, 21)}
    counts[When(2, lucky.day.weekday(), lucky.hour)] = Tally(1, 1)
    taken = Counter(choose(slots, 2, counts, draw) for _ in range(400))
    assert taken[lucky] < 400 / 3


def test_one_contact_in_ten_is_held_out_whoever_asks() -> None:
    held = [is_held_out(contact) for contact in range(6000)]
    assert 0.08 < sum(held) / len(held) < 0.12
    assert held == [is_held_out(contact) for contact in range(6000)]


def test_a_gain_needs_contacts_on_both_sides() -> None:
    assert Gain(Arm(10, 3), Arm()).points is None
    assert Gain(Arm(), Arm(5, 1)).span is None


def test_the_gains_span_is_newcombes() -> None:
    """Newcombe 1998, table II, method 10, (a): 56/70 against 48/80."""
    gain = Gain(Arm(70, 56), Arm(80, 48))
    assert gain.points == pytest.approx(0.2)
    assert gain.span == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_later_tries_are_counted_together() -> None:
    draw, slots = Random(1), slots_after(NOW)
    counts = {
        When(9, day, hour): Tally(500, 400 if hour == slots[0].hour else 50)
        for day in range(7)
        for hour in range(8, 21)
    }
    assert choose(slots, best_hours.LAST_TRY + 3, counts, draw).hour == slots[0].hour
