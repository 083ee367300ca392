"""Runs the migrations in one transaction, with short lock waits so that they never stall the floor."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import text
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from dialer import store
from dialer.core.database import make_engine

assert store.__all__, "importing the store is what fills the metadata"

LOCK_TIMEOUT = "5s"


def plain_strings(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write SQLModel's string type as SQLAlchemy's, so that a migration needs no SQLModel."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def run() -> None:
    engine = make_engine(context.config.attributes["database_url"], 1)
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            compare_server_default=True,
            render_item=plain_strings,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
