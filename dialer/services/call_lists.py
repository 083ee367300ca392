"""Loading a call list: every row becomes a contact, refreshes one, or is kept with why it did not.

The five counts (new, updated, duplicate, suppressed, invalid) add up to the rows read. The whole
load is one transaction: it is there, or it never was.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlmodel import Session

from dialer.core.errors import Invalid
from dialer.domain.list_mapping import ListMapping, MappingError, guess_mapping
from dialer.domain.list_rows import ContactDraft, RefusedRow, RowReader
from dialer.domain.place import country_code
from dialer.services import contact_filters
from dialer.services.known_numbers import Known, KnownToCampaign, NothingKnown
from dialer.services.list_files import ListFile
from dialer.store import audit, campaigns
from dialer.store import call_lists as lists
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact

CHUNK = 1000
DUPLICATE, SUPPRESSED = "duplicate", "suppressed"
Progress = Callable[[int], None]
"""Told the bytes read so far."""


@dataclass(frozen=True)
class Load:
    """What a person says of a list when loading it."""

    name: str
    country: str = "US"
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field to column name, where the guess is to be overruled."""
    user_id: int | None = None


@dataclass
class Report:
    rows: int = 0
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    suppressed: int = 0
    invalid: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    mapping: Mapping[str, str] = field(default_factory=dict)
    call_list_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        return vars(self) | {"reasons": dict(self.reasons), "mapping": dict(self.mapping)}


@dataclass(frozen=True)
class Refusal:
    """A row that becomes no contact."""

    line: int
    column: str
    value: str
    reason: str
    message: str
    row: Sequence[str]


Change = tuple[Contact, ContactDraft]


@dataclass
class Chunk:
    """Some rows, sorted."""

    fresh: list[ContactDraft] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def add(self, sorted_row: "ContactDraft | Change | Refusal") -> None:
        match sorted_row:
            case ContactDraft():
                self.fresh.append(sorted_row)
            case Refusal():
                self.refused.append(sorted_row)
            case change:
                self.changed.append(change)


def mapping_of(file: ListFile, load: Load) -> ListMapping:
    """Raises `Invalid` when no column holds telephone numbers, an override names none, or there is no
    such country."""
    if country_code(load.country) is None:
        raise Invalid(f"There is no country “{load.country}”; use its two letters, such as US or FR.")
    try:
        return guess_mapping(file.headers, file.sample(), load.country, load.columns)
    except MappingError as error:
        raise Invalid(str(error)) from error


def assess(file: ListFile, load: Load, progress: Progress | None = None) -> Report:
    """What a load would bring, going by the file alone. Writes nothing."""
    mapping = mapping_of(file, load)
    report = Report(mapping=mapping.named())
    for chunk in _Sorter(file, mapping, load.country, NothingKnown()).chunks(progress):
        _count(report, chunk)
    return report


def load(
    session: Session,
    campaign: Campaign,
    file: ListFile,
    said: Load,
    now: datetime,
    progress: Progress | None = None,
) -> Report:
    mapping = mapping_of(file, said)
    report = Report(mapping=mapping.named())
    call_list = CallList(
        campaign_id=campaign.id,
        name=said.name,
        country=said.country,
        headers=list(file.headers),
        mapping=mapping.named(),
        counts={},
        imported_by_id=said.user_id,
        imported_at=now,
    )
    campaigns.lock_loading(session, campaign.id)
    session.add(call_list)
    session.flush()
    known = KnownToCampaign(session, campaign, now)
    for chunk in _Sorter(file, mapping, said.country, known).chunks(progress):
        _write(session, campaign, call_list, chunk, now)
        _count(report, chunk)
    contact_filters.apply_to_load(session, campaign, now)
    report.call_list_id = call_list.id
    call_list.counts = {key: value for key, value in report.as_json().items() if key != "mapping"}
    audit.note(session, now, said.user_id, "list_loaded", f"call list {call_list.id}", rows=report.rows)
    return report


