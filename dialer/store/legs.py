"""Legs: our calls to supervisors who listen and to third parties of transfers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Index, text
from sqlmodel import Field, Session, SQLModel, col, func, select

from dialer.core.database import aware, str_enum, under_lock
from dialer.domain.leg import TRANSFER, LegPurpose, LegState

LINE = "agent-"
"""Begins the address of a leg that is an agent's own line, as it begins the name of her room."""


class Leg(SQLModel, table=True):
    __tablename__ = "legs"
    __table_args__ = (
        Index("ix_legs_open_session", "agent_session_id", postgresql_where=text("state <> 'ended'")),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    purpose: LegPurpose = str_enum(LegPurpose)
    state: LegState = str_enum(LegState, default=LegState.CALLING)
    agent_session_id: UUID = Field(foreign_key="agent_sessions.id")
    """In whose room it is, or was before the person was handed on."""
    attempt_id: UUID | None = Field(default=None, foreign_key="attempts.id", index=True)
    asked_by_id: int = Field(foreign_key="users.id")
    user_id: int | None = Field(default=None, foreign_key="users.id")
    """Who is called; None for an outside number."""
    address: str = Field(max_length=120)
    """`client:` and an identity, an E.164 number, a `sip:` address, or the name of an agent's own room, whose
    line is not called but comes from there."""
    call_sid: str | None = Field(default=None, max_length=34, unique=True)
    carrier_error: str | None = None
    asked_at: datetime = aware()
    joined_at: datetime | None = aware(default=None, nullable=True)
    ended_at: datetime | None = aware(default=None, nullable=True)
    """An agent's own line may still be on its way home then, and the leg open until it is there."""

    @property
    def is_supervisors(self) -> bool:
        """Who asked for it is called herself: a supervisor who listens, or takes a call over."""
        return self.user_id == self.asked_by_id

    @property
    def line_of(self) -> UUID | None:
        """The session of the agent whose own line it is."""
        return UUID(self.address.removeprefix(LINE)) if self.address.startswith(LINE) else None

    @property
    def room(self) -> str:
        """The name of the conference in which it talks on with a person who was handed on."""
        return f"leg-{self.id}"


def lock(session: Session, leg_id: UUID) -> Leg | None:
    return session.exec(under_lock(select(Leg).where(Leg.id == leg_id))).first()


def try_hold(session: Session, leg_id: UUID) -> bool:
    """One at a time asks the carrier for this leg's call; until the end of the holder's transaction nobody
    takes it for never placed. False while somebody asks."""
    return bool(session.exec(select(func.pg_try_advisory_xact_lock(8, func.hashtext(str(leg_id))))).one())


def by_call_sid(session: Session, call_sid: str) -> Leg | None:
    return session.exec(select(Leg).where(Leg.call_sid == call_sid)).first()


def open_of_attempt(session: Session, attempt_id: UUID) -> Sequence[Leg]:
    """Third parties who are called in for the person of the attempt."""
    return session.exec(
        select(Leg).where(
            Leg.attempt_id == attempt_id, col(Leg.ended_at).is_(None), col(Leg.purpose).in_(TRANSFER)
        )
    ).all()


def lock_open_of_attempt(session: Session, attempt_id: UUID) -> Leg | None:
    found = open_of_attempt(session, attempt_id)
    return lock(session, found[0].id) if found else None


def of_line(session: Session, agent_session_id: UUID) -> Leg | None:
    """The open leg that is this agent's own line."""
    return session.exec(
        select(Leg).where(Leg.address == f"{LINE}{agent_session_id}", Leg.state != LegState.ENDED)
    ).first()


def open_of_lines(session: Session) -> Sequence[Leg]:
    return session.exec(
        select(Leg).where(col(Leg.address).startswith(LINE), Leg.state != LegState.ENDED)
    ).all()


def handed_on_to(session: Session, attempt_id: UUID) -> int | None:
    """The person of the house who took the attempt's person over."""
    return session.exec(
        select(Leg.user_id)
        .where(
            Leg.attempt_id == attempt_id,
            Leg.purpose == LegPurpose.HAND_ON,
            col(Leg.joined_at).is_not(None),
            col(Leg.user_id).is_not(None),
        )
        .order_by(col(Leg.joined_at).desc())
    ).first()


def is_with_somebody(session: Session, user_id: int) -> bool:
    """Whether the person is called in somewhere, or rung to be."""
    return (
        session.exec(select(Leg.id).where(Leg.user_id == user_id, Leg.state != LegState.ENDED)).first()
        is not None
    )


def last_of_attempt(session: Session, attempt_id: UUID) -> Leg | None:
    return session.exec(
        select(Leg)
        .where(Leg.attempt_id == attempt_id, col(Leg.purpose).in_(TRANSFER))
        .order_by(col(Leg.asked_at).desc())
    ).first()


def open_of_session(session: Session, agent_session_id: UUID) -> Sequence[Leg]:
    return session.exec(
        select(Leg)
        .where(Leg.agent_session_id == agent_session_id, Leg.state != LegState.ENDED)
        .order_by(col(Leg.asked_at))
    ).all()


def last_of_supervisor(session: Session, user_id: int) -> Leg | None:
    """Of those at her own wish, the one that was asked for last."""
    return session.exec(
        select(Leg)
        .where(Leg.user_id == user_id, Leg.asked_by_id == user_id)
        .order_by(col(Leg.asked_at).desc())
        .limit(1)
    ).first()


def open_of_supervisors(session: Session, *conditions: ColumnElement[bool] | bool) -> Sequence[Leg]:
    """Open legs of supervisors: of those who were called at their own wish."""
    return session.exec(
        select(Leg)
        .where(Leg.state != LegState.ENDED, col(Leg.user_id) == Leg.asked_by_id, *conditions)
        .order_by(col(Leg.asked_at))
    ).all()
