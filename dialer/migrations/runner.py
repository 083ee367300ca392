"""Migrations go forward only. One advisory lock lets several processes ask at once."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel

from dialer import store
from dialer.core.database import make_engine

HERE = Path(__file__).parent
_LOCK = 7_241_001


def config(database_url: str) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(HERE))
    settings.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    settings.attributes["database_url"] = database_url
    return settings


def head() -> str | None:
    return ScriptDirectory.from_config(config("")).get_current_head()


def current(database_url: str) -> str | None:
    engine = make_engine(database_url, 1)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def upgrade(database_url: str, revision: str = "head") -> str | None:
    """Bring the database up; the revision it is at afterwards."""
    engine = make_engine(database_url, 1)
    try:
        with engine.connect() as guard:
            guard.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            command.upgrade(config(database_url), revision)
            guard.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    finally:
        engine.dispose()
    return current(database_url)


def differences(database_url: str) -> list[str]:
    """What the tables in code have that the migrated database has not, or the other way round."""

    assert store.__all__, "importing the store fills the metadata"
    engine = make_engine(database_url, 1)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            return [str(item) for item in compare_metadata(context, SQLModel.metadata)]
    finally:
        engine.dispose()
