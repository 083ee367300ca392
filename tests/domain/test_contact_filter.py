"""Conditions of a filter, as they are read: known fields, known comparisons, values that say something."""

import pytest

from dialer.domain.contact_filter import CONDITIONS_AT_MOST, ConditionError, read, words


def one(field: str, told: str, value: str = "") -> dict[str, object]:
    return {"field": field, "is": told, "value": value}


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (one("shoe_size", "is", "9"), "no field “shoe_size”"),
        (one("password", "is", "9"), "no field"),
        (one("custom.", "is", "9"), "no field"),
        (one("city", "resembles", "Oslo"), "can't be compared with “resembles”"),
        (one("city", "is", "  "), "Say what “City” is compared with"),
        (one("city", "one_of", " , ,"), "Say what “City”"),
        (one("city", "is", "x" * 501), "at most 500"),
        (
            one("custom.age", "more_than", "forty"),
            "“age” is compared with a number here, and “forty” is none",
        ),
        ({}, "no field"),
    ],
)
def test_what_says_nothing_is_refused(raw: dict[str, object], problem: str) -> None:
    with pytest.raises(ConditionError, match=problem):
        read([raw])


def test_what_is_read_is_kept_as_it_was_said() -> None:
    raw = [
        one("custom.home_value", "more_than", "250000.5"),
        one("state_code", "one_of", "IL, wi"),
        one("email", "empty", "x"),
    ]
    conditions = read(raw)
    assert [condition.as_json() for condition in conditions] == [*raw[:2], one("email", "empty")]
    assert conditions[1].values == ("il", "wi")
    assert (
        words(conditions) == "home value is more than 250000.5 and State is one of IL, wi and E-mail is empty"
    )
    assert read(condition.as_json() for condition in conditions) == conditions


def test_a_filter_has_an_end() -> None:
    with pytest.raises(ConditionError, match="at most 20"):
        read([one("city", "filled")] * (CONDITIONS_AT_MOST + 1))
