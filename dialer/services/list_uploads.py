"""A call list on its way in: kept when it is sent, shown as it will be read, loaded once.

What can't be a list is refused when it is sent; a mapping that can't be read is told with the rows
still to see, so that it can be put right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlmodel import Session

from dialer.core.errors import Invalid, InvalidFields, NotFound
from dialer.domain.list_mapping import ContactField, ListMapping
from dialer.domain.list_rows import ContactDraft, RefusedRow, RowReader
from dialer.domain.place import country_code
from dialer.services import call_lists
from dialer.services.call_lists import Load
from dialer.services.list_files import ListFile, open_list
from dialer.store import call_lists as lists
from dialer.store.call_lists import ListUpload
from dialer.store.campaigns import Campaign

MOST_BYTES = 50 * 1024 * 1024
KEPT = timedelta(days=1)
ROWS_SHOWN = 20
SURE = 0.7
DELIMITER_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
CHOOSE_PHONE = "Choose the column with the telephone numbers"


@dataclass(frozen=True)
class FieldChoice:
    name: str
    label: str
    required: bool
    column: str
    hint: str


@dataclass(frozen=True)
class ShownRow:
    line: int
    cells: Mapping[str, str]
    phone: str = ""
    zone: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Preview:
    """`supervisor/list_preview.html` says what each name means there."""

    columns: Sequence[str]
    row_count: int
    is_estimate: bool
    form_words: str
    fields: Sequence[FieldChoice]
    shown: Sequence[tuple[str, str]]
    rows: Sequence[ShownRow] = field(default=())
    error: str = ""


def keep(
    session: Session,
    campaign: Campaign | None,
    name: str,
    country: str,
    file_name: str,
    content: bytes,
    user_id: int,
    now: datetime,
) -> ListUpload:
    """Keep the file for a day. Raises `InvalidFields` when it can't be a list, or what was said of
    it can't be."""
    errors = {}
    if campaign is None:
        errors["campaign"] = "Choose the campaign that will dial the list."
    if country_code(country) is None:
        errors["country"] = "Choose the country of numbers written without one."
    if len(name) > 200:
        errors["name"] = "A name has at most 200 characters."
    if problem := _problem(content):
        errors["file"] = problem
    if errors or campaign is None:
        raise InvalidFields(errors)
    lists.drop_uploads_before(session, now - KEPT)
    upload = ListUpload(
        campaign_id=campaign.id,
        name=name.strip() or file_name.rpartition(".")[0][:200] or "Call list",
        country=country,
        file_name=file_name[-255:],
        content=content,
        uploaded_by_id=user_id,
        uploaded_at=now,
    )
    session.add(upload)
    session.flush()
    return upload


def find(session: Session, upload_id: UUID, *, locked: bool = False) -> ListUpload:
    found = lists.lock_upload(session, upload_id) if locked else session.get(ListUpload, upload_id)
    if found is None:
        raise NotFound("This upload is gone: a file is kept for a day. Send it again.")
    return found


def preview(upload: ListUpload, chosen: Mapping[str, str] | None = None) -> Preview:
    """The file as it would be read with the columns `chosen`, or as guessed."""
    file = open_list(upload.content)
    error, mapping = "", None
    try:
        mapping = call_lists.mapping_of(file, _said(upload, file, chosen))
    except Invalid as problem:
        error = str(problem)
    return Preview(
        columns=file.headers,
        row_count=file.row_count_estimate,
        is_estimate=file.size > 256 * 1024,
        form_words=f"{DELIMITER_WORDS[file.delimiter]}, {file.encoding.removesuffix('-sig').upper()}",
        fields=_fields(mapping, chosen or {}),
        shown=[(item.value, label_of(item)) for item in mapping.columns]
        if mapping
        else [(header, header) for header in file.headers],
        rows=_rows(file, mapping, upload.country),
        error=error,
    )


def load(session: Session, upload: ListUpload, chosen: Mapping[str, str], now: datetime) -> int:
    """Load the file with the columns `chosen`; the id of its call list. Sent twice, the second finds
    the list that is there. Raises `Invalid`, and then nothing was written."""
    if upload.call_list_id is not None:
        return upload.call_list_id
    file = open_list(upload.content)
    campaign = session.get_one(Campaign, upload.campaign_id)
    with session.begin_nested():
        report = call_lists.load(session, campaign, file, _said(upload, file, chosen), now)
    if report.call_list_id is None:
        raise LookupError("a load without a call list")
    upload.call_list_id, upload.content = report.call_list_id, b""
    return report.call_list_id


def _problem(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        megabytes = MOST_BYTES // 1024 // 1024
        return f"The file is larger than {megabytes} MB; split it, or load it with `dialer import-list`."
    try:
        open_list(content)
    except Invalid as error:
        return str(error)
    return ""


def _said(upload: ListUpload, file: ListFile, chosen: Mapping[str, str] | None) -> Load:
    """What was chosen against the guess: a field left as it was guessed stays a guess, with all
    that the guess knows, such as further columns of numbers."""
    load = Load(upload.name, upload.country, {}, upload.uploaded_by_id)
    if chosen is None:
        return load
    try:
        guess = call_lists.mapping_of(file, load).named()
    except Invalid:
        guess = {}
    told = {name: column for name, column in chosen.items() if column != guess.get(name, "")}
    return Load(upload.name, upload.country, told, upload.uploaded_by_id)


def _fields(mapping: ListMapping | None, chosen: Mapping[str, str]) -> list[FieldChoice]:
    named = mapping.named() if mapping else chosen
    return [
        FieldChoice(
            name=item.value,
            label=label_of(item),
            required=item is ContactField.PHONE,
            column=named.get(item.value, ""),
            hint=_hint(item, mapping) if mapping else "",
        )
        for item in ContactField
    ]


def label_of(item: ContactField) -> str:
    return {"email": "E-mail", "external_id": "Their own id"}.get(item, item.replace("_", " ").capitalize())


def _hint(item: ContactField, mapping: ListMapping) -> str:
    if item is ContactField.PHONE and mapping.other_phones:
        return "Further numbers: " + ", ".join(mapping.headers[column] for column in mapping.other_phones)
    return "Not sure; look at the rows below." if mapping.confidence.get(item, 1.0) < SURE else ""


def _rows(file: ListFile, mapping: ListMapping | None, country: str) -> list[ShownRow]:
    first = islice(file.rows(), ROWS_SHOWN)
    if mapping is None:
        return [
            ShownRow(line, dict(zip(file.headers, row, strict=False)), problem=CHOOSE_PHONE)
            for line, row in first
        ]
    reader = RowReader(mapping, country)
    return [_shown(reader.read(line, row), row, mapping) for line, row in first]


def _shown(item: ContactDraft | RefusedRow, row: Sequence[str], mapping: ListMapping) -> ShownRow:
    if isinstance(item, RefusedRow):
        cells = {name.value: row[column] for name, column in mapping.columns.items()}
        return ShownRow(item.line, cells, problem=item.message)
    cells = {
        name.value: str(getattr(item, name.value, item.custom.get(name.value, "")))
        for name in mapping.columns
    }
    zone = ", ".join(item.zones) or "not known: it would not be dialled"
    return ShownRow(item.line, cells, item.phones[0], zone)
