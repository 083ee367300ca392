"""Which column of a list holds what: guessed from the columns' names and what they hold, or told.

The telephone column is found first. Words in its name that say whose it is ("Facility Phone Number") lead
to the rest, so that the operator's name is not taken for the facility's. Unsure columns stay custom fields.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from dialer.domain import column_guess
from dialer.domain.list_vocabulary import NEVER, ORGANISATION, ContactField, words_of

__all__ = ["ContactField", "ListMapping", "MappingError", "guess_mapping"]

_MOST_SAMPLE_ROWS = 200
_LONGEST_KEY = 60
_UNNAMED = re.compile(r"column_\d+")


class MappingError(ValueError):
    """No column holds telephone numbers, or an override names what isn't there."""


@dataclass(frozen=True, slots=True)
class ListMapping:
    """The columns (from 0) of the fields, how sure each is (0 to 1), and the keys of the custom fields."""

    headers: tuple[str, ...]
    columns: Mapping[ContactField, int]
    confidence: Mapping[ContactField, float]
    other_phones: tuple[int, ...]
    """Further columns of the same party's numbers."""
    custom: Mapping[str, int]

    def named(self) -> dict[str, str]:
        """Each field with the name of its column."""
        return {field.value: self.headers[column] for field, column in self.columns.items()}


@dataclass(frozen=True, slots=True)
class _Column:
    number: int
    header: str
    words: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Guess:
    column: int
    field: ContactField
    sure: float
    owner: frozenset[str] = frozenset()


def guess_mapping(
    headers: Sequence[str],
    sample_rows: Sequence[Sequence[str]],
    country: str,
    overrides: Mapping[str, str] | None = None,
) -> ListMapping:
    """The mapping of a list; `overrides` name a field's column, or "" for none.

    Raises MappingError when no column holds telephone numbers, and for an override that is wrong.
    """
    told = _told(headers, overrides or {})
    free = [column for column in _columns(headers, sample_rows) if column.number not in told.values()]
    phones = _phones(headers, free, country, told)
    free = [column for column in free if column.number not in {phone.column for phone in phones}]
    rest = _rest(free, country, phones[0].owner, told)
    said = [_Guess(column, field, 1.0) for field, column in told.items() if column is not None]
    best = {guess.field: guess for guess in (*phones[:1], *rest, *said)}
    found = {field: best[field] for field in ContactField if field in best}
    used = {guess.column for guess in (*found.values(), *phones)}
    return ListMapping(
        headers=tuple(headers),
        columns={field: guess.column for field, guess in found.items()},
        confidence={field: round(guess.sure, 2) for field, guess in found.items()},
        other_phones=tuple(guess.column for guess in phones[1:]),
        custom=_custom_keys(headers, used),
    )


def _columns(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[_Column]:
    some = rows[:_MOST_SAMPLE_ROWS]
    return [
        _Column(
            n,
            header,
            words_of(header),
            tuple(row[n].strip() for row in some if row[n : n + 1] and row[n].strip()),
        )
        for n, header in enumerate(headers)
    ]


def _told(headers: Sequence[str], overrides: Mapping[str, str]) -> dict[ContactField, int | None]:
    told: dict[ContactField, int | None] = {}
    for name, header in overrides.items():
        if name not in ContactField.__members__.values():
            raise MappingError(_unknown("field", name, list(ContactField)))
        told[ContactField(name)] = _number_of(header, headers) if header.strip() else None
    return told


def _number_of(name: str, headers: Sequence[str]) -> int:
    if name in headers:
        return headers.index(name)
    words = words_of(name)
    alike = [number for number, header in enumerate(headers) if words and words_of(header) == words]
    if not alike:
        raise MappingError(_unknown("column", name, headers))
    return alike[0]


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    lower = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), lower, n=1, cutoff=0.5)
    hint = f" Did you mean “{lower[near[0]]}”?" if near else ""
    return f"There is no {kind} “{name}”.{hint} The {kind}s are: {', '.join(known)}."


