"""Lists mixed by weight: shares converge, a list that rests rests, an empty one gives its share away."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.list_mix import WEIGHT_AT_MOST, mix, quotas

LISTS = st.dictionaries(st.integers(1, 50), st.integers(0, WEIGHT_AT_MOST), min_size=1, max_size=8)


def endless(weights: dict[int, int], wanted: int) -> dict[int, list[int]]:
    return {key: [key] * wanted for key in weights}


@given(LISTS, st.integers(1, 400))
def test_shares_are_the_weights_to_within_a_turn_of_each_list(weights: dict[int, int], wanted: int) -> None:
    total = sum(weights.values())
    turns = Counter(key for _, key in mix(endless(weights, wanted), weights, {}, wanted).turns)
    assert turns.total() == (wanted if total else 0)
    for key, weight in weights.items():
        share = wanted * weight / total if total else 0
        assert abs(turns[key] - share) <= len(weights)
        assert weight or not turns[key]


@given(LISTS, st.lists(st.integers(1, 7), min_size=60, max_size=60))
def test_shares_hold_over_many_small_refills(weights: dict[int, int], refills: list[int]) -> None:
    passes: dict[int, float] = {}
    turns: Counter[int] = Counter()
    for wanted in refills:
        mixed = mix(endless(weights, wanted), weights, passes, wanted)
        passes = dict(mixed.passes)
        turns.update(key for _, key in mixed.turns)
    total = sum(weights.values())
    for key, weight in weights.items():
        assert abs(turns[key] - (sum(refills) * weight / total if total else 0)) <= len(weights)


@given(LISTS, st.dictionaries(st.integers(1, 50), st.integers(0, 30)), st.integers(1, 100))
def test_an_empty_list_gives_its_share_to_the_others(
    weights: dict[int, int], sizes: dict[int, int], wanted: int
) -> None:
    found = {key: [(key, n) for n in range(sizes.get(key, 0))] for key in weights}
    there = sum(len(items) for key, items in found.items() if weights[key])
    mixed = mix(found, weights, {}, wanted)
    assert len(mixed.turns) == min(wanted, there)
    assert [at for at, _ in mixed.turns] == sorted(at for at, _ in mixed.turns)
    for key, items in found.items():
        taken = [item for _, item in mixed.turns if item[0] == key]
        assert taken == items[: len(taken)]


@given(LISTS, st.integers(1, 200))
def test_what_is_looked_for_is_enough_to_mix(weights: dict[int, int], wanted: int) -> None:
    looked_for = quotas(weights, wanted) if any(weights.values()) else {}
    assert set(looked_for) == {key for key, weight in weights.items() if weight}
    assert sum(looked_for.values()) >= (wanted if looked_for else 0)


def test_a_list_that_comes_back_claims_nothing_of_what_it_missed() -> None:
    weights = {1: 1, 2: 1}
    passes = mix({1: ["a"] * 50}, weights, {}, 50).passes
    back = mix({1: ["a"] * 10, 2: ["b"] * 10}, weights, passes, 10)
    assert Counter(item for _, item in back.turns) == {"a": 5, "b": 5}
