"""Processes of the house with a stop-watch in them: the web process, which notes of each answer webhook how
long it took and how much of that was spent in PostgreSQL and Redis, and writes it to FOLDER at its end; the
pacer, which counts its decisions there. `python -m bench.speed.profiled web|pacer FOLDER`.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis
import uvicorn
from redis.client import Pipeline
from starlette.types import ASGIApp, Receive, Scope, Send

from dialer.cli import web
from dialer.core import heartbeat
from dialer.services.pacing import Pace
from workers.main import run_pacer
from workers.pacer import Pacer


@dataclass
class Spent:
    """Seconds."""

    total: float = 0.0
    database: float = 0.0
    redis: float = 0.0


_spent: ContextVar[Spent | None] = ContextVar("spent", default=None)
answers: list[Spent] = []
counts = {"ticks": 0, "decisions": 0}


def stopwatch(kind: Any, name: str, part: str) -> None:
    """Let `kind.name` note its time with the request that it is called for."""
    call = getattr(kind, name)

    def timed(*args: Any, **options: Any) -> Any:
        spent = _spent.get()
        if spent is None:
            return call(*args, **options)
        start = time.perf_counter()
        try:
            return call(*args, **options)
        finally:
            setattr(spent, part, getattr(spent, part) + time.perf_counter() - start)

    setattr(kind, name, timed)


class Timing:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if not (path.startswith("/twilio/attempts/") and path.endswith("/answer")):
            await self._app(scope, receive, send)
            return
        spent = Spent()
        _spent.set(spent)
        start = time.perf_counter()
        await self._app(scope, receive, send)
        spent.total = time.perf_counter() - start
        answers.append(spent)


def serve_web() -> None:
    for name in ("execute", "executemany"):
        stopwatch(psycopg.Cursor, name, "database")
    for name in ("commit", "rollback"):
        stopwatch(psycopg.Connection, name, "database")
    stopwatch(redis.Redis, "execute_command", "redis")
    stopwatch(Pipeline, "execute", "redis")
    configure = uvicorn.Config.__init__

    def around(self: uvicorn.Config, app: Any, *args: Any, **options: Any) -> None:
        configure(self, Timing(app), *args, **options)

    uvicorn.Config.__init__ = around  # type: ignore[method-assign]  # the process makes its own configuration
    web.serve()


def count(kind: Any, name: str, what: str) -> None:
    call: Callable[..., Any] = getattr(kind, name)

    def counted(*args: Any, **options: Any) -> Any:
        counts[what] += 1
        return call(*args, **options)

    setattr(kind, name, counted)


def run_counted_pacer(folder: Path) -> None:
    """What was counted is told several times a second."""
    count(Pacer, "tick", "ticks")
    count(Pace, "wanted", "decisions")
    beat = heartbeat.beat

    def tell(process: heartbeat.Process) -> None:
        new = folder / "pacer.new"
        new.write_text(json.dumps(counts))
        new.replace(folder / "pacer.json")
        beat(process)

    heartbeat.beat = tell
    run_pacer()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("process", choices=("web", "pacer"))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    if options.process == "pacer":
        run_counted_pacer(options.folder)
        return
    serve_web()
    (options.folder / f"web-{os.getpid()}.json").write_text(json.dumps([asdict(one) for one in answers]))


if __name__ == "__main__":
    main()
