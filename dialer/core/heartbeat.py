"""Signs of life: a process says that it lives, a health check asks. Kept in Redis for seconds only."""

import socket

from dialer.core.redis import get_redis

EVERY_SECONDS = 5
GOOD_FOR_SECONDS = 30


def _key(process: str) -> str:
    return f"alive:{process}:{socket.gethostname()}"


def _anywhere(process: str) -> str:
    return f"alive:{process}"


def beat(process: str) -> None:
    pipeline = get_redis().pipeline(transaction=False)
    pipeline.set(_key(process), 1, ex=GOOD_FOR_SECONDS)
    pipeline.set(_anywhere(process), 1, ex=GOOD_FOR_SECONDS)
    pipeline.execute()


def is_alive(process: str) -> bool:
    """Whether a process of this name on this host gave a sign of life lately."""
    return bool(get_redis().exists(_key(process)))


def is_alive_anywhere(process: str) -> bool:
    """The same on any host."""
    return bool(get_redis().exists(_anywhere(process)))
