"""Counts of things that only matter as a number, per day, in Redis; lost with it, and no loss."""

from datetime import date, timedelta

import redis

BAD_SIGNATURES = "bad_signatures"
SECOND_CALLS = "second_calls"
KEPT = timedelta(days=40)


def _key(name: str, day: date) -> str:
    return f"count:{name}:{day.isoformat()}"


def count(client: redis.Redis, name: str, day: date) -> None:
    key = _key(name, day)
    client.incr(key)
    client.expire(key, KEPT)


def counted(client: redis.Redis, name: str, day: date) -> int:
    return int(client.get(_key(name, day)) or 0)
