"""The other commands: what there is, what they say when something is missing, users."""

import json
import socket
from pathlib import Path

import pytest

from dialer.core.embedded import free_port
from dialer.core.settings import kept_for_commands
from tests.cli.shell import refused, run, spawn
from tests.house import House

COMMANDS = (
    "up",
    "web",
    "pacer",
    "worker",
    "files",
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
    ended = spawn(tmp_path, "--help")
    assert ended.returncode == 0
    listed = {line.strip(" │").split(" ")[0] for line in ended.stdout.splitlines()}
    assert listed >= set(COMMANDS)


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("up", {"PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}),
        ("web", {"PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "DATABASE_URL", "REDIS_URL"}),
        ("worker", {"PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "DATABASE_URL", "REDIS_URL"}),
        ("files", {"PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "DATABASE_URL", "REDIS_URL"}),
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
    assert "DATABASE_POOL" in refused(spawn(tmp_path, "web", DATABASE_POOL="0"))


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


def test_a_process_that_is_none_is_told_with_those_that_are(tmp_path: Path) -> None:
    ended = run(tmp_path, "alive", "nosuch")
    assert (ended.returncode, ended.stdout) == (2, "")
    for word in ("nosuch", "pacer", "worker", "cron"):
        assert word in ended.stderr


def test_a_process_without_a_sign_of_life_is_told(tmp_path: Path, house: House) -> None:
    assert "No cron on this host gave a sign of life" in refused(
        run(tmp_path, "alive", "cron", REDIS_URL=house.redis_url)
    )
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    assert "REDIS_URL can't be asked" in refused(run(tmp_path, "alive", "cron", REDIS_URL=nowhere))


@pytest.mark.parametrize("command", ["sandbox", "web", "up"])
def test_a_port_that_is_taken_is_told(tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = ("sandbox", "--port", port) if command == "sandbox" else (command,)
        needed = {
            "WEB_PORT": port,
            "PUBLIC_URL": "https://calls.example",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "sandbox",
            "DATABASE_URL": "postgresql://127.0.0.1/nowhere",
            "REDIS_URL": "redis://127.0.0.1/0",
        }
        told = refused(run(tmp_path, *words, **needed))
    assert f"Nothing can listen at 127.0.0.1:{port}" in told
    assert ("--port" if command == "sandbox" else "WEB_PORT") in told


def test_commands_find_the_settings_of_what_runs_in_their_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {"DIALER_HOME": str(home), "WEB_PORT": "0", "DATABASE_POOL": "0"}
    with kept_for_commands(environment):
        assert "DATABASE_POOL" in refused(run(tmp_path, "alive", "cron", DIALER_HOME=home))
        told = refused(run(tmp_path, "alive", "cron", DIALER_HOME=home, DATABASE_POOL="1"))
        assert "REDIS_URL is not set" in told
    assert "DATABASE_POOL" not in refused(run(tmp_path, "alive", "cron", DIALER_HOME=home))
