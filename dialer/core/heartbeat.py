"""Signs of life: a process says that it lives, a health check asks. Kept in Redis for seconds only."""

import socket
from enum import StrEnum

from dialer.core.redis import get_redis

EVERY_SECONDS = 5
GOOD_FOR_SECONDS = 30


class Process(StrEnum):
    PACER = "pacer"
    WORKER = "worker"
    FILES = "files"
    CRON = "cron"


def _key(process: Process) -> str:
    return f"{_anywhere(process)}:{socket.gethostname()}"


def _anywhere(process: Process) -> str:
    return f"alive:{process.value}"


def beat(process: Process) -> None:
    pipeline = get_redis().pipeline(transaction=False)
    pipeline.set(_key(process), 1, ex=GOOD_FOR_SECONDS)
    pipeline.set(_anywhere(process), 1, ex=GOOD_FOR_SECONDS)
    pipeline.execute()


def is_alive(process: Process) -> bool:
    """Whether a process of this name on this host gave a sign of life lately."""
    return bool(get_redis().exists(_key(process)))


def is_alive_anywhere(process: Process) -> bool:
    """The same on any host."""
    return bool(get_redis().exists(_anywhere(process)))
