"""The web process with a stop-watch in it: `python -m bench.speed.profiled FOLDER`. Of each request it
notes how long it took and how much of that was spent in PostgreSQL and Redis, and tells it at its end."""

import json
import os
import re
import signal
import sys
import time
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


@dataclass
class Spent:
    """Seconds, and how often PostgreSQL was asked."""

    kind: str
    statements: int = 0
    total: float = 0.0
    database: float = 0.0
    redis: float = 0.0


_spent: ContextVar[Spent | None] = ContextVar("spent", default=None)
requests: list[Spent] = []
ID = re.compile(r"[0-9a-f-]{36}")


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
            spent.statements += part == "database"
            setattr(spent, part, getattr(spent, part) + time.perf_counter() - start)

    setattr(kind, name, timed)


class Timing:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].endswith("/events"):
            await self._app(scope, receive, send)
            return
        spent = Spent(f"{scope['method']} {ID.sub('…', scope['path'])}")
        _spent.set(spent)
        start = time.perf_counter()
        await self._app(scope, receive, send)
        spent.total = time.perf_counter() - start
        requests.append(spent)


def main() -> None:
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
    # uvicorn raises the signal that stopped it once more when it is done: that must not end us yet.
    signal.signal(signal.SIGTERM, lambda signum, frame: None)
    web.serve()
    told = json.dumps([asdict(one) for one in requests])
    (Path(sys.argv[1]) / f"web-{os.getpid()}.json").write_text(told)


if __name__ == "__main__":
    main()