class _Sorter:
    """Sorts rows a chunk at a time; a number that came before in the file is a duplicate."""

    def __init__(self, file: ListFile, mapping: ListMapping, country: str, known: Known) -> None:
        self._file, self._known = file, known
        self._reader = RowReader(mapping, country)
        self._seen: set[str] = set()

    def chunks(self, progress: Progress | None) -> Iterator[Chunk]:
        rows = self._file.rows()
        while some := list(islice(rows, CHUNK)):
            read = [(row, self._reader.read(line, row)) for line, row in some]
            phones = [item.phones[0] for _, item in read if isinstance(item, ContactDraft)]
            contacts, suppressed = self._known.contacts(phones), self._known.suppressions(phones)
            chunk = Chunk()
            for row, item in read:
                if isinstance(item, RefusedRow):
                    refusal = Refusal(
                        item.line, item.column, item.value, item.reason.value, item.message, row
                    )
                    chunk.add(refusal)
                else:
                    chunk.add(self._place(row, item, contacts, suppressed))
            yield chunk
            if progress is not None:
                progress(self._file.bytes_read)

    def _place(
        self,
        row: Sequence[str],
        draft: ContactDraft,
        contacts: Mapping[str, Contact],
        suppressed: Mapping[str, str],
    ) -> ContactDraft | Change | Refusal:
        phone = draft.phones[0]
        came_before = phone in self._seen
        self._seen.add(phone)
        if phone in suppressed:
            return _refusal(row, draft, SUPPRESSED, f"It is on {suppressed[phone]}.")
        if came_before:
            return _refusal(row, draft, DUPLICATE, "The number came before in this file.")
        contact = contacts.get(phone)
        if contact is None:
            return draft
        if _differs(contact, draft):
            return contact, draft
        return _refusal(row, draft, DUPLICATE, "The campaign has this contact already.")


def _refusal(row: Sequence[str], draft: ContactDraft, reason: str, message: str) -> Refusal:
    return Refusal(draft.line, "", draft.phones[0], reason, message, row)


FIELDS = (
    "extension", "first_name", "last_name", "company", "title", "email", "address", "city",
    "postal_code", "country", "external_id",
)  # fmt: skip


def _columns(draft: ContactDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in FIELDS} | {
        "full_name": draft.name,
        "state_code": draft.state,
        "custom": dict(draft.custom),
        "zones": list(draft.zones),
        "other_phones": list(draft.phones[1:]),
    }


def _differs(contact: Contact, draft: ContactDraft) -> bool:
    return any(getattr(contact, name) != value for name, value in _columns(draft).items())


def _write(session: Session, campaign: Campaign, call_list: CallList, chunk: Chunk, now: datetime) -> None:
    session.add_all(
        Contact(
            campaign_id=campaign.id,
            call_list_id=call_list.id,
            phone=draft.phones[0],
            next_call_at=now,
            created_at=now,
            updated_at=now,
            **_columns(draft),
        )
        for draft in chunk.fresh
    )
    for contact, draft in chunk.changed:
        for name, value in _columns(draft).items():
            setattr(contact, name, value)
        contact.updated_at = now
    session.add_all(
        lists.RefusedRow(
            call_list_id=call_list.id,
            line=refused.line,
            column=refused.column,
            value=refused.value,
            reason=refused.reason,
            message=refused.message,
            row=list(refused.row),
        )
        for refused in chunk.refused
    )
    session.flush()


def _count(report: Report, chunk: Chunk) -> None:
    reasons = Counter(refusal.reason for refusal in chunk.refused)
    report.rows += len(chunk.fresh) + len(chunk.changed) + len(chunk.refused)
    report.new += len(chunk.fresh)
    report.updated += len(chunk.changed)
    report.duplicate += reasons.pop(DUPLICATE, 0)
    report.suppressed += reasons.pop(SUPPRESSED, 0)
    report.invalid += reasons.total()
    report.reasons += reasons


def refused_csv_rows(headers: Iterable[str], refused: Iterable[lists.RefusedRow]) -> Iterator[list[str]]:
    """The refused rows as they came, with line, reason and message before them."""
    yield ["line", "reason", "message", "column", "value", *headers]
    for row in refused:
        yield [str(row.line), row.reason, row.message, row.column, row.value, *row.row]
