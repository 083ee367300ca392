"""Agent sessions and the spans of time spent in each state."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Index, and_, case, or_, text
from sqlalchemy import select as sa_select
from sqlmodel import Field, Session, SQLModel, col, delete, func, select

from dialer.core.database import aware, str_enum, under_lock
from dialer.domain.agent import BUSY, SIGNED_IN, LineState, SessionState
from dialer.domain.attempt import OPEN
from dialer.domain.campaign import CampaignState, DialMode
from dialer.domain.leg import LegPurpose, LegState
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.legs import LINE, Leg
from dialer.store.users import User


class AgentSession(SQLModel, table=True):
    __tablename__ = "agent_sessions"
    __table_args__ = (
        Index(
            "uq_agent_sessions_signed_in", "user_id", unique=True, postgresql_where=text("state <> 'offline'")
        ),
        Index(
            "ix_agent_sessions_ready",
            "campaign_id",
            "state_since",
            postgresql_where=text("state = 'ready' AND line = 'up'"),
        ),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    user_id: int = Field(foreign_key="users.id")
    campaign_id: int = Field(foreign_key="campaigns.id")
    state: SessionState = str_enum(SessionState)
    state_since: datetime = aware()
    pause_code: str | None = Field(default=None, max_length=20)
    pause_after_call: str | None = Field(default=None, max_length=20)
    """A pause asked for during a call; it begins when the disposition is saved."""
    stop_after_call: bool = False
    line: LineState = str_enum(LineState, default=LineState.DOWN)
    line_call_sid: str | None = Field(default=None, max_length=34)
    line_asked_at: datetime | None = aware(default=None, nullable=True)
    room_sid: str | None = Field(default=None, max_length=34)
    """The carrier's id of her conference, as somebody's joining it or the carrier, asked, told."""
    is_muted: bool = False
    preview_contact_id: int | None = Field(default=None, foreign_key="contacts.id", sa_type=BigInteger)
    started_at: datetime = aware()
    ended_at: datetime | None = aware(default=None, nullable=True)

    @property
    def room(self) -> str:
        """The name of the agent's conference at the carrier."""
        return room_of(self.id)


def room_of(session_id: UUID) -> str:
    return f"{LINE}{session_id}"


class AgentCampaign(SQLModel, table=True):
    """A campaign that a session works; the one it is counted in now stands in the session."""

    __tablename__ = "agent_campaigns"

    agent_session_id: UUID = Field(foreign_key="agent_sessions.id", primary_key=True)
    campaign_id: int = Field(foreign_key="campaigns.id", primary_key=True, index=True)


