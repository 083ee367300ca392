"""Signs of life: a process says that it lives, a health check asks. Kept in Redis for seconds only."""

import socket
from enum import StrEnum

from dialer.core.redis import get_redis

EVERY_SECONDS = 5
GOOD_FOR_SECONDS = 30


class Process(StrEnum):
    PACER = "pacer"
    WORKER = "worker"
    CRON = "cron"


def _key(process: Process) -> str:
    return f"alive:{process.value}:{socket.gethostname()}"


def beat(process: Process) -> None:
    get_redis().set(_key(process), 1, ex=GOOD_FOR_SECONDS)


def is_alive(process: Process) -> bool:
    """Whether a process of this name on this host gave a sign of life lately."""
    return bool(get_redis().exists(_key(process)))
