"""What an agent enters is stored as the value it means, or refused with what would be right."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.script import (
    MAX_TEXT,
    AnswerValue,
    InvalidAnswer,
    Question,
    QuestionType,
    validate_answer,
)

T = QuestionType


def question(type_: QuestionType, *, required: bool = False, **limits: Decimal) -> Question:
    options = ("Red", "Green", "Blue") if type_ in (T.CHOICE, T.SEVERAL) else ()
    return Question("q", type_, "need", required, options, limits.get("least"), limits.get("most"))


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        (T.CHOICE, "Red", "Red"),
        (T.CHOICE, ["Red"], "Red"),
        (T.SEVERAL, ["Blue", "Red", "Blue"], ["Red", "Blue"]),
        (T.SEVERAL, "Red", ["Red"]),
        (T.NUMBER, "12", 12),
        (T.NUMBER, " 1,200.5 ", 1200.5),
        (T.NUMBER, "-3", -3),
        (T.NUMBER, "3.0", 3),
        (T.MONEY, "1200", "1200.00"),
        (T.MONEY, "$1,200.5", "1200.50"),
        (T.MONEY, "EUR 80", "80.00"),
        (T.MONEY, "80 €", "80.00"),
        (T.DATE, "2026-03-31", "2026-03-31"),
        (T.TEXT, " two\r\nlines ", "two\nlines"),
        (T.YES_NO, "yes", True),
        (T.YES_NO, "No", False),
    ],
)
def test_a_good_answer(type_: QuestionType, raw: str | list[str], value: AnswerValue) -> None:
    assert validate_answer(question(type_), raw) == value


@pytest.mark.parametrize(
    ("type_", "raw", "message"),
    [
        (T.CHOICE, "Pink", "Choose one of: Red; Green; Blue."),
        (T.CHOICE, "red", "Choose one of"),
        (T.CHOICE, ["Red", "Blue"], "Give one answer only."),
        (T.SEVERAL, ["Red", "Pink"], "Choose one of"),
        (T.NUMBER, "a dozen", "Write a number"),
        (T.NUMBER, "1,20", "Write a number"),
        (T.NUMBER, "1e5", "Write a number"),
        (T.NUMBER, "NaN", "Write a number"),
        (T.NUMBER, "٣", "Write a number"),
        (T.NUMBER, "9" * 100, "Write a number"),
        (T.MONEY, "-5", "below zero"),
        (T.MONEY, "1.005", "two decimals"),
        (T.MONEY, "$", "Write a number"),
        (T.DATE, "31.03.2026", "Write a date"),
        (T.DATE, "2026-02-30", "Write a date"),
        (T.TEXT, "x" * (MAX_TEXT + 1), "Keep it under 2,000 characters."),
        (T.TEXT, "a\0b", "That is not text."),
        (T.YES_NO, "perhaps", "Answer yes or no."),
    ],
)
def test_a_bad_answer(type_: QuestionType, raw: str | list[str], message: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        validate_answer(question(type_), raw)
    assert message in str(refused.value)


@pytest.mark.parametrize("type_", T)
@pytest.mark.parametrize("raw", ["", "  ", [], ["", " "]])
def test_a_blank_answer(type_: QuestionType, raw: str | list[str]) -> None:
    assert validate_answer(question(type_), raw) is None
    with pytest.raises(InvalidAnswer, match="needs an answer"):
        validate_answer(question(type_, required=True), raw)


@pytest.mark.parametrize("type_", [T.NUMBER, T.MONEY])
def test_limits_belong_to_what_is_allowed(type_: QuestionType) -> None:
    limited = question(type_, least=Decimal(2), most=Decimal(100))
    for good in ("2", "100"):
        validate_answer(limited, good)
    with pytest.raises(InvalidAnswer, match=r"At least 2\."):
        validate_answer(limited, "1.99")
    with pytest.raises(InvalidAnswer, match=r"At most 100\."):
        validate_answer(limited, "100.01")


@given(st.sampled_from(list(T)), st.text() | st.lists(st.text()))
def test_any_input_is_stored_or_refused_and_what_is_stored_stays(
    type_: QuestionType, raw: str | list[str]
) -> None:
    asked = question(type_)
    try:
        value = validate_answer(asked, raw)
    except InvalidAnswer:
        return
    if value is None or isinstance(value, bool):
        return
    again = value if isinstance(value, list) else str(value)
    assert validate_answer(asked, again) == value
