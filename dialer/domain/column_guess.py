"""What one column of a list is likely to hold: by the words of its name, and by what is in its cells."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from dialer.domain import list_vocabulary as vocabulary
from dialer.domain.list_vocabulary import ContactField
from dialer.domain.phone import read_phone
from dialer.domain.place import country_code, state_code

SURE_ENOUGH = 0.6  # of a column's name
HOLDS_WHAT_IT_SAYS = 0.5  # the share of the cells that must fit the name
SPEAKS_FOR_ITSELF = 0.8  # the share of the cells that must fit where the name says nothing

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_POSTAL_CODE = re.compile(r"(?=.*\d)[\w -]{3,10}")
_LETTER = re.compile(r"[^\W\d_]")
_SHORTEST_PHONE = 6  # digits
_AN_ORGANISATION_HAS = frozenset(
    {
        ContactField.PHONE,
        ContactField.COMPANY,
        ContactField.ADDRESS,
        ContactField.CITY,
        ContactField.STATE,
        ContactField.POSTAL_CODE,
        ContactField.EXTERNAL_ID,
        ContactField.EMAIL,
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A field that a column's name may mean, how sure that is, and the words that say whose it is."""

    field: ContactField
    sure: float
    owner: frozenset[str]


def readings(words: Sequence[str], owner: frozenset[str] = frozenset()) -> Iterator[Reading]:
    """Every field that the name may mean. Words in `owner` are known to say whose it is and cost nothing."""
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + vocabulary.LONGEST_NAME) + 1):
            found = vocabulary.NAMES.get(" ".join(words[start:end]))
            if found is None:
                continue
            field, sure = found
            rest = {*words[:start], *words[end:]}
            if rest & vocabulary.NEVER.get(field, frozenset()):
                continue
            named_after = rest & vocabulary.ORGANISATION
            if field == ContactField.NAME and named_after:
                field, rest = ContactField.COMPANY, rest - named_after
            whose = frozenset(rest | named_after) - vocabulary.NOISE - vocabulary.USUAL
            cost = sum(_cost(word, field) for word in rest - owner)
            yield Reading(field, max(0.0, sure - cost), frozenset(w for w in whose if not w.isdigit()))


def _cost(word: str, field: ContactField) -> float:
    """How much less sure a further word in its name makes a column."""
    if word in vocabulary.NOISE:
        return 0.0
    if word in vocabulary.SOMEBODY_ELSE:
        return 0.6
    if word in vocabulary.USUAL:
        return 0.05
    if word in vocabulary.ORGANISATION and field in _AN_ORGANISATION_HAS:
        return 0.15
    if word.isdigit():
        return 0.3
    return 0.2 if field == ContactField.PHONE else 0.5


def fit(field: ContactField, cells: Sequence[str], country: str) -> float:
    """The share of the cells that can be what the field holds; 1 when there are none to tell."""
    if not cells:
        return 1.0
    if field == ContactField.EXTERNAL_ID:
        return len({*cells}) / len(cells)
    test = _TESTS.get(field)
    return 1.0 if test is None else _share(test(cell, country) for cell in cells)


def may_be_phones(cells: Sequence[str]) -> bool:
    """Whether the cells have digits enough to be telephone numbers of some country."""
    long_enough = _share(sum(map(str.isdigit, cell)) >= _SHORTEST_PHONE for cell in cells)
    return not cells or long_enough >= HOLDS_WHAT_IT_SAYS


def _share(tests: Iterable[bool]) -> float:
    results = [*tests]
    return sum(results) / len(results) if results else 0.0


def _is_phone(cell: str, country: str) -> bool:
    return bool(read_phone(cell, country).numbers)


def _is_email(cell: str, country: str) -> bool:
    return _EMAIL.fullmatch(cell) is not None


def _is_postal_code(cell: str, country: str) -> bool:
    return _POSTAL_CODE.fullmatch(cell) is not None


def _is_state(cell: str, country: str) -> bool:
    return state_code(cell) is not None if country in ("US", "CA") else _has_letters(cell, country)


def _is_country(cell: str, country: str) -> bool:
    return country_code(cell) is not None


def _has_letters(cell: str, country: str) -> bool:
    return _LETTER.search(cell) is not None


_TESTS: dict[ContactField, Callable[[str, str], bool]] = {
    ContactField.PHONE: _is_phone,
    ContactField.EMAIL: _is_email,
    ContactField.POSTAL_CODE: _is_postal_code,
    ContactField.STATE: _is_state,
    ContactField.COUNTRY: _is_country,
    ContactField.NAME: _has_letters,
    ContactField.FIRST_NAME: _has_letters,
    ContactField.LAST_NAME: _has_letters,
    ContactField.COMPANY: _has_letters,
    ContactField.CITY: _has_letters,
}

# Fields that are known by what the cells hold, where the column has no name.
TOLD_BY_CONTENT = (ContactField.EMAIL, ContactField.STATE, ContactField.POSTAL_CODE)
