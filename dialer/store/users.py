"""People who sign in, and their browser sessions."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, delete, func, select

from dialer.core.database import aware, str_enum, under_lock
from dialer.domain.agent import AgentLine
from dialer.domain.user import SPEAKERS, Role


class User(SQLModel, table=True):
    __tablename__ = "users"

    id: int = Field(default=None, primary_key=True)
    username: str = Field(unique=True, max_length=64)
    full_name: str = Field(max_length=120)
    role: Role = str_enum(Role)
    password_hash: str
    line: AgentLine = str_enum(AgentLine, default=AgentLine.BROWSER)
    phone: str | None = Field(default=None, max_length=120)
    """E.164 or a `sip:` address: where she is rung by telephone, and where calls are passed to her."""
    takes_inbound: bool = False
    """Whether people who call us may reach her, before the next call of ours does."""
    is_active: bool = True
    created_at: datetime = aware()

    @property
    def first_name(self) -> str:
        return self.full_name.split()[0]


class WebSession(SQLModel, table=True):
    """A browser signed in. The cookie holds the token, we hold its hash."""

    __tablename__ = "web_sessions"

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="users.id", index=True)
    csrf_token: str
    created_at: datetime = aware()
    expires_at: datetime = aware()


def by_username(session: Session, username: str) -> User | None:
    return session.exec(select(User).where(func.lower(User.username) == username.lower())).first()


def lock(session: Session, user_id: int) -> User | None:
    """Locked against another sign-on of the same person, not against rows that point at her."""
    return session.exec(under_lock(select(User).where(User.id == user_id), key_share=True)).first()


def everybody(session: Session) -> Sequence[User]:
    return session.exec(select(User).order_by(User.role, User.username)).all()


def of_roles(session: Session, roles: Collection[Role]) -> Sequence[User]:
    """Those of `roles` who are active."""
    return session.exec(
        select(User)
        .where(col(User.role).in_(roles), col(User.is_active).is_(True))
        .order_by(col(User.full_name))
    ).all()


def reachable(session: Session, asking_id: int, now: datetime) -> Sequence[User]:
    """Everybody else who could be called: by telephone, or in a browser that speaks and is signed in."""
    signed_in = select(WebSession.user_id).where(
        col(WebSession.user_id) == User.id, WebSession.expires_at > now
    )
    return session.exec(
        select(User)
        .where(
            User.id != asking_id,
            col(User.is_active).is_(True),
            col(User.phone).is_not(None) | (col(User.role).in_(SPEAKERS) & signed_in.exists()),
        )
        .order_by(col(User.full_name))
    ).all()


def names(session: Session, ids: Collection[int]) -> dict[int, str]:
    rows = session.exec(select(User.id, User.full_name).where(col(User.id).in_(ids)))
    return dict(rows.all())


def signed_in(session: Session, token_hash: str, now: datetime) -> tuple[User, WebSession] | None:
    row = session.exec(
        select(User, WebSession)
        .join(WebSession, col(WebSession.user_id) == User.id)
        .where(
            WebSession.token_hash == token_hash, WebSession.expires_at > now, col(User.is_active).is_(True)
        )
    ).first()
    return (row[0], row[1]) if row else None


def end_web_session(session: Session, token_hash: str) -> None:
    session.exec(delete(WebSession).where(col(WebSession.token_hash) == token_hash))


def end_web_sessions(session: Session, user_id: int) -> None:
    session.exec(delete(WebSession).where(col(WebSession.user_id) == user_id))


def drop_expired_web_sessions(session: Session, now: datetime) -> None:
    session.exec(delete(WebSession).where(col(WebSession.expires_at) <= now))
