"""Commands that need the database and nothing else: `dialer migrate`, `dialer user add`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from dialer.cli.output import console, print_json
from dialer.core.clock import utc_now
from dialer.core.database import make_engine, transaction
from dialer.core.embedded import embedded_postgresql
from dialer.core.settings import get_settings
from dialer.domain.user import Role
from dialer.migrations import runner
from dialer.services import users


@contextmanager
def database_at_hand() -> Iterator[str]:
    """The address of the database that is set, or of the embedded one, which is stopped again if this
    command started it."""
    settings = get_settings()
    if settings.database_url is not None:
        yield settings.database_url
        return
    with embedded_postgresql(Path(settings.dialer_home)) as url:
        yield url


@contextmanager
def migrated_engine() -> Iterator[Engine]:
    with database_at_hand() as url:
        runner.upgrade(url)
        engine = make_engine(url, 1)
        try:
            yield engine
        finally:
            engine.dispose()


def migrate() -> None:
    with database_at_hand() as url:
        revision = runner.upgrade(url)
    console.print(f"The database is at migration [bold]{revision}[/].")


def add_user(username: str, role: Role, name: str, password: str, as_json: bool) -> None:
    with migrated_engine() as engine, transaction(engine) as session:
        user = users.add(session, username, name, role, password, None, utc_now())
    console.print(f"Added [bold]{user.username}[/], {user.role.value}.")
    if as_json:
        print_json({"id": user.id, "username": user.username, "role": user.role.value})
