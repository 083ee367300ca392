"""The numbers that a campaign may show, how often and how well each does, and the account's own numbers
as the carrier last listed them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, UniqueConstraint
from sqlalchemy import select as sa_select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, and_, col, delete, func, or_, select

from dialer.core.database import aware, under_lock
from dialer.domain.attempt import OPEN, AttemptState, Outcome
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign

NEVER_RANG = (AttemptState.REFUSED, AttemptState.RELEASED)
RANG = (Outcome.ANSWERED, Outcome.MACHINE, Outcome.BUSY, Outcome.NO_ANSWER)


class CallerId(SQLModel, table=True):
    """One number of a campaign's pool."""

    __tablename__ = "caller_ids"
    __table_args__ = (UniqueConstraint("campaign_id", "phone"),)

    id: int = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaigns.id")
    phone: str = Field(max_length=16)
    added_at: datetime = aware()
    """Since when it is in use: added, or used again after a rest. Calls of before tell nothing of it."""
    rested_at: datetime | None = aware(default=None, nullable=True)
    """Not shown from here on: people answer it far less often than its pool."""
    rest_reason: str = ""


class AccountNumber(SQLModel, table=True):
    """A number of the account at the carrier."""

    __tablename__ = "account_numbers"

    phone: str = Field(primary_key=True, max_length=16)
    number_sid: str = Field(max_length=34)
    voice_url: str = ""
    seen_at: datetime = aware()


def pool(session: Session, campaign_id: int) -> Sequence[CallerId]:
    return session.exec(
        select(CallerId).where(CallerId.campaign_id == campaign_id).order_by(col(CallerId.phone))
    ).all()


def pools_and_whose(session: Session, campaign_ids: Collection[int]) -> Sequence[tuple[CallerId, bool]]:
    """Each number of the pools, and whether it is the account's own; while the carrier has listed none,
    all are taken to be."""
    listed = col(AccountNumber.phone).is_not(None)
    none_listed = ~select(AccountNumber.phone).exists().correlate(None)
    return session.exec(
        select(CallerId, or_(listed, none_listed))
        .outerjoin(AccountNumber, col(AccountNumber.phone) == col(CallerId.phone))
        .where(col(CallerId.campaign_id).in_(campaign_ids))
        .order_by(col(CallerId.phone))
    ).all()


def lock_pool(session: Session, campaign_id: int) -> Sequence[CallerId]:
    """The pool, locked for this transaction: two who rest a number each don't rest the last one."""
    return session.exec(
        under_lock(select(CallerId).where(CallerId.campaign_id == campaign_id).order_by(col(CallerId.id)))
    ).all()


def hold(session: Session, phones: Collection[str]) -> None:
    """One at a time counts the calls of these numbers and begins one more: the next one waits for the end
    of the holder's transaction, and then counts what was begun. Always taken in the same order."""
    for phone in sorted(phones):
        session.exec(select(func.pg_advisory_xact_lock(5, func.hashtext(phone))))


def is_ours(session: Session, phone: str) -> bool:
    """Whether it is one of the account's numbers, or one that a campaign shows."""
    account = select(AccountNumber.phone).where(AccountNumber.phone == phone)
    shown = select(CallerId.phone).where(CallerId.phone == phone)
    return session.exec(account).first() is not None or session.exec(shown).first() is not None


def include(session: Session, campaign_id: int, phone: str, now: datetime) -> bool:
    """Put a number into the pool; False when it is there."""
    added = session.execute(
        insert(CallerId)
        .values(campaign_id=campaign_id, phone=phone, added_at=now, rest_reason="")
        .on_conflict_do_nothing()
        .returning(col(CallerId.id))
    )
    return added.first() is not None


def calls_since(session: Session, phones: Collection[str], since: datetime) -> dict[str, int]:
    """How often each of the numbers was shown to somebody whom we called, by any campaign."""
    rows = session.exec(
        select(Attempt.caller_id, func.count())
        .where(
            col(Attempt.caller_id).in_(phones),
            Attempt.claimed_at >= since,
            col(Attempt.is_inbound).is_(False),
            col(Attempt.state).not_in(NEVER_RANG),
        )
        .group_by(col(Attempt.caller_id))
    )
    return dict(rows.all())


