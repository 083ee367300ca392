"""One row of a call list: a draft of a contact, or a refusal with column, value and reason.

Pure and total: every row becomes one of the two, whatever its cells hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dialer.domain.list_mapping import ContactField, ListMapping
from dialer.domain.phone import PhoneFault, read_phone
from dialer.domain.place import country_code, restored_postal_code, state_code, zones_of

_LONGEST_STATE, _LONGEST_POSTAL_CODE = 40, 16


class RefusalReason(StrEnum):
    NO_PHONE = "no_phone"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID_PHONE = "invalid_phone"
    NOT_A_NUMBER = "not_a_number"
    ROUNDED = "rounded"
    DO_NOT_CALL = "do_not_call"
    UNKNOWN_COUNTRY = "unknown_country"
    TOO_MANY_CELLS = "too_many_cells"


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact as the list tells it; `zones` are all in which one of its numbers or its address may be."""

    line: int
    phones: tuple[str, ...]
    """In E.164, the main one first; at least one."""
    extension: str = ""
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    company: str = ""
    title: str = ""
    email: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = "US"
    zones: tuple[str, ...] = ()
    external_id: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    """Every other cell that isn't blank, by the column's key; source and note among them."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    line: int
    column: str
    value: str
    reason: RefusalReason
    message: str


# The gravest first: of a row with several faults this is the one that is told.
_REFUSALS = {
    PhoneFault.DO_NOT_CALL: (RefusalReason.DO_NOT_CALL, "The remark beside the number says not to call it."),
    PhoneFault.TOO_SHORT: (
        RefusalReason.TOO_SHORT,
        "Too few digits for a number in {country}; digits or the area code are missing.",
    ),
    PhoneFault.TOO_LONG: (
        RefusalReason.TOO_LONG,
        "Too many digits for one number in {country}; write two numbers with a slash or semicolon between.",
    ),
    PhoneFault.INVALID: (
        RefusalReason.INVALID_PHONE,
        "No such number is in use in {country}; one from elsewhere begins with + and its country's code.",
    ),
    PhoneFault.NOT_A_NUMBER: (RefusalReason.NOT_A_NUMBER, "This is text, not a telephone number."),
    PhoneFault.ROUNDED: (
        RefusalReason.ROUNDED,
        "A spreadsheet rounded the number and its last digits are lost; format the column as text.",
    ),
    PhoneFault.BLANK: (RefusalReason.NO_PHONE, "The row has no telephone number."),
}


class RowReader:
    """Reads the rows of one list by its mapping; `country` is that of rows that name none."""

    def __init__(self, mapping: ListMapping, country: str) -> None:
        known = country_code(country)
        if known is None:
            raise ValueError(f"There is no country “{country}”; use its two letters, such as US or FR.")
        self._mapping = mapping
        self._country = known
        self._phone_columns = (mapping.columns[ContactField.PHONE], *mapping.other_phones)
        kept = {
            f: mapping.columns[f] for f in (ContactField.SOURCE, ContactField.NOTE) if f in mapping.columns
        }
        self._custom = tuple(mapping.custom.items()) + tuple((f.value, n) for f, n in kept.items())

    def read(self, line: int, cells: Sequence[str]) -> ContactDraft | RefusedRow:
        if len(cells) > len(self._mapping.headers):
            return self._refused_as_too_long(line, cells)
        clean = [cell.replace("\x00", "").strip() for cell in cells]
        clean += [""] * (len(self._mapping.headers) - len(clean))
        named = self._cell(clean, ContactField.COUNTRY)
        country = country_code(named) if named else self._country
        if country is None:
            message = "No country of this name is known; use its two letters, such as US or FR."
            return self._refused(
                line,
                self._mapping.columns[ContactField.COUNTRY],
                named,
                RefusalReason.UNKNOWN_COUNTRY,
                message,
            )
        reads = [read_phone(clean[column], country) for column in self._phone_columns]
        phones = tuple(dict.fromkeys(number for read in reads for number in read.numbers))
        faults = {
            read.fault: column for column, read in zip(self._phone_columns[::-1], reads[::-1], strict=True)
        }
        if phones and PhoneFault.DO_NOT_CALL not in faults:
            extension = next(read.extension for read in reads if read.numbers)
            return self._draft(line, clean, country, phones, extension)
        fault = next(fault for fault in _REFUSALS if fault in faults)
        column = faults[fault]
        reason, message = _REFUSALS[fault]
        return self._refused(line, column, clean[column], reason, message.format(country=country))

    def _draft(
        self, line: int, cells: Sequence[str], country: str, phones: tuple[str, ...], extension: str
    ) -> ContactDraft:
        custom = {key: cells[column] for key, column in self._custom if cells[column]}
        state = self._cell(cells, ContactField.STATE)
        postal_code = restored_postal_code(self._cell(cells, ContactField.POSTAL_CODE), country)
        zones = {zone for phone in phones for zone in zones_of(phone, state, postal_code, country)}
        if country in ("US", "CA"):
            state = state_code(state) or state
        if len(state) > _LONGEST_STATE:
            custom["state"], state = state, ""
        if len(postal_code) > _LONGEST_POSTAL_CODE:
            custom["postal_code"], postal_code = postal_code, ""
        first_name = self._cell(cells, ContactField.FIRST_NAME)
        last_name = self._cell(cells, ContactField.LAST_NAME)
        return ContactDraft(
            line=line,
            phones=phones,
            extension=extension,
            first_name=first_name,
            last_name=last_name,
            name=self._cell(cells, ContactField.NAME) or f"{first_name} {last_name}".strip(),
            company=self._cell(cells, ContactField.COMPANY),
            title=self._cell(cells, ContactField.TITLE),
            email=self._cell(cells, ContactField.EMAIL),
            address=self._cell(cells, ContactField.ADDRESS),
            city=self._cell(cells, ContactField.CITY),
            state=state,
            postal_code=postal_code,
            country=country,
            zones=tuple(sorted(zones)),
            external_id=self._cell(cells, ContactField.EXTERNAL_ID),
            custom=custom,
        )

    def _cell(self, cells: Sequence[str], wanted: ContactField) -> str:
        column = self._mapping.columns.get(wanted)
        return "" if column is None else cells[column]

    def _refused(self, line: int, column: int, value: str, reason: RefusalReason, message: str) -> RefusedRow:
        return RefusedRow(line, self._mapping.headers[column], value, reason, message)

    def _refused_as_too_long(self, line: int, cells: Sequence[str]) -> RefusedRow:
        """A cell with the delimiter in it, not quoted, moves all that follow it one column on."""
        columns = len(self._mapping.headers)
        message = (
            f"The row has {len(cells)} cells and the list {columns} columns; put quotes around a cell "
            "that holds the delimiter."
        )
        surplus = " | ".join(cell.strip() for cell in cells[columns:])
        return RefusedRow(line, "", surplus, RefusalReason.TOO_MANY_CELLS, message)