def _phones(
    headers: Sequence[str], free: Iterable[_Column], country: str, told: Mapping[ContactField, int | None]
) -> list[_Guess]:
    """The main telephone column, then further ones of the same party; one that was told stands alone."""
    if ContactField.PHONE in told:
        column = told[ContactField.PHONE]
        if column is not None:
            return [_Guess(column, ContactField.PHONE, 1.0, _owner(words_of(headers[column])))]
        guesses = []
    else:
        guesses = _phone_guesses(free, country)
    if not guesses:
        raise MappingError(
            "No column of this list holds telephone numbers; name the one that does as “phone”. "
            f"The columns are: {', '.join(headers)}."
        )
    main, *others = sorted(guesses, key=lambda guess: (-guess.sure, guess.column))
    return [main, *(other for other in others if other.owner <= main.owner | ORGANISATION)]


def _owner(words: Sequence[str]) -> frozenset[str]:
    phones = [reading for reading in column_guess.readings(words) if reading.field == ContactField.PHONE]
    return max(phones, key=lambda reading: reading.sure).owner if phones else frozenset()


def _phone_guesses(free: Iterable[_Column], country: str) -> list[_Guess]:
    """By name; if no column is named so, the one whose cells are numbers most."""
    named, unnamed = [], []
    for column in free:
        sure = {reading.field: reading.sure for reading in column_guess.readings(column.words)}
        fit = column_guess.fit(ContactField.PHONE, column.cells, country)
        if sure.get(ContactField.PHONE, 0) >= column_guess.SURE_ENOUGH:
            if column_guess.may_be_phones(column.cells):
                likely = sure[ContactField.PHONE] * fit
                named.append(_Guess(column.number, ContactField.PHONE, likely, _owner(column.words)))
        elif (
            column.cells
            and fit >= column_guess.SPEAKS_FOR_ITSELF
            and max(sure.values(), default=0) < column_guess.SURE_ENOUGH
            and not NEVER[ContactField.PHONE] & {*column.words}
        ):
            unnamed.append(_Guess(column.number, ContactField.PHONE, fit / 2))
    return named or sorted(unnamed, key=lambda guess: -guess.sure)[:1]


def _rest(
    free: Iterable[_Column], country: str, owner: frozenset[str], told: Iterable[ContactField]
) -> list[_Guess]:
    """The best column for every other field; each column serves one field."""
    candidates = [guess for column in free for guess in _guesses(column, country, owner)]
    chosen: dict[ContactField, _Guess] = {}
    for guess in sorted(candidates, key=lambda guess: (-guess.sure, guess.column)):
        taken = {other.column for other in chosen.values()}
        if guess.field not in (*chosen, *told, ContactField.PHONE) and guess.column not in taken:
            chosen[guess.field] = guess
    return [_half_of_a_name(guess, {*chosen, *told}) for guess in chosen.values()]


def _guesses(column: _Column, country: str, owner: frozenset[str]) -> Iterable[_Guess]:
    if _UNNAMED.fullmatch(column.header):
        for field in column_guess.TOLD_BY_CONTENT:
            fit = column_guess.fit(field, column.cells, country)
            if column.cells and fit >= column_guess.SPEAKS_FOR_ITSELF:
                yield _Guess(column.number, field, fit / 2)
        return
    for reading in column_guess.readings(column.words, owner):
        fit = column_guess.fit(reading.field, column.cells, country)
        if reading.sure >= column_guess.SURE_ENOUGH and fit >= column_guess.HOLDS_WHAT_IT_SAYS:
            yield _Guess(column.number, reading.field, reading.sure * fit)


def _half_of_a_name(guess: _Guess, fields: set[ContactField]) -> _Guess:
    """“Nom” beside “Prénom” is the last name, “Nombre” beside “Apellidos” the first."""
    if guess.field != ContactField.NAME:
        return guess
    has_first, has_last = ContactField.FIRST_NAME in fields, ContactField.LAST_NAME in fields
    if has_first == has_last:
        return guess
    return replace(guess, field=ContactField.LAST_NAME if has_first else ContactField.FIRST_NAME)


def _custom_keys(headers: Sequence[str], used: set[int]) -> dict[str, int]:
    """A tidy key, unlike any field's, for each column that is none: "Hospital Type" is hospital_type."""
    keys: dict[str, int] = {}
    for number, header in enumerate(headers):
        if number in used:
            continue
        plain = "_".join(words_of(header))[:_LONGEST_KEY].strip("_") or f"column_{number + 1}"
        plain = f"field_{plain}" if plain[0].isdigit() else plain
        key, count = plain, 1
        while key in keys or key in ContactField.__members__.values():
            count += 1
            key = f"{plain}_{count}"
        keys[key] = number
    return keys
