"""Processes that begin at once: each is forked off one that has imported the whole house, or every kill would
cost seconds of imports. They are processes like any other, and are killed like any other.

`python -m tests.storm.warm` is the one that forks: a line of JSON in for each, a line with its id out.
"""

import gc
import json
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Self

from dialer.core.embedded import die_with_parent
from dialer.core.processes import Process, ProcessGroup, Program
from dialer.services import recording_sweeper

HOUSE = (
    "dialer.app",
    "dialer.cli.web",
    "dialer.sandbox.serve",
    "rq.serializers",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "workers.cron",
    "workers.jobs",
    "workers.main",
    "workers.pacer",
)
ENDED = 1
SOON_SECONDS = 10
"""After which recordings are asked for again here; it is minutes elsewhere."""


class Forked:
    """A process that is another's child: watched by a descriptor of the kernel's, so that its id cannot
    come to mean another one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        self._look(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._look(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, seconds: float | None) -> None:
        if self.returncode is None and select.select([self._descriptor], [], [], seconds)[0]:
            self.returncode = ENDED
            os.close(self._descriptor)


class WarmGroup(ProcessGroup):
    def __init__(self, programs: Sequence[Program], log_folder: Path) -> None:
        super().__init__(programs, log_folder)
        self._forker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._forker = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        return super().__enter__()

    def stop(self) -> None:
        super().stop()
        if self._forker is not None:
            self._forker.kill()
            self._forker.communicate()

    def spawn(self, program: Program, log: IO[bytes]) -> Process:
        asked = {
            "arguments": list(program.command),
            "environment": dict(program.environment),
            "log": log.name,
        }
        assert self._forker is not None
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.write(json.dumps(asked).encode() + b"\n")
        self._forker.stdin.flush()
        return Forked(int(self._forker.stdout.readline()))


def fork_when_told() -> None:
    for name in HOUSE:
        import_module(name)
    recording_sweeper.TOLD_WITHIN_SECONDS = recording_sweeper.STORED_WITHIN_SECONDS = SOON_SECONDS
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        pid = os.fork()
        if not pid:
            _become(json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _become(asked: dict[str, Any]) -> None:
    """The command `dialer`, in a process of its own; never returns."""
    die_with_parent()
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(asked["log"], os.O_WRONLY | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.environ.update(asked["environment"])
    random.seed()
    sys.argv = ["dialer", *asked["arguments"]]
    from dialer.cli import app

    try:
        app()
    finally:
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    fork_when_told()
