"""The ground that tests stand on: real PostgreSQL and Valkey, settings, and the web process over HTTP.

Whatever a test sets is set for this process alone; every cache that holds a setting is let go.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TypeVar

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine, make_url, text
from sqlmodel import Session, SQLModel

from dialer.cli.web import KEEP_ALIVE_SECONDS
from dialer.core.clock import get_clock, real_now
from dialer.core.database import driver_url, get_engine, make_engine
from dialer.core.embedded import embedded_postgresql, embedded_valkey
from dialer.core.outbox import deliver
from dialer.core.queue import QUEUE_NAMES, Job, get_queue
from dialer.core.redis import get_redis
from dialer.core.settings import Settings, adopt
from dialer.migrations import runner
from workers import jobs

NOW = datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
"""A Tuesday; half past eight in Honolulu, half past one in New York: every US zone may be called."""
SPEED = 50.0
"""Of the house's clock and of the sandbox's."""
ACCOUNT_SID, AUTH_TOKEN = "AC" + "0" * 32, "sandbox"
DEADLINE_SECONDS = 15.0
NOWHERE = "http://127.0.0.1:9"
NAMES = tuple(name.upper() for name in Settings.model_fields)
T = TypeVar("T")


def wait_for(probe: Callable[[], T | None]) -> T:
    """The first true value of the probe."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (value := probe()):
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.01)
    return value


def until(look: Callable[[], T], is_so: Callable[[T], bool]) -> T:
    """What is looked at, as it is once it is so."""
    return wait_for(lambda: found if is_so(found := look()) else None)


def commit(session: Session) -> None:
    """As the edge does it: commit, then let jobs and events go."""
    session.commit()
    deliver(session)


def queued() -> list[tuple[Job, *tuple[str, ...]]]:
    """The jobs that wait for a worker, in the order of the queues and oldest first, with their ids."""
    return [
        (Job(str(job.func_name)), *job.args) for name in QUEUE_NAMES for job in get_queue(name).get_jobs()
    ]


def somebody_waits_for_a_lock() -> bool:
    with get_engine().connect() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


@dataclass(frozen=True)
class House:
    database_url: str
    redis_url: str
    listener: socket.socket
    """Bound before anything starts, so that the public address is known."""
    public_url: str
    outside: Mapping[str, str]
    """The settings in the environment as it was."""

    def furnish(self, **changes: str) -> None:
        """The settings of a deployment on this machine whose clock begins at `NOW`, with `changes`."""
        live_by(
            {
                "DATABASE_URL": self.database_url,
                "REDIS_URL": self.redis_url,
                "PUBLIC_URL": self.public_url,
                "TWILIO_BASE_URL": NOWHERE,
                "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
                "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
                "TWILIO_CALLS_PER_SECOND": "50",
                "CLOCK_START": NOW.isoformat(),
                "CLOCK_REAL_START": real_now().isoformat(),
                "CLOCK_SPEED": str(SPEED),
                **changes,
            }
        )

    def leave(self) -> None:
        """Back to the settings that this process was started with."""
        for name in NAMES:
            os.environ.pop(name, None)
        adopt(self.outside)

    def clean(self) -> None:
        """Empty every table and Redis."""
        tables = reversed(SQLModel.metadata.sorted_tables)
        with get_engine().begin() as connection:
            connection.exec_driver_sql(";".join(f'DELETE FROM "{table.name}"' for table in tables))
        get_redis().flushall()


def live_by(environment: Mapping[str, str]) -> None:
    """Adopt the settings and forget what was built on the ones before; the engine is kept while its
    address stays."""
    before = get_engine() if get_engine.cache_info().currsize else None
    adopt(environment)
    get_clock.cache_clear()
    jobs.get_carrier.cache_clear()
    if before is not None and before.url != make_url(driver_url(environment["DATABASE_URL"])):
        before.dispose()
        get_engine.cache_clear()


@contextmanager
def open_house(home: Path) -> Iterator[House]:
    with (
        embedded_postgresql(home) as server_url,
        embedded_valkey(home) as redis_url,
        socket.socket() as listener,
    ):
        hurry(server_url)
        database_url = new_database(server_url, "dialer_tests")
        runner.upgrade(database_url)
        listener.bind(("127.0.0.1", 0))
        public_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        outside = {name: os.environ[name] for name in NAMES if name in os.environ}
        house = House(database_url, redis_url, listener, public_url, outside)
        yield house
        house.furnish()
        get_engine().dispose()
        get_redis().close()
        house.leave()


def hurry(server_url: str) -> None:
    """A test's data need not outlive a power cut."""
    _as_owner(
        server_url,
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET synchronous_commit = off",
        "SELECT pg_reload_conf()",
    )


def new_database(server_url: str, name: str) -> str:
    """The address of a new, empty database on the same server."""
    _as_owner(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def _as_owner(server_url: str, *statements: str) -> None:
    engine: Engine = make_engine(server_url, 1)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@contextmanager
def served(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    """The app behind the socket, in a thread."""
    config = uvicorn.Config(
        app, log_level="warning", timeout_graceful_shutdown=1, timeout_keep_alive=KEEP_ALIVE_SECONDS
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive())
        yield
    finally:
        server.should_exit = True
        thread.join(DEADLINE_SECONDS)
