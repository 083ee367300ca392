"""Contacts: who is on a call list, and when each may be dialled next."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy import select as sa_select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text
from sqlmodel import Field, Session, SQLModel, col, func, or_, select

from dialer.core.database import aware, json_column, str_enum, under_lock
from dialer.domain.contact import ClosedReason, ContactState
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign


class Contact(SQLModel, table=True):
    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("campaign_id", "phone"),
        Index(
            "ix_contacts_dialable",
            "campaign_id",
            "call_list_id",
            "zones",
            "priority",
            "next_call_at",
            postgresql_where=text("state = 'waiting' AND NOT is_left_out AND call_back_agent_id IS NULL"),
        ),
        Index(
            "ix_contacts_own_call_backs",
            "call_back_agent_id",
            "campaign_id",
            "next_call_at",
            postgresql_where=text("state = 'waiting' AND call_back_agent_id IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    campaign_id: int = Field(foreign_key="campaigns.id")
    call_list_id: int = Field(foreign_key="call_lists.id", index=True)
    phone: str = Field(max_length=16, index=True)
    phone_at: int = 0
    """Which of `numbers` is tried next."""
    extension: str = Field(default="", max_length=20)
    other_phones: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    first_name: str = ""
    last_name: str = ""
    full_name: str = ""
    """A name that came whole, of a person or a place."""
    company: str = ""
    title: str = ""
    email: str = ""
    address: str = ""
    city: str = ""
    state_code: str = Field(default="", max_length=40)
    postal_code: str = Field(default="", max_length=16)
    country: str = Field(default="US", max_length=2)
    zones: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    """Every IANA zone the contact may be in."""
    external_id: str = ""
    custom: dict[str, Any] = json_column(default_factory=dict)
    state: ContactState = str_enum(ContactState, default=ContactState.WAITING)
    closed_reason: ClosedReason | None = str_enum(ClosedReason, default=None, nullable=True)
    closed_detail: str | None = None
    priority: int = 100
    """Smaller is dialled first: 5 somebody who wrote to us just now, 10 a call-back, 50 a retry, 100 never
    called."""
    attempts_made: int = 0
    next_call_at: datetime = aware()
    call_back_agent_id: int | None = Field(default=None, foreign_key="users.id")
    """Set while an agreed call-back belongs to one agent."""
    is_left_out: bool = False
    """The campaign's filter does not let the contact through."""
    abandoned_at: datetime | None = aware(default=None, nullable=True)
    """When the person last answered and met nobody."""
    created_at: datetime = aware()
    updated_at: datetime = aware()

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.full_name or self.company or "Unknown"

    @property
    def numbers(self) -> list[str]:
        """In the order in which they are tried."""
        return [self.phone, *self.other_phones]

    @property
    def number(self) -> str:
        """The one that is dialled next."""
        return self.numbers[self.phone_at % len(self.numbers)]


PRIORITY_URGENT, PRIORITY_CALL_BACK, PRIORITY_RETRY, PRIORITY_FRESH = 5, 10, 50, 100


def lock_waiting(session: Session, contact_ids: Sequence[int]) -> list[Contact]:
    """Of these contacts, in their order, those that wait, that the campaign's filter lets through and that
    nobody else holds; locked for this transaction."""
    rows = session.exec(
        under_lock(
            select(Contact).where(
                col(Contact.id).in_(contact_ids),
                Contact.state == ContactState.WAITING,
                col(Contact.is_left_out).is_(False),
            ),
            skip_locked=True,
        )
    )
    found = {contact.id: contact for contact in rows}
    return [found[contact_id] for contact_id in contact_ids if contact_id in found]


def lock(session: Session, contact_id: int) -> Contact | None:
    return session.exec(under_lock(select(Contact).where(Contact.id == contact_id))).first()


def lock_all(session: Session, contact_ids: Collection[int]) -> dict[int, Contact]:
    query = select(Contact).where(col(Contact.id).in_(contact_ids)).order_by(col(Contact.id))
    return {contact.id: contact for contact in session.exec(under_lock(query))}