def calls_under_way(session: Session, campaign_id: int, phone: str) -> int:
    return session.exec(
        select(func.count())
        .select_from(Attempt)
        .where(Attempt.campaign_id == campaign_id, Attempt.caller_id == phone, col(Attempt.state).in_(OPEN))
    ).one()


def shown_before(session: Session, contact_ids: Collection[int]) -> dict[int, str]:
    """The number that each of the contacts was last called from."""
    rows = session.exec(
        select(Attempt.contact_id, Attempt.caller_id)
        .where(
            col(Attempt.contact_id).in_(contact_ids),
            col(Attempt.is_inbound).is_(False),
            col(Attempt.state).not_in(NEVER_RANG),
        )
        .order_by(col(Attempt.claimed_at))
    )
    return dict(rows.all())


def _results(campaign_id: int, since: datetime, *keys: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Calls of a campaign that came to an end at the person's side, and those a person answered, by
    number and `keys`; of each number no longer back than it is in use."""
    return (
        sa_select(
            col(Attempt.caller_id),
            *keys,
            func.count(),
            func.count().filter(col(Attempt.outcome) == Outcome.ANSWERED),
        )
        .join(
            CallerId,
            and_(
                col(CallerId.campaign_id) == col(Attempt.campaign_id),
                col(CallerId.phone) == col(Attempt.caller_id),
            ),
        )
        .where(
            col(Attempt.campaign_id) == campaign_id,
            col(Attempt.claimed_at) >= since,
            col(Attempt.claimed_at) >= col(CallerId.added_at),
            col(Attempt.is_inbound).is_(False),
            col(Attempt.outcome).in_(RANG),
        )
        .group_by(col(Attempt.caller_id), *keys)
    )


def results(session: Session, campaign_id: int, since: datetime) -> dict[str, tuple[int, int]]:
    """Calls and answers of each number of a pool."""
    rows = session.execute(_results(campaign_id, since)).all()
    return {phone: (calls, answers) for phone, calls, answers in rows}


def results_by_try(
    session: Session, campaign_id: int, since: datetime
) -> dict[tuple[str, bool], tuple[int, int]]:
    """The same, apart by whether the person had been called before."""
    earlier = aliased(Attempt)
    called_before = (
        select(earlier.id)
        .where(
            earlier.contact_id == Attempt.contact_id,
            col(earlier.claimed_at) < col(Attempt.claimed_at),
            col(earlier.outcome).is_not(None),
            col(earlier.is_inbound).is_(False),
        )
        .exists()
        .label("called_before")
    )
    rows = session.execute(_results(campaign_id, since, called_before)).all()
    return {(phone, before): (calls, answers) for phone, before, calls, answers in rows}


def account_numbers(session: Session) -> Sequence[AccountNumber]:
    return session.exec(select(AccountNumber).order_by(col(AccountNumber.phone))).all()


def replace_account_numbers(session: Session, numbers: Sequence[AccountNumber], asked_at: datetime) -> None:
    """What the carrier listed when asked at `asked_at`; others are no longer the account's. Two at once
    take their rows in the same order."""
    if numbers:
        rows = [number.model_dump() for number in sorted(numbers, key=lambda number: number.phone)]
        new = insert(AccountNumber).values(rows)
        session.execute(
            new.on_conflict_do_update(
                index_elements=["phone"],
                set_={
                    "number_sid": new.excluded.number_sid,
                    "voice_url": new.excluded.voice_url,
                    "seen_at": func.greatest(col(AccountNumber.seen_at), new.excluded.seen_at),
                },
            )
        )
    session.execute(delete(AccountNumber).where(col(AccountNumber.seen_at) < asked_at))


def campaigns_by_number(session: Session) -> dict[str, list[str]]:
    """The slugs of the campaigns whose pool holds each number."""
    found: dict[str, list[str]] = {}
    rows = session.exec(
        select(CallerId.phone, Campaign.slug)
        .join(Campaign, col(Campaign.id) == col(CallerId.campaign_id))
        .order_by(col(CallerId.phone), col(Campaign.slug))
    )
    for phone, slug in rows:
        found.setdefault(phone, []).append(slug)
    return found


def has_any(session: Session) -> bool:
    return session.exec(select(CallerId.id).limit(1)).first() is not None