class AgentSpan(SQLModel, table=True):
    """A stretch of one state of one session; what hours are reckoned from."""

    __tablename__ = "agent_spans"
    __table_args__ = (
        Index(
            "uq_agent_spans_open", "agent_session_id", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
        Index("ix_agent_spans_campaign_started", "campaign_id", "started_at"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    agent_session_id: UUID = Field(foreign_key="agent_sessions.id", index=True)
    user_id: int = Field(foreign_key="users.id")
    campaign_id: int = Field(foreign_key="campaigns.id")
    state: SessionState = str_enum(SessionState)
    pause_code: str | None = Field(default=None, max_length=20)
    started_at: datetime = aware()
    ended_at: datetime | None = aware(default=None, nullable=True)


def lock(session: Session, session_id: UUID) -> AgentSession | None:
    return session.exec(under_lock(select(AgentSession).where(AgentSession.id == session_id))).first()


def try_hold_line(session: Session, session_id: UUID) -> bool:
    """One at a time asks the carrier to ring this agent's line, until the end of the holder's transaction;
    False while somebody does."""
    return bool(session.exec(select(func.pg_try_advisory_xact_lock(7, func.hashtext(str(session_id))))).one())


def by_line(session: Session, call_sid: str) -> AgentSession | None:
    """Whose line the call is."""
    return session.exec(select(AgentSession).where(AgentSession.line_call_sid == call_sid)).first()


def of_user(session: Session, user_id: int, *, locked: bool = False) -> AgentSession | None:
    """The session in which the user is signed in now."""
    query = select(AgentSession).where(
        AgentSession.user_id == user_id, col(AgentSession.state).in_(SIGNED_IN)
    )
    return session.exec(under_lock(query) if locked else query).first()


def _person_is_there() -> ColumnElement[bool]:
    """A person whose call is hers, and was not seen to end or to go on without her."""
    return (
        select(Attempt.id)
        .where(
            col(Attempt.agent_session_id) == AgentSession.id,
            col(Attempt.call_sid).is_not(None),
            col(Attempt.handed_on_at).is_(None),
            col(Attempt.call_ended_at).is_(None),
        )
        .exists()
    )


def has_company(session: Session, session_id: UUID) -> bool:
    """Whether somebody else may be in her room."""
    leg = select(Leg.id).where(col(Leg.agent_session_id) == AgentSession.id, Leg.state != LegState.ENDED)
    query = select(AgentSession.id).where(
        AgentSession.id == session_id, or_(_person_is_there(), leg.exists())
    )
    return session.exec(query).first() is not None


def is_free() -> ColumnElement[bool]:
    """Ready, her line up, and nobody left in her room: a call that was concluded while it was up is
    hers until the carrier has ended it, or two people would meet in her conference."""
    third_party = (
        select(Leg.id)
        .where(
            col(Leg.agent_session_id) == AgentSession.id,
            Leg.purpose == LegPurpose.CONSULT,
            Leg.state != LegState.ENDED,
        )
        .exists()
    )
    return and_(
        col(AgentSession.state) == SessionState.READY,
        col(AgentSession.line) == LineState.UP,
        ~_person_is_there(),
        ~third_party,
    )


def _works(campaign_id: int) -> ColumnElement[bool]:
    """Counted in the campaign, or works it beside the one that she is counted in."""
    beside = select(AgentCampaign.campaign_id).where(
        col(AgentCampaign.agent_session_id) == AgentSession.id, AgentCampaign.campaign_id == campaign_id
    )
    return or_(col(AgentSession.campaign_id) == campaign_id, beside.exists())


def longest_ready(
    session: Session, campaign_id: int, *, inbound: bool = False, leave: int = 0
) -> AgentSession | None:
    """The agent who has been ready longest with her line up, locked: of those counted in the campaign, else
    of those who work it beside another. One that another answer is taking at this moment is passed over.

    Somebody who called us has the inbound agents first; a call of ours leaves `leave` agents to such
    callers, who come before it.
    """
    takes_inbound = select(User.takes_inbound).where(col(User.id) == AgentSession.user_id).scalar_subquery()
    first = (takes_inbound.desc(),) if inbound or leave else ()
    is_counted = col(AgentSession.campaign_id) == campaign_id
    return session.exec(
        under_lock(
            select(AgentSession)
            .where(_works(campaign_id), is_free())
            .order_by(*first, is_counted.desc(), col(AgentSession.state_since), col(AgentSession.id))
            .offset(leave)
            .limit(1),
            skip_locked=True,
        )
    ).first()


def shared(session: Session) -> dict[UUID, frozenset[int]]:
    """What each signed-in agent works who works more than one campaign."""
    rows = session.exec(
        select(AgentCampaign.agent_session_id, func.array_agg(AgentCampaign.campaign_id))
        .join(AgentSession, col(AgentSession.id) == AgentCampaign.agent_session_id)
        .where(col(AgentSession.state).in_(SIGNED_IN))
        .group_by(col(AgentCampaign.agent_session_id))
        .having(func.count() > 1)
    )
    return {session_id: frozenset(campaign_ids) for session_id, campaign_ids in rows}


def worked_last(session: Session, user_id: int) -> set[int]:
    """The campaigns of the user's newest session."""
    newest = (
        select(AgentSession.id)
        .where(AgentSession.user_id == user_id)
        .order_by(col(AgentSession.started_at).desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(AgentCampaign.campaign_id).where(AgentCampaign.agent_session_id == newest)
    return set(session.exec(query).all())


def drop_campaign(session: Session, session_id: UUID, campaign_id: int) -> None:
    session.exec(
        delete(AgentCampaign).where(
            col(AgentCampaign.agent_session_id) == session_id, col(AgentCampaign.campaign_id) == campaign_id
        )
    )


def campaigns_of(session: Session, session_id: UUID) -> set[int]:
    """Every campaign that the session works."""
    query = select(AgentCampaign.campaign_id).where(AgentCampaign.agent_session_id == session_id)
    return set(session.exec(query).all())


def free(session: Session, session_id: UUID) -> AgentSession | None:
    """The agent, locked, if she could take a call now."""
    return session.exec(
        under_lock(select(AgentSession).where(AgentSession.id == session_id, is_free()), skip_locked=True)
    ).first()


def free_in_running_campaigns(session: Session) -> Sequence[AgentSession]:
    return session.exec(
        select(AgentSession)
        .join(Campaign, col(Campaign.id) == AgentSession.campaign_id)
        .where(is_free(), Campaign.state == CampaignState.RUNNING)
        .order_by(col(AgentSession.state_since))
    ).all()


def previews_until(
    session: Session, until: datetime, otherwise: timedelta, limit: int
) -> Sequence[AgentSession]:
    """Agents, locked, whose time to look at a preview was up by then: their campaign's, or `otherwise` where
    no timer dials."""
    seconds = case(
        (
            and_(col(Campaign.dial_mode) == DialMode.PREVIEW, col(Campaign.preview_seconds) > 0),
            Campaign.preview_seconds,
        ),
        else_=otherwise.total_seconds(),
    )
    allowed = (
        select(func.make_interval(0, 0, 0, 0, 0, 0, seconds))
        .where(Campaign.id == AgentSession.campaign_id)
        .scalar_subquery()
    )
    return session.exec(
        under_lock(
            select(AgentSession)
            .where(
                col(AgentSession.preview_contact_id).is_not(None),
                col(AgentSession.state_since) + allowed < until,
            )
            .limit(limit),
            skip_locked=True,
        )
    ).all()


def reserved_for_nothing(session: Session, since: datetime) -> Sequence[AgentSession]:
    """Reserved since before `since`, with no preview, no call, and nobody who asks her about one."""
    has_call = (
        select(Attempt.id)
        .where(col(Attempt.agent_session_id) == AgentSession.id, col(Attempt.state).in_(OPEN))
        .exists()
    )
    is_asked = (
        select(Leg.id)
        .where(
            Leg.address == func.concat(LINE, AgentSession.id),
            Leg.state != LegState.ENDED,
        )
        .exists()
    )
    return session.exec(
        under_lock(
            select(AgentSession).where(
                AgentSession.state == SessionState.RESERVED,
                col(AgentSession.preview_contact_id).is_(None),
                AgentSession.state_since < since,
                ~has_call,
                ~is_asked,
            ),
            skip_locked=True,
        )
    ).all()


def ready_of_user(session: Session, campaign_id: int, user_id: int) -> AgentSession | None:
    """The agent's session if it is ready for the campaign, locked; None while an answer is taking it."""
    return session.exec(
        under_lock(
            select(AgentSession).where(_works(campaign_id), AgentSession.user_id == user_id, is_free()),
            skip_locked=True,
        )
    ).first()


def ready(session: Session, campaign_id: int) -> Sequence[AgentSession]:
    return session.exec(
        select(AgentSession)
        .where(
            AgentSession.campaign_id == campaign_id,
            is_free(),
        )
        .order_by(col(AgentSession.state_since), col(AgentSession.id))
    ).all()


def signed_in(session: Session) -> Sequence[AgentSession]:
    return session.exec(
        select(AgentSession)
        .where(col(AgentSession.state).in_(SIGNED_IN))
        .order_by(col(AgentSession.campaign_id), col(AgentSession.started_at))
    ).all()


def open_span(session: Session, session_id: UUID) -> AgentSpan | None:
    return session.exec(
        select(AgentSpan).where(AgentSpan.agent_session_id == session_id, col(AgentSpan.ended_at).is_(None))
    ).first()


class AgentCount(NamedTuple):
    """People signed in to one campaign."""

    signed_in: int = 0
    ready: int = 0
    """With the line up."""
    busy: int = 0
    """Reserved, on a call, or in wrap-up."""
    looking: int = 0
    """Of the busy: at a contact, before the call."""


def count_by_campaign(session: Session) -> dict[int, AgentCount]:
    ready = is_free()
    rows = session.execute(
        sa_select(
            col(AgentSession.campaign_id),
            func.count(),
            func.count().filter(ready),
            func.count().filter(col(AgentSession.state).in_(BUSY)),
            func.count().filter(col(AgentSession.preview_contact_id).is_not(None)),
        )
        .where(col(AgentSession.state).in_(SIGNED_IN))
        .group_by(col(AgentSession.campaign_id))
    )
    return {campaign_id: AgentCount(*counts) for campaign_id, *counts in rows}


def counted_elsewhere(session: Session) -> dict[int, int]:
    """How many signed-in agents work each campaign and are counted in another now."""
    rows = session.exec(
        select(AgentCampaign.campaign_id, func.count())
        .join(AgentSession, col(AgentSession.id) == AgentCampaign.agent_session_id)
        .where(col(AgentSession.state).in_(SIGNED_IN), AgentSession.campaign_id != AgentCampaign.campaign_id)
        .group_by(col(AgentCampaign.campaign_id))
    )
    return dict(rows.all())


def free_users(session: Session, campaign_id: int) -> set[int]:
    """Who works the campaign and could take a call now."""
    return set(session.exec(select(AgentSession.user_id).where(_works(campaign_id), is_free())))


def of_campaign(session: Session, campaign_id: int) -> Sequence[AgentSession]:
    """Everybody who works the campaign, locked."""
    return session.exec(
        under_lock(
            select(AgentSession)
            .where(_works(campaign_id), col(AgentSession.state).in_(SIGNED_IN))
            .order_by(col(AgentSession.id))
        )
    ).all()