def call_back_due(session: Session, campaign_id: int, agent_id: int, now: datetime) -> Contact | None:
    """The agent's own call-back that has waited longest, locked."""
    return session.exec(
        under_lock(
            select(Contact)
            .where(
                Contact.campaign_id == campaign_id,
                Contact.state == ContactState.WAITING,
                Contact.call_back_agent_id == agent_id,
                Contact.next_call_at <= now,
            )
            .order_by(col(Contact.next_call_at))
            .limit(1),
            skip_locked=True,
        )
    ).first()


def campaigns_with_own_call_backs(session: Session, now: datetime) -> set[int]:
    """Campaigns in which a call-back is due that belongs to one agent."""
    return set(
        session.exec(
            select(Contact.campaign_id)
            .where(
                Contact.state == ContactState.WAITING,
                col(Contact.call_back_agent_id).is_not(None),
                Contact.next_call_at <= now,
            )
            .distinct()
        )
    )


def owners_of_call_backs_due(session: Session, campaign_id: int, now: datetime) -> set[int]:
    """The agents to whom the campaign's due call-backs belong."""
    owner = col(Contact.call_back_agent_id)
    rows = session.exec(
        select(owner)
        .where(
            Contact.campaign_id == campaign_id,
            Contact.state == ContactState.WAITING,
            owner.is_not(None),
            Contact.next_call_at <= now,
        )
        .distinct()
    )
    return {user_id for user_id in rows if user_id is not None}


def due_with_number(session: Session, campaign_id: int, phones: Collection[str], now: datetime) -> int:
    """How many of the campaign are due, may go to any agent, and have one of these as their next number."""
    rows = session.exec(
        select(Contact).where(
            Contact.campaign_id == campaign_id,
            col(Contact.phone).in_(phones),
            Contact.state == ContactState.WAITING,
            col(Contact.is_left_out).is_(False),
            col(Contact.call_back_agent_id).is_(None),
            Contact.next_call_at <= now,
        )
    )
    return sum(contact.number in phones for contact in rows)


def by_ids(session: Session, ids: Collection[int]) -> dict[int, Contact]:
    rows = session.exec(select(Contact).where(col(Contact.id).in_(ids)))
    return {contact.id: contact for contact in rows}


def phones_of_campaign(session: Session, campaign_id: int, phones: Sequence[str]) -> dict[str, int]:
    """Which of `phones` the campaign has already, with the contact's id."""
    rows = session.exec(
        select(Contact.phone, Contact.id).where(
            Contact.campaign_id == campaign_id, col(Contact.phone).in_(phones)
        )
    )
    return dict(rows.all())


def with_phone(session: Session, phone: str) -> Sequence[Contact]:
    """Every contact that has this number, in any campaign, locked."""
    return session.exec(
        under_lock(
            select(Contact)
            .where(or_(Contact.phone == phone, col(Contact.other_phones).contains([phone])))
            .order_by(col(Contact.id))
        )
    ).all()


def search(session: Session, campaign_id: int, words: str, limit: int) -> Sequence[Contact]:
    """The campaign's contacts with that number, or whose name or company begins so; those that wait first."""
    digits = "".join(one for one in words if one.isdigit())
    names = (Contact.first_name, Contact.last_name, Contact.full_name, Contact.company)
    begins = [func.lower(name).startswith(words.casefold(), autoescape=True) for name in names]
    whole = func.lower(Contact.first_name + " " + Contact.last_name)
    fits = [*begins, whole.startswith(words.casefold(), autoescape=True)]
    if digits:
        fits.append(col(Contact.phone).endswith(digits))
    return session.exec(
        select(Contact)
        .where(Contact.campaign_id == campaign_id, or_(*fits))
        .order_by((col(Contact.state) == ContactState.WAITING).desc(), col(Contact.id))
        .limit(limit)
    ).all()


