"""Agents of several campaigns: urgent ones first, equals in proportion to their weights."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.domain.sharing import Claim, Idle, TimeHad, share

URGENT, EVEN, HEAVY = 1, 2, 3
ALL = frozenset({URGENT, EVEN, HEAVY})


def claim(priority: int = 5, weight: int = 1, agents: int = 0, has_contacts: bool = True) -> Claim:
    return Claim(priority, weight, agents, has_contacts)


def test_the_most_urgent_campaign_with_somebody_to_dial_has_her() -> None:
    one = [Idle("ana", EVEN, ALL)]
    claims = {URGENT: claim(priority=1), EVEN: claim()}
    assert share(one, claims) == {"ana": URGENT}
    assert share(one, claims | {URGENT: claim(priority=1, has_contacts=False)}) == {}


def test_nobody_goes_where_she_does_not_work_or_nothing_runs() -> None:
    assert share([Idle("ana", EVEN, frozenset({EVEN}))], {URGENT: claim(priority=1), EVEN: claim()}) == {}
    assert share([Idle("ana", EVEN, ALL)], {}) == {}


def test_she_stays_where_no_campaign_wants_her_more() -> None:
    assert share([Idle("ana", HEAVY, ALL)], {EVEN: claim(), HEAVY: claim()}) == {}


def test_those_who_are_busy_count_for_their_campaign() -> None:
    claims = {EVEN: claim(agents=1), HEAVY: claim(weight=3, agents=1)}
    assert share([Idle("ana", EVEN, ALL)], claims) == {"ana": HEAVY}


@given(st.integers(1, 40), st.integers(1, 5), st.integers(1, 5), st.randoms(use_true_random=False))
def test_shares_come_as_near_to_the_weights_as_whole_people_can(
    people: int, one: int, two: int, dice: Random
) -> None:
    idle = [Idle(agent, dice.choice([EVEN, HEAVY]), ALL) for agent in range(people)]
    claims = {EVEN: claim(weight=one), HEAVY: claim(weight=two)}
    moves = share(idle, claims)
    counted = Counter(moves.get(each.agent, each.campaign_id) for each in idle)
    assert abs(counted[EVEN] - people * one / (one + two)) <= 1


@settings(max_examples=20)
@given(st.integers(1, 4), st.integers(1, 4), st.randoms(use_true_random=False))
def test_over_the_hours_shares_of_one_agents_time_are_as_the_weights(
    one: int, two: int, dice: Random
) -> None:
    """Her calls are of any length."""
    had, spent = TimeHad(), Counter[int]()
    now, here = datetime(2026, 12, 1, tzinfo=UTC), EVEN
    for _ in range(1000):
        had.follow({here: 1}, now)
        claims = {EVEN: Claim(5, one, 0, True, had.of(EVEN)), HEAVY: Claim(5, two, 0, True, had.of(HEAVY))}
        here = share([Idle("ana", here, ALL)], claims).get("ana", here)
        seconds = dice.uniform(5, 120)
        spent[here] += round(seconds)
        now += timedelta(seconds=seconds)
    assert abs(spent[EVEN] / spent.total() - one / (one + two)) < 0.03


def test_who_waits_long_is_moved_now_and_then_and_not_in_every_round() -> None:
    had, here, moved = TimeHad(), EVEN, 0
    for tick in range(2400):
        had.follow({here: 1}, datetime(2026, 12, 1, tzinfo=UTC) + timedelta(seconds=tick / 4))
        claims = {key: Claim(5, 1, 0, True, had.of(key)) for key in (EVEN, HEAVY)}
        moves = share([Idle("ana", here, ALL)], claims)
        here = moves.get("ana", here)
        moved += len(moves)
    assert 8 <= moved <= 20


def test_what_is_long_past_gives_no_claim() -> None:
    had = TimeHad()
    start = datetime(2026, 12, 1, tzinfo=UTC)
    had.follow({EVEN: 2}, start)
    had.follow({EVEN: 2}, start + timedelta(minutes=1))
    assert (round(had.of(EVEN)), had.of(HEAVY)) == (118, 0.0)
    had.follow({}, start + timedelta(hours=5))
    assert had.of(EVEN) < 1
