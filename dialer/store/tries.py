"""Tries: the dials that a contact's next one is planned by, and what a campaign's tell of good hours.

A try rang, or should have: refused, released and taken-back attempts are none, nor are calls to us.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy import select as sa_select
from sqlmodel import Session, and_, col, func, or_, select

from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.best_hours import Arm, Tally, When
from dialer.store.attempts import Attempt
from dialer.store.dispositions import Disposition

NO_TRY = (AttemptState.REFUSED, AttemptState.RELEASED)
ENDED = (Outcome.ANSWERED, Outcome.MACHINE, Outcome.BUSY, Outcome.NO_ANSWER)


class Try(NamedTuple):
    at: datetime
    disposition_id: int | None


def _is_try() -> ColumnElement[bool]:
    return and_(
        col(Attempt.is_inbound).is_(False),
        col(Attempt.placing_at).is_not(None),
        col(Attempt.state).not_in(NO_TRY),
        or_(col(Attempt.outcome).is_(None), col(Attempt.outcome) != Outcome.CANCELED),
    )


def of_contact(session: Session, contact_id: int) -> Sequence[Try]:
    rows = session.exec(
        select(Attempt.claimed_at, Attempt.disposition_id)
        .where(Attempt.contact_id == contact_id, _is_try())
        .order_by(col(Attempt.claimed_at))
    )
    return [Try(*row) for row in rows]


def was_spread(session: Session, contact_id: int) -> bool:
    """Whether the plan of the last try's disposition spreads the next one."""
    return bool(
        session.exec(
            select(Disposition.retry_spread)
            .join(Attempt, col(Attempt.disposition_id) == Disposition.id)
            .where(Attempt.contact_id == contact_id, _is_try())
            .order_by(col(Attempt.claimed_at).desc())
            .limit(1)
        ).first()
    )


def by_hour(session: Session, campaign_id: int, since: datetime, last_try: int) -> dict[When, Tally]:
    """When a person answered the campaign's tries; those from `last_try` on together."""
    number = func.least(col(Attempt.try_number), last_try)
    keys = (number, col(Attempt.local_weekday), col(Attempt.local_hour))
    answered = func.count().filter(col(Attempt.outcome) == Outcome.ANSWERED)
    rows = session.execute(
        sa_select(*keys, func.count(), answered)
        .where(*_counted(campaign_id, since), col(Attempt.local_hour).is_not(None))
        .group_by(*keys)
    )
    return {When(*row[:3]): Tally(*row[3:]) for row in rows}


def by_arm(session: Session, campaign_id: int, since: datetime) -> dict[bool, Arm]:
    """Contacts whose hours are learned, and those left to the plan to compare; how many of each answered."""
    of_contact = (
        sa_select(
            col(Attempt.hour_was_learned).label("learned"),
            func.bool_or(col(Attempt.outcome) == Outcome.ANSWERED).label("answered"),
        )
        .where(*_counted(campaign_id, since), col(Attempt.hour_was_learned).is_not(None))
        .group_by(col(Attempt.contact_id), col(Attempt.hour_was_learned))
        .subquery()
    )
    rows = session.execute(
        sa_select(of_contact.c.learned, func.count(), func.count().filter(of_contact.c.answered)).group_by(
            of_contact.c.learned
        )
    )
    return {learned: Arm(contacts, answered) for learned, contacts, answered in rows}


def _counted(campaign_id: int, since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Attempt.campaign_id) == campaign_id,
        col(Attempt.claimed_at) >= since,
        col(Attempt.outcome).in_(ENDED),
        _is_try(),
    )
