"""A campaign's filter: read from a form, counted before it is saved, and its mark put on every contact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dialer.core.errors import Invalid
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain import contact_filter
from dialer.domain.contact_filter import COLUMNS, CUSTOM, WORDS, Condition, ConditionError, label
from dialer.store import audit, contact_filters
from dialer.store.campaigns import Campaign

BATCH = 20_000
"""Contacts marked in one transaction: nobody waits for their locks for long."""
ROWS_TO_ADD = 2


@dataclass(frozen=True)
class FilterForm:
    """`supervisor/_filter.html` says what each name means there."""

    conditions: Sequence[Mapping[str, str]]
    fields: Sequence[tuple[str, str]]
    comparisons: Sequence[tuple[str, str]]
    left: int | None = None
    of: int = 0
    error: str = ""
    done: str = ""


def conditions_of(campaign: Campaign) -> tuple[Condition, ...]:
    return contact_filter.read(campaign.contact_filter)


def read(form: Mapping[str, str]) -> tuple[Condition, ...]:
    """Rows whose field is blank are none. Raises `Invalid`."""
    try:
        return contact_filter.read(row for row in _rows(form) if row["field"])
    except ConditionError as error:
        raise Invalid(str(error)) from error


def shown(
    session: Session,
    campaign: Campaign,
    conditions: Sequence[Mapping[str, str]] | None = None,
    *,
    error: str = "",
    done: str = "",
) -> FilterForm:
    told = list(campaign.contact_filter) if conditions is None else list(conditions)
    keys = {CUSTOM + key for key in contact_filters.custom_keys(session, campaign.id)}
    keys |= {row["field"] for row in told if row["field"].startswith(CUSTOM)}
    return FilterForm(
        conditions=[*told, *({"field": "", "is": "is", "value": ""} for _ in range(ROWS_TO_ADD))],
        fields=[*COLUMNS.items(), *((key, label(key)) for key in sorted(keys))],
        comparisons=[(one.value, words) for one, words in WORDS.items()],
        error=error,
        done=done,
    )


def counted(session: Session, campaign: Campaign, form: Mapping[str, str]) -> FilterForm:
    """The form as it was sent, with who is left by it; nothing is saved."""
    rows = [row for row in _rows(form) if row["field"]]
    try:
        left, of = contact_filters.count(session, campaign.id, read(form))
    except Invalid as error:
        return shown(session, campaign, rows, error=str(error))
    return FilterForm(**vars(shown(session, campaign, rows)) | {"left": left, "of": of})


def save(
    session: Session, campaign: Campaign, form: Mapping[str, str], user_id: int, now: datetime
) -> FilterForm:
    """The filter holds for contacts loaded from now on, and for the others as soon as they are marked."""
    try:
        conditions = read(form)
    except Invalid as error:
        return shown(session, campaign, [row for row in _rows(form) if row["field"]], error=str(error))
    wanted = [one.as_json() for one in conditions]
    if wanted != campaign.contact_filter:
        before, after = contact_filter.words(conditions_of(campaign)), contact_filter.words(conditions)
        subject = f"campaign {campaign.slug}"
        audit.note(session, now, user_id, "filter_set", subject, before=before, after=after)
        campaign.contact_filter = wanted
    enqueue_after_commit(session, Job.APPLY_FILTER, str(campaign.id))
    return shown(session, campaign, done="The filter is saved; contacts are marked in a moment.")


def mark_some(session: Session, campaign_id: int, after: int) -> int | None:
    """Mark a batch by the filter as it is now; the id to go on from, None at the end."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        return None
    return contact_filters.mark(session, campaign_id, conditions_of(campaign), after, BATCH)


def apply_to_load(session: Session, campaign: Campaign, written_at: datetime) -> None:
    if campaign.contact_filter:
        session.flush()
        contact_filters.mark_written(session, campaign.id, conditions_of(campaign), written_at)


def _rows(form: Mapping[str, str]) -> list[dict[str, str]]:
    count = contact_filter.CONDITIONS_AT_MOST + ROWS_TO_ADD
    return [
        {name: form.get(f"{name}_{n}", "").strip() for name in ("field", "is", "value")} for n in range(count)
    ]
