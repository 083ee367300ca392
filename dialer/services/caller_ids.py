"""A campaign's pool of numbers: which one a person is shown, how each does, and its changes.

The campaign's own caller id is the pool's main number and always in it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlmodel import Session

from dialer.core.errors import Conflict, Invalid, NotFound
from dialer.core.outbox import Channel, publish_after_commit
from dialer.domain import caller_id
from dialer.domain.caller_id import PoolNumber, Record, Tally
from dialer.services import account_numbers, reports
from dialer.services.numbers import e164
from dialer.store import audit, caller_ids, campaigns
from dialer.store.caller_ids import CallerId
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact

RATE_OVER = timedelta(days=7)


class AtHand:
    """The pool during one decision: counted once, when first needed, and kept up as calls are begun. Until
    the end of the transaction nobody else begins calls that show these numbers, which other campaigns may
    share: so none goes over its cap."""

    def __init__(self, session: Session, campaign: Campaign, now: datetime) -> None:
        self._session, self._campaign, self._now = session, campaign, now
        self._before: dict[int, str | None] = {}

    @cached_property
    def _pool(self) -> dict[str, PoolNumber]:
        caller_ids.hold(self._session, shown_by(self._session, self._campaign))
        return {number.phone: number for number in _counted(self._session, self._campaign, self._now)}

    def calls_left(self) -> int:
        cap = self._campaign.caller_id_calls_per_day
        return sum(number.calls_left(cap) for number in self._pool.values())

    def recall(self, contacts: Sequence[Contact]) -> None:
        """Look up at once what each of the contacts was shown before."""
        called = [contact.id for contact in contacts if contact.attempts_made]
        found = caller_ids.shown_before(self._session, called) if called else {}
        self._before |= {contact.id: found.get(contact.id) for contact in contacts}

    def choose(self, contact: Contact) -> str | None:
        if contact.id not in self._before:
            self.recall([contact])
        return caller_id.choose(
            list(self._pool.values()),
            self._campaign.caller_id_calls_per_day,
            contact.number,
            self._before[contact.id],
            self._campaign.local_presence,
        )

    def count(self, phone: str) -> None:
        """A call that shows the number was begun."""
        number = self._pool[phone]
        self._pool[phone] = replace(number, calls_today=number.calls_today + 1)


def _counted(session: Session, campaign: Campaign, now: datetime) -> list[PoolNumber]:
    return _counted_all(session, [campaign], now)[campaign.id]


def _counted_all(session: Session, of: Sequence[Campaign], now: datetime) -> Mapping[int, list[PoolNumber]]:
    """The pool of each campaign, with the calls of its own day: one question for each time zone."""
    rows = caller_ids.pools_and_whose(session, [campaign.id for campaign in of])
    phones = {row.phone for row, _ in rows}
    days = {campaign.id: reports.day_start(now, campaign.time_zone) for campaign in of}
    calls = {day: caller_ids.calls_since(session, phones, day) for day in set(days.values())}
    pools: dict[int, list[PoolNumber]] = {campaign.id: [] for campaign in of}
    for row, is_own in rows:
        calls_today = calls[days[row.campaign_id]].get(row.phone, 0)
        pools[row.campaign_id].append(PoolNumber(row.phone, calls_today, row.rested_at is not None, is_own))
    return pools


def why_none_left(session: Session, of: Sequence[Campaign], now: datetime) -> Mapping[int, str]:
    """Of the campaigns those that can show nobody a number now, by id: why, in words."""
    pools = _counted_all(session, of, now)
    told = {}
    for campaign in of:
        tomorrow = reports.day_of(now, campaign.time_zone) + timedelta(days=1)
        opens = reports.midnight(tomorrow, campaign.time_zone).astimezone(ZoneInfo(campaign.time_zone))
        why = caller_id.why_none_left(
            pools[campaign.id], campaign.caller_id_calls_per_day, f"{opens:%A %H:%M %Z}"
        )
        if why is not None:
            told[campaign.id] = why
    return told


def any_shown(session: Session) -> bool:
    return caller_ids.has_any(session)


def shown_by(session: Session, campaign: Campaign) -> list[str]:
    return [row.phone for row in caller_ids.pool(session, campaign.id)]


@dataclass(frozen=True)
class PoolLine:
    """`supervisor/_caller_ids.html` says what each name means there."""

    id: int
    phone: str
    is_main: bool
    state: str
    reason: str
    calls_today: int
    calls_in_period: int
    answer_rate: float | None


def listing(session: Session, campaign: Campaign, now: datetime) -> list[PoolLine]:
    rows = {row.phone: row for row in caller_ids.pool(session, campaign.id)}
    results = caller_ids.results(session, campaign.id, now - RATE_OVER)
    lines = []
    for number in _counted(session, campaign, now):
        row = rows[number.phone]
        calls, answers = results.get(number.phone, (0, 0))
        state, reason = _state(number, row, campaign.caller_id_calls_per_day)
        lines.append(
            PoolLine(
                id=row.id,
                phone=number.phone,
                is_main=number.phone == campaign.caller_id,
                state=state,
                reason=reason,
                calls_today=number.calls_today,
                calls_in_period=calls,
                answer_rate=answers / calls if calls else None,
            )
        )
    return sorted(lines, key=lambda line: (not line.is_main, line.phone))


def _state(number: PoolNumber, row: CallerId, cap: int) -> tuple[str, str]:
    if not number.is_own:
        return "not_own", "No longer among the account's numbers at Twilio."
    if number.is_rested:
        return "rested", row.rest_reason
    return ("in_use", "") if number.calls_left(cap) else ("at_cap", "")


@dataclass(frozen=True)
class Added:
    count: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with each entry that was not added."""


