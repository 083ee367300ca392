"""Leads, their qualification, and every follow-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Index, and_, case, or_, text
from sqlalchemy import select as sa_select
from sqlmodel import Field, Session, SQLModel, col, func, select

from dialer.core.database import aware, json_column, str_enum, under_lock
from dialer.domain.lead import OPEN, LeadState, SlaState
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.users import User


class Lead(SQLModel, table=True):
    __tablename__ = "leads"
    __table_args__ = (
        Index("ix_leads_follow_up_due", "due_at", postgresql_where=text("first_follow_up_at IS NULL")),
    )

    id: int = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contacts.id", unique=True, sa_type=BigInteger)
    client_id: int = Field(foreign_key="clients.id", index=True)
    campaign_id: int = Field(foreign_key="campaigns.id", index=True)
    attempt_id: UUID = Field(foreign_key="attempts.id", unique=True)
    made_by_id: int | None = Field(default=None, foreign_key="users.id")
    owner_id: int | None = Field(default=None, foreign_key="users.id", index=True)
    state: LeadState = str_enum(LeadState, default=LeadState.NEW)
    qualification: dict[str, Any] = json_column(default_factory=dict)
    """Need, funds, authority, time frame: what was answered to the question that means it."""
    made_at: datetime = aware()
    due_at: datetime = aware()
    """When the first follow-up is due."""
    first_follow_up_at: datetime | None = aware(default=None, nullable=True)
    overdue_at: datetime | None = aware(default=None, nullable=True)
    """When it was marked overdue."""
    closed_reason: str | None = None


class FollowUp(SQLModel, table=True):
    __tablename__ = "follow_ups"

    id: int = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="leads.id", index=True)
    user_id: int = Field(foreign_key="users.id")
    kind: str = Field(max_length=20)
    notes: str = ""
    made_at: datetime = aware()


def lock(session: Session, lead_id: int) -> Lead | None:
    return session.exec(under_lock(select(Lead).where(Lead.id == lead_id))).first()


def of_contact(session: Session, contact_id: int) -> Lead | None:
    return session.exec(select(Lead).where(Lead.contact_id == contact_id)).first()


def follow_ups_of(session: Session, lead_id: int) -> Sequence[FollowUp]:
    return session.exec(
        select(FollowUp).where(FollowUp.lead_id == lead_id).order_by(col(FollowUp.made_at))
    ).all()


def newly_overdue(session: Session, now: datetime, limit: int) -> Sequence[Lead]:
    """Leads whose first follow-up is past due and not marked yet, locked."""
    return session.exec(
        under_lock(
            select(Lead)
            .where(col(Lead.first_follow_up_at).is_(None), col(Lead.overdue_at).is_(None), Lead.due_at < now)
            .order_by(col(Lead.due_at))
            .limit(limit),
            skip_locked=True,
        )
    ).all()


@dataclass(frozen=True)
class LeadFilter:
    """Which leads are wanted; whatever is None or empty lets all through."""

    states: frozenset[LeadState] = frozenset()
    sla: SlaState | None = None
    due_within: timedelta | None = None
    campaign_id: int | None = None
    owner_id: int | None = None
    made_by_id: int | None = None
    made_since: datetime | None = None
    made_until: datetime | None = None
    words: str = ""
    """In the person's or company's name, or in the number."""


def in_sla_state(state: SlaState, now: datetime) -> ColumnElement[bool]:
    """`domain.lead.sla_state`, asked of the database. A closed lead's promise runs no longer."""
    followed_up, due = col(Lead.first_follow_up_at), col(Lead.due_at)
    unmet = and_(followed_up.is_(None), col(Lead.state).in_(OPEN))
    return {
        SlaState.MET: followed_up <= due,
        SlaState.MET_LATE: followed_up > due,
        SlaState.OVERDUE: and_(unmet, due < now),
        SlaState.RUNNING: and_(unmet, due >= now),
    }[state]


def page_of(
    session: Session, wanted: LeadFilter, now: datetime, offset: int, limit: int
) -> Sequence[tuple[Lead, Contact, Campaign, User | None]]:
    """First those that wait for a follow-up, the most urgent on top; then the rest, newest first."""
    waits = and_(col(Lead.first_follow_up_at).is_(None), col(Lead.state).in_(OPEN))
    query = (
        select(Lead, Contact, Campaign, User)
        .join(Contact, col(Contact.id) == Lead.contact_id)
        .join(Campaign, col(Campaign.id) == Lead.campaign_id)
        .outerjoin(User, col(User.id) == Lead.owner_id)
        .where(*_conditions(wanted, now))
        .order_by(waits.desc(), case((waits, Lead.due_at)), col(Lead.made_at).desc(), col(Lead.id))
    )
    return session.exec(query.offset(offset).limit(limit)).all()


def count(session: Session, wanted: LeadFilter, now: datetime) -> int:
    query = select(func.count()).select_from(Lead).join(Contact, col(Contact.id) == Lead.contact_id)
    return session.exec(query.where(*_conditions(wanted, now))).one()


class SlaCounts(NamedTuple):
    open: int
    overdue: int
    due_soon: int
    met: int
    met_late: int


def sla_counts(session: Session, now: datetime, soon: timedelta) -> SlaCounts:
    running = in_sla_state(SlaState.RUNNING, now)
    conditions = (
        col(Lead.state).in_(OPEN),
        in_sla_state(SlaState.OVERDUE, now),
        and_(running, col(Lead.due_at) < now + soon),
        in_sla_state(SlaState.MET, now),
        in_sla_state(SlaState.MET_LATE, now),
    )
    counts = sa_select(*(func.count().filter(condition) for condition in conditions)).select_from(Lead)
    return SlaCounts(*session.execute(counts).one())


def _conditions(wanted: LeadFilter, now: datetime) -> list[ColumnElement[bool]]:
    exact = {
        Lead.campaign_id: wanted.campaign_id,
        Lead.owner_id: wanted.owner_id,
        Lead.made_by_id: wanted.made_by_id,
    }
    found = [col(column) == value for column, value in exact.items() if value is not None]
    if wanted.states:
        found.append(col(Lead.state).in_(wanted.states))
    if wanted.sla is not None:
        found.append(in_sla_state(wanted.sla, now))
    if wanted.due_within is not None:
        found.append(col(Lead.due_at) < now + wanted.due_within)
    if wanted.made_since is not None:
        found.append(col(Lead.made_at) >= wanted.made_since)
    if wanted.made_until is not None:
        found.append(col(Lead.made_at) < wanted.made_until)
    if wanted.words:
        found.append(_mentions(wanted.words))
    return found


def _mentions(words: str) -> ColumnElement[bool]:
    whole_name = func.concat_ws(" ", Contact.first_name, Contact.last_name)
    places = [whole_name, col(Contact.full_name), col(Contact.company)]
    digits = "".join(sign for sign in words if sign.isascii() and sign.isdigit())
    found = [place.icontains(words, autoescape=True) for place in places]
    return or_(*found, col(Contact.phone).contains(digits)) if len(digits) >= 3 else or_(*found)