def with_number(session: Session, phone: str, limit: int = 50) -> Sequence[Contact]:
    """Every contact that has this number, in any campaign."""
    return session.exec(
        select(Contact)
        .where(or_(Contact.phone == phone, col(Contact.other_phones).contains([phone])))
        .order_by(col(Contact.id))
        .limit(limit)
    ).all()


def count_by_state(session: Session, campaign_id: int, now: datetime) -> dict[str, int]:
    """waiting_now, waiting_later, held, closed."""
    waiting, held, closed = ContactState.WAITING, ContactState.HELD, ContactState.CLOSED
    due = func.count().filter(col(Contact.state) == waiting, col(Contact.next_call_at) <= now)
    later = func.count().filter(col(Contact.state) == waiting, col(Contact.next_call_at) > now)
    row = session.exec(
        select(
            due,
            later,
            func.count().filter(col(Contact.state) == held),
            func.count().filter(col(Contact.state) == closed),
        ).where(Contact.campaign_id == campaign_id)
    ).one()
    return dict(zip(("waiting_now", "waiting_later", "held", "closed"), row, strict=True))


class WaitingGroup(NamedTuple):
    """Waiting contacts of one campaign that wait for the same thing in the same places."""

    zones: list[str]
    priority: int
    is_due: bool
    has_own_agent: bool
    """An agreed call-back that belongs to one agent."""
    is_left_out: bool
    """By the campaign's filter."""
    is_resting: bool
    """Of a call list that rests."""
    contacts: int
    first_call_at: datetime


def waiting_groups(session: Session, campaign_id: int, now: datetime) -> Sequence[WaitingGroup]:
    keys = (
        col(Contact.zones),
        col(Contact.priority),
        col(Contact.next_call_at) <= now,
        col(Contact.call_back_agent_id).is_not(None),
        col(Contact.is_left_out),
        (col(CallList.weight) == 0) & (col(Contact.priority) > PRIORITY_CALL_BACK),
    )
    rows = session.execute(
        sa_select(*keys, func.count(), func.min(Contact.next_call_at))
        .join(CallList, col(CallList.id) == col(Contact.call_list_id))
        .where(col(Contact.campaign_id) == campaign_id, col(Contact.state) == ContactState.WAITING)
        .group_by(*keys)
    )
    return [WaitingGroup(*row) for row in rows]


def closed_by_reason(session: Session, campaign_id: int) -> dict[ClosedReason | None, int]:
    rows = session.exec(
        select(col(Contact.closed_reason), func.count())
        .where(Contact.campaign_id == campaign_id, Contact.state == ContactState.CLOSED)
        .group_by(col(Contact.closed_reason))
    )
    return dict(rows.all())


def has_any(session: Session, campaign_id: int) -> bool:
    return (
        session.exec(select(Contact.id).where(Contact.campaign_id == campaign_id).limit(1)).first()
        is not None
    )


def campaigns_with_any(session: Session) -> set[int]:
    """The ids of the campaigns that have a contact."""
    has_one = select(Contact.id).where(Contact.campaign_id == Campaign.id).exists()
    return set(session.exec(select(Campaign.id).where(has_one)).all())


def due_by_campaign(session: Session, now: datetime) -> dict[int, int]:
    """How many contacts of each campaign wait and are due."""
    rows = session.exec(
        select(Contact.campaign_id, func.count())
        .where(Contact.state == ContactState.WAITING, Contact.next_call_at <= now)
        .group_by(col(Contact.campaign_id))
    )
    return dict(rows.all())


def waiting_by_list(session: Session, call_list_ids: Sequence[int]) -> dict[int, int]:
    rows = session.exec(
        select(Contact.call_list_id, func.count())
        .where(col(Contact.call_list_id).in_(call_list_ids), Contact.state == ContactState.WAITING)
        .group_by(col(Contact.call_list_id))
    )
    return dict(rows.all())
