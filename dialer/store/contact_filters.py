"""A campaign's filter as PostgreSQL reads it: whom it lets through, and the mark of those it leaves out."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Numeric, String, and_, case, cast, literal
from sqlmodel import Session, col, func, select, update

from dialer.domain.contact import ContactState
from dialer.domain.contact_filter import CUSTOM, NUMBER, OF_NUMBERS, Comparison, Condition
from dialer.store.contacts import PRIORITY_CALL_BACK, Contact

KEYS_FROM = 1000
"""Contacts, the latest, in which names of further columns are looked for."""


def lets_through(conditions: Sequence[Condition]) -> ColumnElement[bool]:
    """Whether a contact meets them all; capital letters and blanks around do not count."""
    return and_(literal(True), *(_meets(one) for one in conditions))


def _meets(condition: Condition) -> ColumnElement[bool]:
    text = func.lower(func.trim(_text(condition.field)))
    values = condition.values
    match condition.comparison:
        case Comparison.IS | Comparison.ONE_OF:
            return text.in_(values)
        case Comparison.IS_NOT:
            return text.not_in(values)
        case Comparison.CONTAINS:
            return text.contains(values[0], autoescape=True)
        case Comparison.STARTS_WITH:
            return text.startswith(values[0], autoescape=True)
        case Comparison.EMPTY:
            return text == ""
        case Comparison.FILLED:
            return text != ""
    return _is_beyond(condition, text)


def _is_beyond(condition: Condition, text: ColumnElement[str]) -> ColumnElement[bool]:
    assert condition.comparison in OF_NUMBERS
    number = case((text.op("~")(NUMBER), cast(text, Numeric)))
    limit = cast(literal(condition.values[0]), Numeric)
    found = number < limit if condition.comparison is Comparison.LESS_THAN else number > limit
    return func.coalesce(found, False)


def _text(field: str) -> ColumnElement[str]:
    if field.startswith(CUSTOM):
        return func.coalesce(col(Contact.custom)[field.removeprefix(CUSTOM)].astext, "")
    return cast(getattr(Contact, field), String)


def count(session: Session, campaign_id: int, conditions: Sequence[Condition]) -> tuple[int, int]:
    """How many of the campaign's contacts that are not closed it lets through, and of how many."""
    row = session.exec(
        select(func.count().filter(lets_through(conditions)), func.count()).where(
            Contact.campaign_id == campaign_id, Contact.state != ContactState.CLOSED
        )
    ).one()
    return row[0], row[1]


def mark(
    session: Session, campaign_id: int, conditions: Sequence[Condition], after: int, at_most: int
) -> int | None:
    """Mark whom it leaves out, among the next `at_most` contacts after the id `after`; the id to go on
    from, None at the end. Whoever was promised a call is never left out."""
    ids = select(Contact.id).where(Contact.campaign_id == campaign_id, Contact.id > after)
    some = ids.order_by(col(Contact.id)).limit(at_most).subquery()
    last = session.exec(select(func.max(some.c.id))).one()
    if last is None:
        return None
    within = (col(Contact.id) > after) & (col(Contact.id) <= last)
    _mark(session, campaign_id, conditions, within)
    return int(last)


def mark_written(
    session: Session, campaign_id: int, conditions: Sequence[Condition], written_at: datetime
) -> None:
    """The same of the contacts that a load wrote."""
    _mark(session, campaign_id, conditions, col(Contact.updated_at) == written_at)


def _mark(
    session: Session, campaign_id: int, conditions: Sequence[Condition], within: ColumnElement[bool]
) -> None:
    is_left_out = and_(col(Contact.priority) > PRIORITY_CALL_BACK, ~lets_through(conditions))
    session.exec(
        update(Contact)
        .where(
            col(Contact.campaign_id) == campaign_id,
            col(Contact.state) != ContactState.CLOSED,
            within,
            col(Contact.is_left_out) != is_left_out,
        )
        .values(is_left_out=is_left_out)
        .execution_options(synchronize_session=False)
    )


def custom_keys(session: Session, campaign_id: int) -> Sequence[str]:
    """Names of further columns that the campaign's latest contacts have."""
    latest = (
        select(Contact.custom)
        .where(Contact.campaign_id == campaign_id)
        .order_by(col(Contact.id).desc())
        .limit(KEYS_FROM)
        .subquery()
    )
    keys = select(func.jsonb_object_keys(latest.c.custom)).distinct()
    return sorted(str(key) for key in session.exec(keys))
