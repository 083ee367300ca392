"""Agents of several campaigns: urgent ones first, equals in proportion to their weights."""

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.sharing import Claim, Idle, share

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