def entries(text: str) -> list[str]:
    """Numbers as they are pasted: one a line, or with commas or semicolons between them."""
    return [entry.strip() for entry in re.split(r"[\n,;]", text) if entry.strip()]


def add(session: Session, campaign: Campaign, text: str, user_id: int, now: datetime) -> Added:
    """Put the numbers into the pool that are the account's own; the others are told with the reason."""
    own = account_numbers.own_numbers(session, now)
    added: list[str] = []
    refused: dict[str, str] = {}
    for entry in entries(text):
        try:
            phone = e164(entry)
        except Invalid as error:
            refused[entry] = str(error)
            continue
        refusal = own.refusal(phone)
        if refusal is not None:
            refused[entry] = refusal
        elif caller_ids.include(session, campaign.id, phone, now):
            added.append(phone)
        else:
            refused[entry] = f"{phone} is in the pool already."
    if added:
        audit.note(session, now, user_id, "caller_ids_added", _subject(campaign), numbers=added)
    return Added(len(added), refused)


def rest(session: Session, campaign: Campaign, number_id: int, user_id: int, now: datetime) -> None:
    """By hand. Raises `Conflict` for the last number in use."""
    row = _found(session, campaign, number_id)
    if row.rested_at is None:
        _refuse_last(session, campaign, row)
        _rest(session, campaign, row, "By a supervisor.", user_id, now)


def use_again(session: Session, campaign: Campaign, number_id: int, user_id: int, now: datetime) -> None:
    """Calls of before the rest no longer count against it."""
    row = _found(session, campaign, number_id)
    if row.rested_at is not None:
        row.rested_at, row.rest_reason, row.added_at = None, "", now
        audit.note(session, now, user_id, "caller_id_used_again", _subject(campaign), number=row.phone)
        _tell(session, campaign)


def remove(session: Session, campaign: Campaign, number_id: int, user_id: int, now: datetime) -> None:
    """Raises `Conflict` for the main number, one that calls show now, and the last one in use."""
    row = _found(session, campaign, number_id)
    if row.phone == campaign.caller_id:
        raise Conflict(f"{row.phone} is the campaign's caller id: set another one first.")
    if row.rested_at is None:
        _refuse_last(session, campaign, row)
    calls = caller_ids.calls_under_way(session, campaign.id, row.phone)
    if calls:
        shown = "A call shows" if calls == 1 else f"{calls:,} calls show"
        raise Conflict(f"{shown} {row.phone} now: rest it, and remove it when they are over.")
    session.delete(row)
    audit.note(session, now, user_id, "caller_id_removed", _subject(campaign), number=row.phone)
    session.flush()


def rest_unanswered(session: Session, now: datetime) -> None:
    """In each running campaign, rest the number that people answer far less often than the others."""
    for campaign in campaigns.running(session):
        in_use = {
            row.phone: row for row in caller_ids.lock_pool(session, campaign.id) if row.rested_at is None
        }
        finding = (
            caller_id.to_rest(_records(session, campaign, list(in_use), now)) if len(in_use) > 1 else None
        )
        if finding is not None:
            _rest(session, campaign, in_use[finding.phone], f"{finding}.", None, now)


def _records(session: Session, campaign: Campaign, phones: Sequence[str], now: datetime) -> list[Record]:
    results = caller_ids.results_by_try(session, campaign.id, now - RATE_OVER)

    def tally(phone: str, called_before: bool) -> Tally:
        return Tally(*results.get((phone, called_before), (0, 0)))

    return [Record(phone, first=tally(phone, False), later=tally(phone, True)) for phone in phones]


def _rest(
    session: Session, campaign: Campaign, row: CallerId, reason: str, user_id: int | None, now: datetime
) -> None:
    row.rested_at, row.rest_reason = now, reason
    audit.note(session, now, user_id, "caller_id_rested", _subject(campaign), number=row.phone, reason=reason)
    session.flush()
    _tell(session, campaign)


def _found(session: Session, campaign: Campaign, number_id: int) -> CallerId:
    row = next((row for row in caller_ids.lock_pool(session, campaign.id) if row.id == number_id), None)
    if row is None:
        raise NotFound("This number is not in the campaign's pool any more.")
    return row


def _refuse_last(session: Session, campaign: Campaign, row: CallerId) -> None:
    others = [other for other in caller_ids.pool(session, campaign.id) if other.id != row.id]
    if all(other.rested_at is not None for other in others):
        raise Conflict(f"{row.phone} is the last number in use: add another one, or pause the campaign.")


def _subject(campaign: Campaign) -> str:
    return f"campaign {campaign.slug}"


def _tell(session: Session, campaign: Campaign) -> None:
    publish_after_commit(session, Channel.FLOOR, "all", "campaign", {"campaign_id": campaign.id})
