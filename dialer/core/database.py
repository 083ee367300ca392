"""PostgreSQL: the engine, one transaction at the edge, and the column types that tables share."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, DateTime, Engine, Enum, Select, create_engine, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlmodel import Field, Session, SQLModel

from dialer.core.outbox import deliver
from dialer.core.settings import get_settings

LEADS = 1
"""The first number of the advisory locks by which processes lead."""

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

WAIT_SECONDS = 5
"""For a connection: the carrier gives up after 15, and repeats at once what was refused."""


def driver_url(url: str) -> str:
    scheme, rest = url.split("://", 1)
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url


def make_engine(url: str, pool: int) -> Engine:
    return create_engine(
        driver_url(url),
        pool_size=pool,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC", "connect_timeout": WAIT_SECONDS},
    )


@lru_cache
def get_engine() -> Engine:
    settings = get_settings()
    settings.require("database_url")
    return make_engine(str(settings.database_url), settings.database_pool)


@contextmanager
def transaction(engine: Engine | None = None) -> Iterator[Session]:
    """One unit of work: commits at the end, rolls back at an error; jobs and live events leave
    after the commit, so nobody hears of what never happened."""
    with Session(engine or get_engine(), expire_on_commit=False) as session:
        yield session
        session.commit()
        deliver(session)


class Lead:
    """The lead among processes of one kind: held by one of them, on a connection of its own, and lost with
    that connection, whatever becomes of the process. `number` names the kind."""

    def __init__(self, number: int, engine: Engine | None = None) -> None:
        self._engine = engine or get_engine()
        self._number = number
        self._connection: Connection | None = None
        self._leads = False

    def held(self) -> bool:
        """Whether this process leads; it tries to, if nobody does."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            ask = select(1) if self._leads else select(func.pg_try_advisory_lock(LEADS, self._number))
            self._leads = bool(self._connection.scalar(ask))
            return self._leads
        except DBAPIError:
            self._connection, self._leads = None, False
            raise

    def give_up(self) -> None:
        """To whoever asks next."""
        if self._connection is not None and self._leads:
            self._connection.scalar(select(func.pg_advisory_unlock(LEADS, self._number)))
        if self._connection is not None:
            self._connection.close()
        self._connection, self._leads = None, False


Query = TypeVar("Query", bound=Select[Any])


def under_lock(query: Query, *, skip_locked: bool = False, key_share: bool = False) -> Query:
    """The rows of `query`, locked for this transaction and read afresh: a row that the session has
    seen before would otherwise keep the values it had then. With `key_share`, rows that point at the
    locked one may be added meanwhile."""
    return query.with_for_update(skip_locked=skip_locked, key_share=key_share).execution_options(
        populate_existing=True
    )


def told(error: DBAPIError) -> dict[str, str]:
    """A database error for the log: what and where, never the values of a row."""
    diagnosis = getattr(error.orig, "diag", None)
    return {
        "error": type(error.orig).__name__,
        "constraint": str(getattr(diagnosis, "constraint_name", None) or ""),
        "table": str(getattr(diagnosis, "table_name", None) or ""),
    }


def str_enum(kind: type[StrEnum], **column: Any) -> Any:
    """A text column that holds the enum's values (not its names), with a CHECK."""
    return Field(
        sa_type=Enum(
            kind,
            native_enum=False,
            create_constraint=True,
            validate_strings=True,
            values_callable=lambda members: [member.value for member in members],
            name=kind.__name__.lower(),
            length=32,
        ),
        **column,
    )


def aware(**column: Any) -> Any:
    """A time column, aware UTC."""
    return Field(sa_type=DateTime(timezone=True), **column)


def json_column(**column: Any) -> Any:
    return Field(sa_type=JSONB, **column)
