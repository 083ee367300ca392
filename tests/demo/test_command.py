"""`dialer demo` as a newcomer types it: it starts, shows, stops at Ctrl-C, leaves nobody behind and
keeps its data; `--check` balances."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from dialer.core.embedded import free_port

KEYS = {
    "contacts", "attempts", "placed", "outcomes", "connected", "abandoned", "dispositions", "leads",
    "leads_with_due_at", "double_dials", "open_attempts", "sandbox_calls", "agent_hours_dialled",
    "leads_per_hour_dialled", "balanced",
}  # fmt: skip
START_SECONDS = 150


def living_processes_of(home: Path) -> list[str]:
    """Command lines of processes that belong to this demo, by what they run on."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
            settings = (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in command + settings:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def start_demo(home: Path, port: int) -> "subprocess.Popen[str]":
    settings: Mapping[str, str] = {**os.environ, "DIALER_HOME": str(home), "WEB_PORT": str(port)}
    command = [sys.executable, "-m", "dialer", "demo", "--agents", "2"]
    return subprocess.Popen(command, env=settings, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the demo did not start"
        time.sleep(0.1)


def stop_demo(demo: "subprocess.Popen[str]") -> str:
    demo.send_signal(signal.SIGINT)
    _, told = demo.communicate(timeout=180)
    assert demo.returncode == 0, told
    return told


def test_starts_stops_leaves_nobody_and_keeps_its_data(tmp_path: Path) -> None:
    port = free_port()
    demo = start_demo(tmp_path, port)
    wait_until_ready(port)
    told = stop_demo(demo)
    assert f"http://127.0.0.1:{port}" in told
    assert "supervisor" in told
    assert living_processes_of(tmp_path) == []
    passwords = (tmp_path / "demo" / "passwords.json").read_text()
    again = start_demo(tmp_path, port)
    wait_until_ready(port)
    assert (tmp_path / "demo" / "passwords.json").read_text() == passwords
    stop_demo(again)
    assert living_processes_of(tmp_path) == []


def test_check_prints_one_json_document_that_balances() -> None:
    command = [
        sys.executable,
        "-m",
        "dialer",
        "demo",
        "--check",
        "--seconds",
        "12",
        "--agents",
        "2",
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    books = json.loads(done.stdout)
    assert done.returncode == 0, books
    assert books.keys() >= KEYS
    assert books["balanced"] is True
    assert books["double_dials"] == books["open_attempts"] == 0
    assert books["sandbox_calls"] == books["placed"] > 0
    assert books["contacts"] == 500
