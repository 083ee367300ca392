"""Attempts: one dial of one contact on one number. Calls in flight are counted here, never kept
as counters. The indexes make a second open attempt on a contact or a number impossible."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, Session, SQLModel, col, func, select

from dialer.core.database import aware, json_column, str_enum, under_lock
from dialer.domain.attempt import FINAL, OPEN, UNANSWERED, AttemptState, Outcome
from dialer.domain.disposition import Effect
from dialer.domain.leg import LegPurpose, LegState
from dialer.store.dispositions import Disposition
from dialer.store.legs import Leg

_IS_OPEN = text("state NOT IN ({})".format(", ".join(f"'{state.value}'" for state in sorted(FINAL))))


class Attempt(SQLModel, table=True):
    __tablename__ = "attempts"
    __table_args__ = (
        Index("uq_attempts_open_contact", "contact_id", unique=True, postgresql_where=_IS_OPEN),
        Index("uq_attempts_open_phone", "phone", unique=True, postgresql_where=_IS_OPEN),
        Index("ix_attempts_open_campaign", "campaign_id", "state", postgresql_where=_IS_OPEN),
        Index(
            "ix_attempts_not_hung_up",
            "closed_at",
            postgresql_where=text("call_sid IS NOT NULL AND call_ended_at IS NULL"),
        ),
        Index("ix_attempts_campaign_claimed", "campaign_id", "claimed_at"),
        Index(
            "ix_attempts_phone_on_the_line",
            "phone",
            postgresql_where=text("call_sid IS NOT NULL AND call_ended_at IS NULL"),
        ),
        Index("ix_attempts_caller_id_claimed", "caller_id", "claimed_at"),
        Index(
            "ix_attempts_live",
            "campaign_id",
            "answered_at",
            postgresql_where=text("(connected_at IS NOT NULL OR is_abandoned) AND NOT is_inbound"),
        ),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    campaign_id: int = Field(foreign_key="campaigns.id")
    contact_id: int = Field(foreign_key="contacts.id", index=True, sa_type=BigInteger)
    phone: str = Field(max_length=16)
    caller_id: str = Field(max_length=16)
    state: AttemptState = str_enum(AttemptState, default=AttemptState.CLAIMED)
    outcome: Outcome | None = str_enum(Outcome, default=None, nullable=True)
    is_inbound: bool = False
    """The person called one of our numbers; not a dial."""
    is_abandoned: bool = False
    try_number: int = 1
    """The how-manieth dial of the contact."""
    local_weekday: int | None = None
    """Where the person is, when the call was claimed: 0 is Monday."""
    local_hour: int | None = None
    hour_was_learned: bool | None = None
    """Whether the time of this try was learned or left to the plan, to compare the two; None: neither."""
    decision: dict[str, Any] = json_column(default_factory=dict)
    """The gate's verdicts in the transaction that placed or refused the call."""
    call_sid: str | None = Field(default=None, max_length=34, unique=True)
    carrier_sequence: int = -1
    """The highest sequence number of a status callback applied."""
    carrier_error: str | None = None
    answered_by: str | None = Field(default=None, max_length=32)
    """The carrier's verdict on who picked up."""
    agent_session_id: UUID | None = Field(default=None, foreign_key="agent_sessions.id", index=True)
    agent_id: int | None = Field(default=None, foreign_key="users.id")
    script_version: str | None = Field(default=None, max_length=64)
    disposition_id: int | None = Field(default=None, foreign_key="dispositions.id")
    notes: str = ""
    claimed_at: datetime = aware()
    placing_at: datetime | None = aware(default=None, nullable=True)
    rang_at: datetime | None = aware(default=None, nullable=True)
    answered_at: datetime | None = aware(default=None, nullable=True)
    connected_at: datetime | None = aware(default=None, nullable=True)
    abandoned_at: datetime | None = aware(default=None, nullable=True)
    message_text: str = ""
    """What the abandoned person was told."""
    message_began_at: datetime | None = aware(default=None, nullable=True)
    message_ended_at: datetime | None = aware(default=None, nullable=True)
    recording_announced_at: datetime | None = aware(default=None, nullable=True)
    held_at: datetime | None = aware(default=None, nullable=True)
    """The person is on hold since."""
    voicemail_at: datetime | None = aware(default=None, nullable=True)
    """A message was begun to be left."""
    handed_on_at: datetime | None = aware(default=None, nullable=True)
    """The person left the agent's room for somebody else's, or for a message."""
    call_ended_at: datetime | None = aware(default=None, nullable=True)
    closed_at: datetime | None = aware(default=None, nullable=True)
    checked_at: datetime | None = aware(default=None, nullable=True)
    """When the sweeper last asked the carrier about it."""

    @property
    def called_in_vain(self) -> bool:
        """They called us, and it ended without an agent."""
        return self.is_inbound and self.connected_at is None and self.closed_at is not None


