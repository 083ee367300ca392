"""The production shape: the compose file's services run commands that exist, on settings that exist,
each with a health check; the locks hold hashes and no addresses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from dialer.cli import app
from dialer.core.processes import STOP_SECONDS
from dialer.core.settings import Settings

ROOT = Path(__file__).parents[1]
OURS = ("web", "pacer", "worker", "files", "cron")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def commands() -> set[str]:
    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]  # a group has commands


def test_services_of_the_production_shape(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", "redis", "migrate", "proxy", *OURS}


@pytest.mark.parametrize("name", [*OURS, "migrate"])
def test_our_services_share_the_image_and_run_commands_that_exist(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["image"] == compose["services"]["web"]["image"]
    assert service["command"][0] == "dialer"
    assert service["command"][1] in commands()


@pytest.mark.parametrize("name", [*OURS, "postgres", "redis"])
def test_long_running_services_have_a_health_check(compose: dict[str, Any], name: str) -> None:
    assert compose["services"][name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_health_checks_of_processes_without_a_port_ask_for_themselves(compose: dict[str, Any]) -> None:
    for name in ("pacer", "worker", "files", "cron"):
        assert compose["services"][name]["healthcheck"]["test"] == ["CMD", "dialer", "alive", name]


@pytest.mark.parametrize("name", ["worker", "files"])
def test_who_asks_the_carrier_is_given_the_time_to_hear_its_answer(
    compose: dict[str, Any], name: str
) -> None:
    fields = Settings.model_fields
    longest = fields["twilio_connect_seconds"].default + fields["twilio_read_seconds"].default
    assert compose["services"][name]["stop_grace_period"] == "30s"
    assert longest < STOP_SECONDS < 30


@pytest.mark.parametrize("name", [*OURS, "migrate"])
def test_environment_names_settings(compose: dict[str, Any], name: str) -> None:
    given = compose["services"][name]["environment"]
    assert {setting.lower() for setting in given} <= set(Settings.model_fields)


def test_what_a_service_waits_for_exists_and_volumes_are_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for other, condition in service.get("depends_on", {}).items():
            assert other in compose["services"]
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][other]
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in compose["volumes"]


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [name.upper() for name in Settings.model_fields if f"`{name.upper()}`" not in readme]
    assert missing == []


def test_the_python_lock_has_a_hash_for_every_pin_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.split(r"\n(?=\S)", lock.strip())
    assert len(pins) > 50
    assert all("--hash=sha256:" in pin for pin in pins)
    assert "://" not in lock


def test_npm_lock_has_integrity_and_no_resolved_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    fetched = [package for path, package in packages.items() if path]
    assert fetched
    assert all(package["integrity"] for package in fetched)
    assert not any("resolved" in package for package in fetched)
