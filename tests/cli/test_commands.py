"""The other commands: what there is, what they say when something is missing, users."""

import json
from pathlib import Path

import pytest

from tests.cli.shell import refused, run

COMMANDS = (
    "up",
    "web",
    "pacer",
    "worker",
    "cron",
    "migrate",
    "alive",
    "import-list",
    "numbers",
    "why",
    "demo",
    "sandbox",
    "user",
    "scripts",
)


def test_help_lists_the_commands(tmp_path: Path) -> None:
    ended = run(tmp_path, "--help")
    assert ended.returncode == 0
    listed = {line.strip(" │").split(" ")[0] for line in ended.stdout.splitlines()}
    assert listed >= set(COMMANDS)


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("up", {"PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}),
        ("web", {"PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "DATABASE_URL", "REDIS_URL"}),
        ("worker", {"PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "DATABASE_URL", "REDIS_URL"}),
        ("pacer", {"DATABASE_URL", "REDIS_URL"}),
        ("cron", {"DATABASE_URL", "REDIS_URL"}),
    ],
)
def test_a_process_without_settings_names_them_all(tmp_path: Path, command: str, missing: set[str]) -> None:
    told = refused(run(tmp_path, command))
    for name in missing:
        assert f"{name} is not set" in told
    assert not list(tmp_path.iterdir())


def test_a_setting_that_cannot_be_is_named(tmp_path: Path) -> None:
    assert "DATABASE_POOL" in refused(run(tmp_path, "web", DATABASE_POOL="0"))


def test_a_user_is_added_once(tmp_path: Path) -> None:
    words = ("user", "add", "ada", "--role", "agent", "--name", "Ada Account", "--json", "--password")
    home = tmp_path / "home"
    ended = run(tmp_path, *words, "correct horse battery", DIALER_HOME=home)
    assert ended.returncode == 0, ended.stderr
    user = json.loads(ended.stdout)
    assert (user["username"], user["role"]) == ("ada", "agent")
    again = refused(run(tmp_path, *words, "correct horse battery", DIALER_HOME=home))
    assert "There is a user “ada” already." in again
    weak = refused(run(tmp_path, *words, "short", DIALER_HOME=home))
    assert "password" in weak.lower()