class Answer(SQLModel, table=True):
    """What a person answered to one of the script's questions, stored as it is given."""

    __tablename__ = "answers"

    attempt_id: UUID = Field(foreign_key="attempts.id", primary_key=True)
    question_key: str = Field(primary_key=True, max_length=80)
    label: str
    means: str | None = Field(default=None, max_length=80)
    value: Any = json_column()
    answered_at: datetime = aware()


def lock(session: Session, attempt_id: UUID) -> Attempt | None:
    return session.exec(under_lock(select(Attempt).where(Attempt.id == attempt_id))).first()


def by_call_sid(session: Session, call_sid: str) -> Attempt | None:
    return session.exec(select(Attempt).where(Attempt.call_sid == call_sid)).first()


def lock_by_call_sid(session: Session, call_sid: str) -> Attempt | None:
    return session.exec(under_lock(select(Attempt).where(Attempt.call_sid == call_sid))).first()


def lock_all(session: Session, attempt_ids: Sequence[UUID]) -> Sequence[Attempt]:
    query = select(Attempt).where(col(Attempt.id).in_(attempt_ids)).order_by(col(Attempt.id))
    return session.exec(under_lock(query)).all()


def in_state(session: Session, attempt_ids: Sequence[UUID], state: AttemptState) -> Sequence[UUID]:
    query = select(Attempt.id).where(col(Attempt.id).in_(attempt_ids), Attempt.state == state)
    return session.exec(query.order_by(col(Attempt.id))).all()


def open_all(session: Session, rows: Sequence[Attempt]) -> Sequence[Attempt]:
    """Those of `rows` that are the only open attempt on their contact and on their number: the indexes
    let no second one in."""
    if not rows:
        return []
    begun = insert(Attempt).on_conflict_do_nothing().returning(Attempt)
    values = [row.model_dump(exclude={"id"}) for row in rows]
    return session.scalars(begun.execution_options(populate_existing=True), values).all()


def try_hold(session: Session, attempt_id: UUID) -> bool:
    """One at a time asks the carrier to place this call; until the end of the holder's transaction nobody
    takes it for never placed. False while somebody else asks."""
    return bool(session.exec(select(func.pg_try_advisory_xact_lock(6, func.hashtext(str(attempt_id))))).one())


def unanswered(session: Session, campaign_id: int) -> int:
    """Calls in flight that may still need an agent; those meant for one agent don't count."""
    return session.exec(
        select(func.count())
        .select_from(Attempt)
        .where(
            Attempt.campaign_id == campaign_id,
            col(Attempt.state).in_(UNANSWERED),
            col(Attempt.agent_session_id).is_(None),
        )
    ).one()


def in_doubt(session: Session, campaign_id: int) -> int:
    """Nobody knows yet whether these were placed."""
    return session.exec(
        select(func.count())
        .select_from(Attempt)
        .where(Attempt.campaign_id == campaign_id, Attempt.state == AttemptState.IN_DOUBT)
    ).one()


