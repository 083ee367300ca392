"""Which number a person is shown, and which one is rested: by tables, by properties, by simulated weeks."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.caller_id import (
    CALLS_AT_LEAST,
    PoolNumber,
    Record,
    Tally,
    choose,
    to_rest,
    why_none_left,
)
from dialer.domain.place import Locality, locality

CHICAGO, ROCKFORD, BOSTON, TORONTO, LONDON = (
    "+13125550100",
    "+18155550100",
    "+16175550100",
    "+14165550100",
    "+442079460100",
)
EVERYWHERE = (BOSTON, CHICAGO, LONDON, ROCKFORD, TORONTO)
POOL = [PoolNumber(phone) for phone in EVERYWHERE]


@pytest.mark.parametrize(
    ("number", "where"),
    [
        ("+13125550142", Locality("US", "IL", "312")),
        ("+12065550142", Locality("US", "WA", "206")),
        ("+14165550142", Locality("CA", "ON", "416")),
        ("+17875550142", Locality("PR", "", "787")),
        ("+442079460142", Locality("GB", "", "20")),
        ("+15005550006", Locality("US", "", "500")),
        ("nothing", Locality("", "", "")),
    ],
)
def test_where_a_number_belongs(number: str, where: Locality) -> None:
    assert locality(number) == where


@pytest.mark.parametrize(
    ("person", "shown"),
    [
        ("+13125550142", CHICAGO),  # the same area code
        ("+12175550142", CHICAGO),  # the same state: two of them, the first by its digits
        ("+16175550142", BOSTON),
        ("+19055550142", TORONTO),  # the same province
        ("+442079460142", LONDON),
        ("+441632960142", LONDON),  # the same country
        ("+33199001234", CHICAGO),  # nowhere near: the least used, then the first by its digits
    ],
)
def test_with_local_presence_the_nearest_is_shown(person: str, shown: str) -> None:
    assert choose(POOL, 10, person, None, True) == shown


def test_among_numbers_as_near_and_without_local_presence_the_least_used_is_shown() -> None:
    pool = [PoolNumber(CHICAGO, 5), PoolNumber(ROCKFORD, 4), PoolNumber(BOSTON, 3)]
    assert choose(pool, 10, "+12175550142", None, True) == ROCKFORD
    assert choose(pool, 10, "+13125550142", None, False) == BOSTON


def test_called_again_she_sees_the_number_of_before_where_it_may_be_shown() -> None:
    pool = [PoolNumber(CHICAGO), PoolNumber(BOSTON, 9)]
    assert choose(pool, 10, "+13125550142", BOSTON, True) == BOSTON
    assert choose(pool, 9, "+13125550142", BOSTON, True) == CHICAGO
    assert choose(pool, 10, "+13125550142", ROCKFORD, True) == CHICAGO


numbers = st.builds(
    PoolNumber, st.sampled_from(EVERYWHERE), st.integers(0, 5), is_rested=st.booleans(), is_own=st.booleans()
)
pools = st.lists(numbers, max_size=5, unique_by=lambda number: number.phone)
people = st.sampled_from(("+13125550142", "+18155550142", "+33199001234"))


@given(pools, st.integers(1, 5), people, st.none() | st.sampled_from(EVERYWHERE), st.booleans(), st.randoms())
def test_it_is_never_one_that_may_not_be_shown_and_always_the_same(
    pool: list[PoolNumber],
    cap: int,
    person: str,
    before: str | None,
    local_presence: bool,
    chance: random.Random,
) -> None:
    shown = choose(pool, cap, person, before, local_presence)
    may_be = {
        number.phone for number in pool if number.is_own and not number.is_rested and number.calls_today < cap
    }
    assert shown in may_be if may_be else shown is None
    assert (why_none_left(pool, cap, "tomorrow") is None) == bool(may_be)
    if before in may_be:
        assert shown == before
    chance.shuffle(pool)
    assert choose(pool, cap, person, before, local_presence) == shown


def test_why_none_is_left_in_words() -> None:
    pool = [PoolNumber(BOSTON, 2), PoolNumber(CHICAGO, is_rested=True), PoolNumber(LONDON, is_own=False)]
    assert why_none_left(pool, 2, "Wednesday 00:00 CST") == (
        "No caller id may be shown: of 3 in the pool, 1 at their cap of 2 calls a day, until "
        "Wednesday 00:00 CST; 1 rested until a supervisor uses them again; "
        "1 no longer among the account's numbers at Twilio."
    )


def answered(phone: str, answers: int, calls: int = 1000) -> Record:
    return Record(phone, first=Tally(calls, answers))


@pytest.mark.parametrize(
    ("records", "rested"),
    [
        ([answered("a", 300), answered("b", 300), answered("c", 190)], "c"),
        ([answered("a", 300), answered("b", 300), answered("c", 210)], None),  # sure, but not a third lower
        ([answered("a", 300), answered("b", 300), answered("c", 55, 199)], None),  # too few calls
        ([answered("a", 300), answered("b", 300), answered("c", 20, 200)], "c"),
        ([answered("a", 300), answered("b", 20, 200), answered("c", 10, 200)], "c"),  # the worst goes first
        ([answered("a", 300, 500), answered("b", 0, 500)], "b"),
        ([answered("a", 30, 199), answered("b", 0, 500)], None),  # too little to compare with
        ([answered("a", 0), answered("b", 0)], None),
        ([answered("a", 0)], None),
        ([], None),
    ],
)
def test_a_number_that_people_answer_far_less_is_rested(records: list[Record], rested: str | None) -> None:
    finding = to_rest(records)
    assert (finding and finding.phone) == rested


def test_the_reason_says_both_rates() -> None:
    finding = to_rest([answered("a", 300), answered("b", 150)])
    assert str(finding) == (
        "People answered 15% of its last 1,000 calls; the rest of its pool would have had 30%"
    )


def test_a_number_in_long_use_is_not_blamed_for_calling_people_again() -> None:
    """Both numbers do as well with either kind of person; one has mostly those tried before."""
    old = Record("old", first=Tally(200, 80), later=Tally(1800, 180))
    new = Record("new", first=Tally(1800, 720), later=Tally(200, 20))
    assert (80 + 180) / 2000 < (720 + 20) / 2000 / 2
    assert to_rest([old, new]) is None


def test_numbers_that_nobody_was_called_alike_from_are_not_compared() -> None:
    calls = Tally(5 * CALLS_AT_LEAST, 0)
    assert to_rest([Record("a", later=calls), Record("b", first=Tally(1000, 500))]) is None


def test_among_equals_hardly_any_is_rested_though_it_is_asked_all_the_time() -> None:
    seeded, rested, weeks = random.Random(7), 0, 60
    for _ in range(weeks):
        tallies = {phone: Tally() for phone in "abcde"}
        for _hour in range(70):
            for phone in tallies:
                tallies[phone] += Tally(10, sum(seeded.random() < 0.15 for _ in range(10)))
            if to_rest([Record(phone, first=tally) for phone, tally in tallies.items()]) is not None:
                rested += 1
                break
    assert rested <= weeks // 20


def test_a_number_marked_as_spam_is_found_within_days() -> None:
    seeded = random.Random(7)
    rates = {"a": 0.15, "b": 0.15, "c": 0.15, "spam": 0.05}
    tallies = {phone: Tally() for phone in rates}
    for _call in range(700):
        for phone, rate in rates.items():
            tallies[phone] += Tally(1, seeded.random() < rate)
        finding = to_rest([Record(phone, first=tally) for phone, tally in tallies.items()])
        if finding is not None:
            break
    assert finding is not None
    assert finding.phone == "spam"
