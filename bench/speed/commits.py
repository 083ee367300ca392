"""When the house's transactions were committed, as PostgreSQL's own clock tells it.

Claims and changes of an agent's state are noted by triggers in tables of the bench's own, whose rows are
never changed: so each keeps the transaction that made it, and that one's commit timestamp.
"""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Engine, text

from dialer.core.embedded import embedded_postgresql

TABLES = """
CREATE TABLE bench_claims (attempt_id uuid);
CREATE TABLE bench_states (agent_session_id uuid, state text);
CREATE FUNCTION bench_claim() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO bench_claims VALUES (NEW.id); RETURN NULL; END $$;
CREATE FUNCTION bench_state() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO bench_states VALUES (NEW.agent_session_id, NEW.state); RETURN NULL; END $$;
CREATE TRIGGER bench_claim AFTER INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION bench_claim();
CREATE TRIGGER bench_state AFTER INSERT ON agent_spans FOR EACH ROW EXECUTE FUNCTION bench_state();
"""
CLAIMS = """
SELECT a.id, a.claimed_at, pg_xact_commit_timestamp(b.xmin)
FROM bench_claims b JOIN attempts a ON a.id = b.attempt_id
WHERE pg_xact_commit_timestamp(b.xmin) BETWEEN to_timestamp(:since) AND to_timestamp(:until)
"""
STATES = """
SELECT agent_session_id, state, pg_xact_commit_timestamp(xmin) AS at FROM bench_states
WHERE pg_xact_commit_timestamp(xmin) BETWEEN to_timestamp(:since) AND to_timestamp(:until) ORDER BY at
"""


class Claim(NamedTuple):
    attempt_id: UUID
    claimed_at: datetime
    """On the house's clock."""
    committed_at: datetime


class Change(NamedTuple):
    session_id: UUID
    state: str
    committed_at: datetime


def keep_times(home: Path) -> None:
    """For the server whose data are in `home`, from its next start on."""
    with embedded_postgresql(home):
        pass
    with (home / "postgresql" / "postgresql.conf").open("a") as settings:
        settings.write("track_commit_timestamp = on\n")


def watch(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(TABLES))


def claims(engine: Engine, since: float, until: float) -> list[Claim]:
    with engine.connect() as connection:
        rows = connection.execute(text(CLAIMS), {"since": since, "until": until})
        return [Claim(*row) for row in rows]


def changes(engine: Engine, since: float, until: float) -> list[Change]:
    """The earliest first."""
    with engine.connect() as connection:
        rows = connection.execute(text(STATES), {"since": since, "until": until})
        return [Change(*row) for row in rows]
