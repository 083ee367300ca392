"""Call lists that are loaded, as pages show them: their counts, and what became of one file's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dialer.core.errors import NotFound
from dialer.domain.list_mapping import ContactField
from dialer.domain.list_rows import RefusalReason
from dialer.services.list_uploads import label_of
from dialer.store import call_lists as lists
from dialer.store import contacts
from dialer.store.call_lists import CallList, RefusedRow
from dialer.store.campaigns import Campaign
from dialer.store.users import User

REFUSED_SHOWN = 50
REASON_WORDS = {
    RefusalReason.NO_PHONE: "No telephone number",
    RefusalReason.TOO_SHORT: "Too few digits",
    RefusalReason.TOO_LONG: "Too many digits",
    RefusalReason.INVALID_PHONE: "No such number",
    RefusalReason.NOT_A_NUMBER: "Text where a number should be",
    RefusalReason.ROUNDED: "Rounded by a spreadsheet",
    RefusalReason.DO_NOT_CALL: "Marked: do not call",
    RefusalReason.UNKNOWN_COUNTRY: "Unknown country",
    RefusalReason.TOO_MANY_CELLS: "More cells than columns",
}


@dataclass(frozen=True)
class ListLine:
    id: int
    name: str
    campaign: str
    campaign_slug: str
    country: str
    imported_at: datetime
    imported_by: str
    rows: int
    new: int
    updated: int
    duplicate: int
    suppressed: int
    invalid: int
    waiting: int
    """How many of its contacts still wait to be dialled."""
    weight: int


@dataclass(frozen=True)
class Result:
    """`supervisor/list_result.html` says what each name means there."""

    list: ListLine
    reasons: Sequence[tuple[str, int]]
    mapping: Sequence[tuple[str, str]]
    refused: Sequence[RefusedRow]
    refused_total: int


def page_of(session: Session, offset: int, limit: int, campaign_id: int | None = None) -> list[ListLine]:
    found = lists.page_of(session, offset, limit, campaign_id)
    waiting = contacts.waiting_by_list(session, [row.id for row, _, _ in found])
    return [_line(row, campaign, user, waiting.get(row.id, 0)) for row, campaign, user in found]


def result(session: Session, call_list_id: int) -> Result:
    """What became of one file's rows. Raises `NotFound`."""
    row = found(session, call_list_id)
    user = session.get(User, row.imported_by_id) if row.imported_by_id is not None else None
    waiting = contacts.waiting_by_list(session, [row.id]).get(row.id, 0)
    reasons = sorted(row.counts.get("reasons", {}).items(), key=lambda item: (-item[1], item[0]))
    return Result(
        list=_line(row, session.get_one(Campaign, row.campaign_id), user, waiting),
        reasons=[(REASON_WORDS[RefusalReason(reason)], count) for reason, count in reasons],
        mapping=[(label_of(item), row.mapping[item]) for item in ContactField if item in row.mapping],
        refused=lists.refused_rows(session, row.id, REFUSED_SHOWN),
        refused_total=lists.count_refused(session, row.id),
    )


def found(session: Session, call_list_id: int) -> CallList:
    row = session.get(CallList, call_list_id)
    if row is None:
        raise NotFound("There is no such call list.")
    return row


def _line(row: CallList, campaign: Campaign, user: User | None, waiting: int) -> ListLine:
    names = ("rows", "new", "updated", "duplicate", "suppressed", "invalid")
    return ListLine(
        id=row.id,
        name=row.name,
        campaign=campaign.name,
        campaign_slug=campaign.slug,
        country=row.country,
        imported_at=row.imported_at,
        imported_by=user.full_name if user else "",
        waiting=waiting,
        weight=row.weight,
        **{name: int(row.counts.get(name, 0)) for name in names},
    )
