"""Processes of one machine, looked after: started together, restarted when one dies, stopped
together, leaving none behind."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import IO, Protocol, Self

from dialer.core.embedded import die_with_parent
from dialer.core.log import logger

STOP_SECONDS = 20
"""Longer than the carrier's timeouts: a worker that asks for a call hears whether there is one."""
RESTART_SECONDS = 0.5


class Process(Protocol):
    """What a group asks of a process that runs; `subprocess.Popen` is one."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...
    def send_signal(self, sig: int, /) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...


@dataclass
class Program:
    """One command to keep running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: Process | None = None
    started_at: float = 0.0
    restarts: int = field(default=0)


class ProcessGroup:
    """Use as a context: leaving it stops everything. Output goes to a log file for each program."""

    def __init__(self, programs: Sequence[Program], log_folder: Path) -> None:
        self.programs = list(programs)
        self._logs = log_folder

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        for program in self.programs:
            self._start(program)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def watch(self, stop: Event) -> None:
        """Restart whatever died, until told to stop."""
        while not stop.wait(0.1):
            self.restart_dead()

    def restart_dead(self) -> None:
        for program in self.programs:
            process = program.process
            if process is None or process.poll() is None:
                continue
            if time.monotonic() - program.started_at < RESTART_SECONDS:
                continue
            logger.warning("process_died", name=program.name, status=process.returncode)
            program.restarts += 1
            self._start(program)

    def pid(self, name: str) -> int:
        process = next(program.process for program in self.programs if program.name == name)
        if process is None:
            raise LookupError(f"{name} is not running")
        return process.pid

    def stop(self) -> None:
        """Ask in the reverse order of starting, then insist."""
        alive = [p.process for p in reversed(self.programs) if p.process and p.process.poll() is None]
        for process in alive:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, program: Program) -> None:
        with self._log(program.name) as log:
            program.process = self.spawn(program, log)
        program.started_at = time.monotonic()

    def spawn(self, program: Program, log: IO[bytes]) -> Process:
        return subprocess.Popen(  # noqa: S603 - our own commands, no shell
            list(program.command),
            env={**os.environ, **program.environment},  # noqa: TID251 - handed on, not read
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    def _log(self, name: str) -> IO[bytes]:
        return (self._logs / f"{name}.log").open("ab")
