"""What the abandonment rate is counted from: calls answered by a person, and those of them that were
abandoned. Calls of people to us count nowhere, nor do machines, by whoever's word."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ARRAY, ColumnElement, DateTime, Integer, bindparam
from sqlalchemy import select as sa_select
from sqlmodel import Session, and_, col, func, or_, select

from dialer.domain.abandonment import Span, Tally
from dialer.domain.attempt import Outcome
from dialer.domain.contact import ContactState
from dialer.store.attempts import Attempt
from dialer.store.contacts import Contact
from dialer.store.dispositions import Disposition


def met_a_person() -> ColumnElement[bool]:
    """An agent was joined to somebody whom neither a verdict nor she took for a machine."""
    no_human = select(Disposition.id).where(~col(Disposition.human))
    return and_(
        col(Attempt.connected_at).is_not(None),
        col(Attempt.outcome).is_distinct_from(Outcome.MACHINE),
        or_(col(Attempt.disposition_id).is_(None), col(Attempt.disposition_id).not_in(no_human)),
    )


def is_live() -> ColumnElement[bool]:
    """A dial that a person answered."""
    return and_(
        or_(col(Attempt.connected_at).is_not(None), col(Attempt.is_abandoned)),
        ~col(Attempt.is_inbound),
        or_(col(Attempt.is_abandoned), met_a_person()),
    )


def tallies(session: Session, campaign_id: int, spans: Sequence[Span]) -> list[Tally]:
    """Of each span, in one reading of the longest."""
    answered_at, abandoned = col(Attempt.answered_at), col(Attempt.is_abandoned)
    counted = []
    for span in spans:
        within = and_(answered_at >= span.since, answered_at < span.until)
        counted += [func.count().filter(within), func.count().filter(within, abandoned)]
    row = session.execute(
        sa_select(*counted).where(
            col(Attempt.campaign_id) == campaign_id,
            answered_at >= min(span.since for span in spans),
            answered_at < max(span.until for span in spans),
            is_live(),
        )
    ).one()
    return [Tally(live, lost) for live, lost in zip(row[::2], row[1::2], strict=True)]


def tallies_since(session: Session, since: Mapping[int, datetime], until: datetime) -> Mapping[int, Tally]:
    """Of each campaign, from its own moment until the same one for all."""
    arrays = (
        bindparam("ids", [*since], ARRAY(Integer)),
        bindparam("moments", [*since.values()], ARRAY(DateTime(timezone=True))),
    )
    of = func.unnest(*arrays).table_valued("campaign_id", "since").render_derived(name="of_campaign")
    rows = session.execute(
        sa_select(of.c.campaign_id, func.count(), func.count().filter(col(Attempt.is_abandoned)))
        .join(Attempt, col(Attempt.campaign_id) == of.c.campaign_id)
        .where(col(Attempt.answered_at) >= of.c.since, col(Attempt.answered_at) < until, is_live())
        .group_by(of.c.campaign_id)
    )
    found = {campaign_id: Tally(live, lost) for campaign_id, live, lost in rows}
    return {campaign_id: found.get(campaign_id, Tally()) for campaign_id in since}


def abandoned(
    session: Session, campaign_id: int, offset: int, limit: int
) -> Sequence[tuple[Attempt, Contact]]:
    """The campaign's abandoned calls with whom they rang, the last one first."""
    return session.exec(
        select(Attempt, Contact)
        .join(Contact, col(Contact.id) == Attempt.contact_id)
        .where(Attempt.campaign_id == campaign_id, col(Attempt.is_abandoned), ~col(Attempt.is_inbound))
        .order_by(col(Attempt.answered_at).desc(), col(Attempt.id).desc())
        .offset(offset)
        .limit(limit)
    ).all()


def count_abandoned(session: Session, campaign_id: int) -> int:
    return session.exec(
        select(func.count())
        .select_from(Attempt)
        .where(Attempt.campaign_id == campaign_id, col(Attempt.is_abandoned), ~col(Attempt.is_inbound))
    ).one()


def last_abandoned_at(session: Session, contact_id: int) -> datetime | None:
    return session.exec(
        select(func.max(Attempt.abandoned_at)).where(
            Attempt.contact_id == contact_id, col(Attempt.is_abandoned)
        )
    ).one()


def dials_since(session: Session, campaign_id: int, since: datetime) -> int:
    """Calls that the campaign asked the carrier for."""
    return session.exec(
        select(func.count())
        .select_from(Attempt)
        .where(
            Attempt.campaign_id == campaign_id,
            Attempt.claimed_at >= since,
            col(Attempt.placing_at).is_not(None),
            ~col(Attempt.is_inbound),
        )
    ).one()


def contacts_left(session: Session, campaign_id: int) -> int:
    """Those who wait to be dialled, now or later."""
    return session.exec(
        select(func.count())
        .select_from(Contact)
        .where(
            Contact.campaign_id == campaign_id,
            Contact.state == ContactState.WAITING,
            ~col(Contact.is_left_out),
        )
    ).one()
