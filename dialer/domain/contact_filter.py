"""A campaign's filter: conditions on fields of its contacts, all of which one meets to be dialled.

A field is a column of every contact or, after "custom.", one of the further columns of a call list.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Comparison(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"  # of several, parted by commas
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    LESS_THAN = "less_than"  # of numbers; what is none is neither less nor more
    MORE_THAN = "more_than"
    EMPTY = "empty"
    FILLED = "filled"


WORDS: Mapping[Comparison, str] = {
    Comparison.IS: "is",
    Comparison.IS_NOT: "is not",
    Comparison.ONE_OF: "is one of",
    Comparison.CONTAINS: "contains",
    Comparison.STARTS_WITH: "starts with",
    Comparison.LESS_THAN: "is less than",
    Comparison.MORE_THAN: "is more than",
    Comparison.EMPTY: "is empty",
    Comparison.FILLED: "is not empty",
}
OF_NUMBERS = frozenset({Comparison.LESS_THAN, Comparison.MORE_THAN})
WITHOUT_VALUE = frozenset({Comparison.EMPTY, Comparison.FILLED})
COLUMNS: Mapping[str, str] = {
    "phone": "Phone",
    "first_name": "First name",
    "last_name": "Last name",
    "full_name": "Whole name",
    "company": "Company",
    "title": "Title",
    "email": "E-mail",
    "address": "Address",
    "city": "City",
    "state_code": "State",
    "postal_code": "Postal code",
    "country": "Country",
    "external_id": "Their own id",
    "attempts_made": "Attempts made",
}
CUSTOM = "custom."
NUMBER = r"^\s*-?\d{1,15}(\.\d{1,9})?\s*$"
CONDITIONS_AT_MOST, LONGEST = 20, 500


class ConditionError(ValueError):
    """A condition that says nothing; told so that a person can put it right."""


@dataclass(frozen=True)
class Condition:
    field: str
    comparison: Comparison
    value: str

    @property
    def values(self) -> tuple[str, ...]:
        """What is compared with, in small letters."""
        parts = self.value.split(",") if self.comparison is Comparison.ONE_OF else [self.value]
        return tuple(text for part in parts if (text := part.strip().lower()))

    def as_json(self) -> dict[str, str]:
        return {"field": self.field, "is": self.comparison.value, "value": self.value}


def read(raw: Iterable[Mapping[str, object]]) -> tuple[Condition, ...]:
    """Raises `ConditionError`."""
    conditions = tuple(_read_one(one) for one in raw)
    if len(conditions) > CONDITIONS_AT_MOST:
        raise ConditionError(f"A filter has at most {CONDITIONS_AT_MOST} conditions.")
    return conditions


def words(conditions: Sequence[Condition]) -> str:
    return " and ".join(
        f"{label(one.field)} {WORDS[one.comparison]} {one.value}".strip() for one in conditions
    )


def label(field: str) -> str:
    return COLUMNS.get(field) or field.removeprefix(CUSTOM).replace("_", " ")


def _read_one(raw: Mapping[str, object]) -> Condition:
    field, told, value = (str(raw.get(key, "")).strip() for key in ("field", "is", "value"))
    if field not in COLUMNS and not (field.startswith(CUSTOM) and 0 < len(field) - len(CUSTOM) <= LONGEST):
        raise ConditionError(f"Contacts have no field “{field}”.")
    if told not in set(Comparison):
        raise ConditionError(f"“{label(field)}” can't be compared with “{told}”.")
    condition = Condition(field, Comparison(told), value)
    if condition.comparison in WITHOUT_VALUE:
        return Condition(field, condition.comparison, "")
    if not condition.values or len(value) > LONGEST:
        raise ConditionError(f"Say what “{label(field)}” is compared with, in at most {LONGEST} characters.")
    if condition.comparison in OF_NUMBERS and not re.match(NUMBER, value):
        raise ConditionError(f"“{label(field)}” is compared with a number here, and “{value}” is none.")
    return condition
