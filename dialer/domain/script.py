"""What a script may ask and what counts as an answer.

Values only: the words around a question, and how they are shown, belong to `dialer.scripts`.
A validated answer is plain JSON (text, list of texts, number, true or false): it is stored as it is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

MAX_TEXT = 2_000

DO_NOT_CALL = "do_not_call"
"""The ending of the step that is read when somebody asks not to be called again."""


class QuestionType(StrEnum):
    CHOICE = "choice"
    SEVERAL = "several"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    TEXT = "text"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class Question:
    """`means` is one of the four qualifications, or the custom field that the answer fills."""

    key: str
    type: QuestionType
    means: str
    required: bool = False
    options: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None


AnswerValue = str | bool | int | float | list[str] | None


class InvalidAnswer(ValueError):
    """The answer does not fit its question; the text says what would."""


def validate_answer(question: Question, raw: str | Sequence[str]) -> AnswerValue:
    """The value to store for what the agent entered; None for an optional question left blank.

    Money is kept as text with two decimals, a date as ISO 8601.
    """
    given = [text for item in ([raw] if isinstance(raw, str) else raw) if (text := item.strip())]
    if not given:
        if question.required:
            raise InvalidAnswer("This question needs an answer.")
        return None
    if question.type is QuestionType.SEVERAL:
        chosen = {_choice(question, text) for text in given}
        return [option for option in question.options if option in chosen]
    if len(given) > 1:
        raise InvalidAnswer("Give one answer only.")
    return _READERS[question.type](question, given[0])


def _choice(question: Question, text: str) -> str:
    if text not in question.options:
        raise InvalidAnswer("Choose one of: " + "; ".join(question.options) + ".")
    return text


_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,6})?", re.ASCII)
_CURRENCY = re.compile(r"^(?:[$€£¥₹]|[A-Z]{3}\b)|(?:[$€£¥₹]|\b[A-Z]{3})$")


def _decimal(question: Question, text: str, example: str) -> Decimal:
    if len(text) > 30 or not _NUMBER.fullmatch(text):
        raise InvalidAnswer(f"Write a number, such as {example}.")
    number = Decimal(text.replace(",", ""))
    if question.least is not None and number < question.least:
        raise InvalidAnswer(f"At least {question.least:f}.")
    if question.most is not None and number > question.most:
        raise InvalidAnswer(f"At most {question.most:f}.")
    return number


def _number(question: Question, text: str) -> int | float:
    number = _decimal(question, text, "12 or 1,200.5")
    return int(number) if number == number.to_integral_value() else float(number)


def _money(question: Question, text: str) -> str:
    amount = _decimal(question, _CURRENCY.sub("", text).strip(), "1200 or 1,200.50")
    if amount < 0:
        raise InvalidAnswer("An amount can't be below zero.")
    if amount != amount.quantize(Decimal("0.01")):
        raise InvalidAnswer("An amount has two decimals at most.")
    return f"{amount:.2f}"


def _date(_: Question, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InvalidAnswer("Write a date as year-month-day, such as 2026-03-31.") from None


def _text(_: Question, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise InvalidAnswer(f"Keep it under {MAX_TEXT:,} characters.")
    if "\0" in text:
        raise InvalidAnswer("That is not text.")
    return text.replace("\r\n", "\n")


def _yes_no(_: Question, text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise InvalidAnswer("Answer yes or no.")
    return text.lower() == "yes"


_READERS: Mapping[QuestionType, Callable[[Question, str], AnswerValue]] = {
    QuestionType.CHOICE: _choice,
    QuestionType.NUMBER: _number,
    QuestionType.MONEY: _money,
    QuestionType.DATE: _date,
    QuestionType.TEXT: _text,
    QuestionType.YES_NO: _yes_no,
}