def unanswered_by_campaign(session: Session) -> dict[int, int]:
    rows = session.exec(
        select(Attempt.campaign_id, func.count())
        .where(col(Attempt.state).in_(UNANSWERED))
        .group_by(col(Attempt.campaign_id))
    )
    return dict(rows.all())


def claimed(session: Session) -> int:
    """Of all campaigns: those that the carrier is to be asked for next."""
    return session.exec(
        select(func.count()).select_from(Attempt).where(Attempt.state == AttemptState.CLAIMED)
    ).one()


def everything_open(session: Session) -> Sequence[Attempt]:
    return session.exec(
        select(Attempt).where(col(Attempt.state).in_(OPEN)).order_by(col(Attempt.claimed_at))
    ).all()


def handed_on(session: Session) -> Sequence[tuple[Attempt, Leg]]:
    """Whose person talks on with a third party, and with whom."""
    return session.exec(
        select(Attempt, Leg)
        .join(Leg, col(Leg.attempt_id) == Attempt.id)
        .where(
            col(Attempt.handed_on_at).is_not(None),
            col(Attempt.call_ended_at).is_(None),
            Leg.purpose == LegPurpose.HAND_ON,
            Leg.state == LegState.JOINED,
        )
        .order_by(col(Attempt.handed_on_at))
    ).all()


def callers_waiting(session: Session, campaign_id: int) -> int:
    """People who called us and for whom no agent was found yet."""
    return session.exec(
        select(func.count())
        .select_from(Attempt)
        .where(
            Attempt.campaign_id == campaign_id,
            Attempt.state == AttemptState.ANSWERED,
            col(Attempt.is_inbound),
            col(Attempt.agent_session_id).is_(None),
        )
    ).one()


def open_of_session(session: Session, agent_session_id: UUID) -> Attempt | None:
    return session.exec(
        select(Attempt)
        .where(Attempt.agent_session_id == agent_session_id, col(Attempt.state).in_(OPEN))
        .order_by(col(Attempt.claimed_at).desc())
    ).first()


def last_concluded(session: Session, agent_session_id: UUID) -> Attempt | None:
    return session.exec(
        select(Attempt)
        .where(Attempt.agent_session_id == agent_session_id, col(Attempt.closed_at).is_not(None))
        .order_by(col(Attempt.closed_at).desc())
        .limit(1)
    ).first()


def on_the_line(session: Session, phones: Collection[str]) -> set[str]:
    """Numbers to which a call of ours, or from which one to us, is up as far as we know; an attempt may be
    concluded before that: the person was passed on, or hears a message."""
    up = col(Attempt.call_sid).is_not(None) & col(Attempt.call_ended_at).is_(None)
    return set(session.exec(select(Attempt.phone).where(col(Attempt.phone).in_(phones), up)).all())


def phones_on_the_line(session: Session) -> set[str]:
    """The numbers of all calls that are not over."""
    return set(session.exec(select(Attempt.phone).where(col(Attempt.state).in_(OPEN))))


def of_contact(session: Session, contact_id: int) -> Sequence[Attempt]:
    return session.exec(
        select(Attempt).where(Attempt.contact_id == contact_id).order_by(col(Attempt.claimed_at).desc())
    ).all()


def wrong_numbers(session: Session, contact_id: int) -> set[str]:
    """The contact's numbers at which somebody else was reached, or nobody ever can be."""
    rows = session.exec(
        select(Attempt.phone)
        .join(Disposition, col(Disposition.id) == Attempt.disposition_id)
        .where(Attempt.contact_id == contact_id, Disposition.effect == Effect.WRONG_NUMBER)
    )
    return set(rows.all())


def answers_of(session: Session, attempt_id: UUID) -> Sequence[Answer]:
    return session.exec(
        select(Answer).where(Answer.attempt_id == attempt_id).order_by(col(Answer.answered_at))
    ).all()
