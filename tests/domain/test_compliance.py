"""The gate: every rule gives its verdict, and the calling window holds to the second."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dialer.domain.compliance import CallFacts, CallingWindow, Rule, may_call

WINDOW = CallingWindow()
CHICAGO, NEW_YORK, HONOLULU = "America/Chicago", "America/New_York", "Pacific/Honolulu"
ZONES = (
    CHICAGO,
    NEW_YORK,
    HONOLULU,
    "America/Phoenix",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Africa/Casablanca",
)
NOON = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
GOOD = CallFacts(
    zones=(CHICAGO,),
    suppressed_by=None,
    campaign_running=True,
    contact_open=True,
    attempts_made=0,
    attempts_allowed=6,
)
TWO_YEARS = 2 * 365 * 24 * 3600
MOMENTS = st.integers(0, TWO_YEARS).map(lambda seconds: NOON + timedelta(seconds=seconds))
MINUTES = MOMENTS.map(lambda at: at.replace(second=0, microsecond=0))
SOME_ZONES = st.lists(st.sampled_from(ZONES), min_size=1, max_size=4, unique=True).map(tuple)


def test_allowed_when_every_rule_passes() -> None:
    decision = may_call(GOOD, NOON, WINDOW)
    assert decision.allowed
    assert decision.refused_by is None
    assert {verdict.rule for verdict in decision.verdicts} == set(Rule)


@pytest.mark.parametrize(
    ("facts", "rule", "detail"),
    [
        (replace(GOOD, campaign_running=False), Rule.CAMPAIGN_RUNNING, "the campaign is not running"),
        (replace(GOOD, contact_open=False), Rule.CONTACT_OPEN, "the contact is closed"),
        (replace(GOOD, suppressed_by="the letter list"), Rule.SUPPRESSION, "on the letter list"),
        (replace(GOOD, zones=()), Rule.PLACE_KNOWN, "nobody knows whose clock counts"),
        (
            replace(GOOD, zones=("Asia/Tokyo",)),
            Rule.CALLING_WINDOW,
            "03:00 in Asia/Tokyo, outside 08:00–21:00",
        ),
        (replace(GOOD, attempts_made=6), Rule.ATTEMPT_CAP, "6 of 6 attempts made"),
        (
            replace(GOOD, abandoned_at=NOON - timedelta(hours=71, minutes=59)),
            Rule.HELD_AGENT,
            "abandoned at 2026-11-28 18:01 UTC, and no agent is held for the call",
        ),
    ],
)
def test_one_rule_that_fails_refuses_and_says_why(facts: CallFacts, rule: Rule, detail: str) -> None:
    decision = may_call(facts, NOON, WINDOW)
    assert not decision.allowed
    assert decision.refused_by is not None
    assert (decision.refused_by.rule, decision.refused_by.detail) == (rule, detail)


@pytest.mark.parametrize(
    ("hours", "agent_held", "allowed"),
    [(0, False, False), (71.99, False, False), (72, False, True), (0, True, True), (500, True, True)],
)
def test_a_person_who_was_abandoned_is_called_with_an_agent_held(
    hours: float, agent_held: bool, allowed: bool
) -> None:
    facts = replace(GOOD, abandoned_at=NOON - timedelta(hours=hours), agent_held=agent_held)
    assert may_call(facts, NOON, WINDOW).allowed is allowed


def test_every_verdict_is_kept_though_several_fail() -> None:
    facts = CallFacts((), "a list", False, False, 9, 6, abandoned_at=NOON)
    decision = may_call(facts, NOON, WINDOW)
    assert [verdict.passed for verdict in decision.verdicts] == [False] * len(Rule)
    told = decision.as_json()
    assert told["allowed"] is False
    assert told["at"] == "2026-12-01T18:00:00+00:00"
    assert isinstance(told["verdicts"], list)
    assert {row["rule"] for row in told["verdicts"]} == {rule.value for rule in Rule}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (time(7, 59, 59, 999999), False),
        (time(8, 0, 0), True),
        (time(20, 59, 59, 999999), True),
        (time(21, 0, 0), False),
        (time(0, 0, 0), False),
    ],
)
@pytest.mark.parametrize("day", [(2026, 3, 8), (2026, 7, 1), (2026, 11, 1), (2026, 12, 1)])
def test_the_window_holds_to_the_second_on_every_day(
    zone: str, at: time, is_open: bool, day: tuple[int, int, int]
) -> None:
    local = datetime.combine(date(*day), at, ZoneInfo(zone))
    assert WINDOW.is_open(local.astimezone(UTC), zone) is is_open


def test_one_shut_zone_of_several_refuses() -> None:
    nine_at_night_in_new_york = datetime(2026, 12, 2, 2, 0, tzinfo=UTC)
    assert may_call(GOOD, nine_at_night_in_new_york, WINDOW).allowed
    both = replace(GOOD, zones=(CHICAGO, NEW_YORK))
    refused = may_call(both, nine_at_night_in_new_york, WINDOW).refused_by
    assert refused is not None
    assert refused.detail == "21:00 in America/New_York, outside 08:00–21:00"


@given(at=MINUTES, zones=SOME_ZONES)
def test_next_open_is_open_everywhere_and_no_minute_before_it_was(
    at: datetime, zones: tuple[str, ...]
) -> None:
    def all_open(moment: datetime) -> bool:
        return all(WINDOW.is_open(moment, zone) for zone in zones)

    found = WINDOW.next_open(at, zones)
    minutes = (at + timedelta(minutes=n) for n in range(2 * 24 * 60))
    assert found == next((moment for moment in minutes if all_open(moment)), None)


@given(at=MOMENTS, zones=SOME_ZONES)
def test_next_open_never_lies_before_now_and_is_now_when_open(at: datetime, zones: tuple[str, ...]) -> None:
    found = WINDOW.next_open(at, zones)
    if all(WINDOW.is_open(at, zone) for zone in zones):
        assert found == at
    elif found is not None:
        assert found > at


@given(at=MOMENTS, zones=SOME_ZONES)
def test_closes_at_is_the_first_shutting_of_an_open_day(at: datetime, zones: tuple[str, ...]) -> None:
    assume(all(WINDOW.is_open(at, zone) for zone in zones))
    closes = WINDOW.closes_at(at, zones)
    assert closes is not None
    assert at < closes
    assert all(WINDOW.is_open(closes - timedelta(microseconds=1), zone) for zone in zones)
    assert not all(WINDOW.is_open(closes, zone) for zone in zones)


def test_zones_that_are_never_open_together_have_no_next_opening() -> None:
    narrow = CallingWindow(time(12), time(13))
    assert narrow.next_open(NOON, (CHICAGO, "Asia/Tokyo")) is None
    assert WINDOW.closes_at(NOON, ()) is None
