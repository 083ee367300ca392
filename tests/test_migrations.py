"""Migrations make exactly the tables that the code has, once, however many processes ask."""

import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from dialer.core.database import make_engine
from dialer.migrations import runner
from tests.house import House, new_database

BEFORE_CALL_CONTROL = (
    "INSERT INTO users (username, full_name, role, password_hash, is_active, created_at)"
    " VALUES ('ana', 'Ana', 'agent', '-', true, now())",
    "INSERT INTO clients (slug, name, callback_number, created_at)"
    " VALUES ('vale', 'Vale', '+13125550199', now())",
    "INSERT INTO campaigns (slug, name, client_id, state, dial_mode, script_slug, caller_id, ring_seconds,"
    " abandon_seconds, call_seconds_limit, wrap_up_seconds, attempts_allowed, sla_minutes,"
    " time_zone, created_at)"
    " SELECT 'windows', 'Windows', id, 'draft', 'progressive', 'windows', '+13125550100', 25, 2, 3600, 60, 6,"
    " 120, 'America/Chicago', now() FROM clients",
)


@pytest.fixture
def empty(house: House) -> str:
    return new_database(house.database_url, "dialer_empty")


def test_they_leave_no_difference_to_the_tables_in_code(house: House) -> None:
    assert runner.differences(house.database_url) == []


def test_a_difference_would_be_found(empty: str) -> None:
    assert any("add_table" in one and "attempts" in one for one in runner.differences(empty))


def test_an_empty_database_is_brought_up_and_a_second_time_left(empty: str) -> None:
    assert runner.current(empty) is None
    assert runner.upgrade(empty) == runner.upgrade(empty) == runner.head() == runner.current(empty)


def test_call_control_keeps_what_was_there(empty: str) -> None:
    """From the version before it: a campaign keeps its caller id, and begins a pool with it."""
    runner.upgrade(empty, "b3fef5196aed")
    engine = make_engine(empty, 1)
    try:
        with engine.begin() as connection:
            for statement in BEFORE_CALL_CONTROL:
                connection.execute(text(statement))
        assert runner.upgrade(empty) == runner.head()
        with engine.connect() as connection:
            kept = connection.execute(
                text("SELECT name, caller_id, machine_detection, recording FROM campaigns")
            ).one()
            pool = connection.execute(text("SELECT phone, rested_at FROM caller_ids")).one()
            agent = connection.execute(text("SELECT username, line, phone FROM users")).one()
    finally:
        engine.dispose()
    assert tuple(kept) == ("Windows", "+13125550100", "off", "off")
    assert tuple(pool) == ("+13125550100", None)
    assert tuple(agent) == ("ana", "browser", None)


BEFORE_PACING = (
    *BEFORE_CALL_CONTROL[:2],
    "INSERT INTO campaigns (slug, name, client_id, state, dial_mode, script_slug, caller_id, local_presence,"
    " caller_id_calls_per_day, ring_seconds, abandon_seconds, call_seconds_limit, machine_detection,"
    " voicemail_message, verdict_review_percent, recording, wrap_up_seconds, attempts_allowed, sla_minutes,"
    " time_zone, created_at)"
    " SELECT 'windows', 'Windows', id, 'running', 'preview', 'windows', '+13125550100', false, 500, 25, 2,"
    " 3600, 'off', '', 5, 'off', 60, 6, 120, 'America/Chicago', now() FROM clients",
    "INSERT INTO agent_sessions (user_id, campaign_id, state, state_since, stop_after_call, line, is_muted,"
    " started_at) SELECT users.id, campaigns.id, 'ready', now(), false, 'up', false, now()"
    " FROM users, campaigns",
)


def test_pacing_keeps_what_was_there(empty: str) -> None:
    """From the version before it: a campaign dials as it did, its signed-in agent works it, and it may be
    set to a mode that was not there."""
    runner.upgrade(empty, "d165c5ec6758")
    engine = make_engine(empty, 1)
    try:
        with engine.begin() as connection:
            for statement in BEFORE_PACING:
                connection.execute(
                    text(
                        statement.replace("is_active, created_at", "is_active, line, created_at").replace(
                            "true, now())", "true, 'browser', now())"
                        )
                    )
                )
        assert runner.upgrade(empty) == runner.head()
        with engine.begin() as connection:
            kept = connection.execute(text("SELECT dial_mode, abandon_limit, weight FROM campaigns")).one()
            works = connection.execute(
                text("SELECT count(*) FROM agent_campaigns JOIN agent_sessions ON id = agent_session_id")
            ).scalar_one()
            connection.execute(text("UPDATE campaigns SET dial_mode = 'predictive'"))
    finally:
        engine.dispose()
    assert tuple(kept) == ("preview", 0.03, 1)
    assert works == 1


def test_processes_that_ask_at_once_do_it_once(empty: str) -> None:
    code = "import sys; from dialer.migrations import runner; print(runner.upgrade(sys.argv[1]))"
    asking = [
        subprocess.Popen([sys.executable, "-c", code, empty], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120)[0].strip() for process in asking]
    assert [process.returncode for process in asking] == [0, 0]
    assert told == [runner.head()] * 2


def test_the_history_is_one_line() -> None:
    script = ScriptDirectory.from_config(runner.config(""))
    assert len(script.get_heads()) == 1
    assert all(not revision.is_merge_point for revision in script.walk_revisions())


def test_every_foreign_key_that_is_looked_up_is_indexed(house: House) -> None:
    """What the sweeper and the webhooks ask for by another table's id finds an index that begins with it."""
    engine = make_engine(house.database_url, 1)
    looked_up = {
        "attempts": {"contact_id", "agent_session_id", "campaign_id", "call_sid"},
        "contacts": {"campaign_id", "call_list_id", "phone"},
        "agent_spans": {"agent_session_id", "campaign_id"},
        "recordings": {"attempt_id", "recording_sid"},
        "legs": {"agent_session_id", "attempt_id", "call_sid"},
        "leads": {"contact_id", "attempt_id", "owner_id", "campaign_id"},
        "suppressions": {"phone"},
        "carrier_events": {"key", "call_sid"},
    }
    try:
        inspector = inspect(engine)
        for table, columns in looked_up.items():
            first = {index["column_names"][0] for index in inspector.get_indexes(table)}
            assert columns <= first, table
    finally:
        engine.dispose()
