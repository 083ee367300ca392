"""`dialer up`: all processes of one machine together."""

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from redis.exceptions import RedisError

from dialer.cli.output import console
from dialer.core.embedded import embedded_postgresql, embedded_valkey
from dialer.core.errors import Conflict
from dialer.core.heartbeat import GOOD_FOR_SECONDS, Process, is_alive
from dialer.core.listening import listener
from dialer.core.log import configure_logging
from dialer.core.processes import ProcessGroup, Program
from dialer.core.settings import Settings, get_settings
from dialer.migrations import runner


def up() -> None:
    configure_logging("up")
    settings = get_settings()
    settings.require("public_url", "twilio_account_sid", "twilio_auth_token")
    listener(settings.web_host, settings.web_port, "WEB_PORT").close()
    stop = stop_when_told()
    with services(settings) as urls:
        runner.upgrade(urls["DATABASE_URL"])
        with ProcessGroup(programs(settings, urls), Path(settings.dialer_home) / "logs") as group:
            console.print(f"Pages at [bold]http://{settings.web_host}:{settings.web_port}[/]. Ctrl-C stops.")
            group.watch(stop)


def alive(process: Process) -> None:
    """Raises `Conflict` when it is not known to live."""
    try:
        lives = is_alive(process)
    except RedisError as error:
        raise Conflict(f"REDIS_URL can't be asked for signs of life: {error}") from error
    if not lives:
        raise Conflict(
            f"No {process.value} on this host gave a sign of life in the last {GOOD_FOR_SECONDS} s."
        )


@contextmanager
def services(settings: Settings) -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL: as set, or of embedded services that last as long as this."""
    home = Path(settings.dialer_home)
    if settings.database_url and settings.redis_url:
        yield {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    elif settings.database_url:
        with embedded_valkey(home) as redis_url:
            yield {"DATABASE_URL": settings.database_url, "REDIS_URL": redis_url}
    elif settings.redis_url:
        with embedded_postgresql(home) as database_url:
            yield {"DATABASE_URL": database_url, "REDIS_URL": settings.redis_url}
    else:
        with embedded_postgresql(home) as database_url, embedded_valkey(home) as redis_url:
            yield {"DATABASE_URL": database_url, "REDIS_URL": redis_url}


def programs(settings: Settings, environment: Mapping[str, str]) -> Sequence[Program]:
    names = ["web", *(f"worker-{n}" for n in range(1, settings.worker_count + 1)), "files", "pacer", "cron"]
    return [Program(name, dialer(name.split("-")[0]), environment) for name in names]


def dialer(*arguments: str) -> list[str]:
    """Our own command line, run by this Python."""
    return [sys.executable, "-m", "dialer", *arguments]


def stop_when_told() -> Event:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
