"""The connection to Redis or Valkey: dial queues, jobs, the carrier's rate, live events. All of it
may be flushed at any time."""

from functools import lru_cache

import redis

from dialer.core.settings import get_settings


@lru_cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)


def get_redis() -> redis.Redis:
    settings = get_settings()
    settings.require("redis_url")
    return _client(str(settings.redis_url))
