"""The dial queue: per campaign a short, ranked set of contact ids in Redis.

Membership proves nothing: a contact is claimed under its row lock in PostgreSQL, so a queue that
is flushed, stale or doubled loses nobody and dials nobody twice.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import redis
from sqlmodel import Session

from dialer.core.outbox import change_redis_after_commit

LOOK_SECONDS = 5
"""So often it is looked for somebody who goes before those in the queue, be it as long as it may."""


def _key(campaign_id: int) -> str:
    return f"dial_queue:{campaign_id}"


def _looked(campaign_id: int) -> str:
    return f"{_key(campaign_id)}:looked"


def _passes(campaign_id: int) -> str:
    return f"{_key(campaign_id)}:passes"


def add(client: redis.Redis, campaign_id: int, ranks: Mapping[int, float]) -> None:
    """Contact ids with their ranks; the smallest is dialled first."""
    if ranks:
        client.zadd(_key(campaign_id), {str(contact): rank for contact, rank in ranks.items()})


def take(client: redis.Redis, campaign_id: int, count: int) -> list[int]:
    """The `count` best, taken out."""
    return [int(member[0]) for member in client.zpopmin(_key(campaign_id), count)]


def position(client: redis.Redis, campaign_id: int, contact_id: int) -> int | None:
    """How many are dialled before; None for one who is not in the queue."""
    found = client.zrank(_key(campaign_id), str(contact_id))
    return found if isinstance(found, int) else None


def members(client: redis.Redis, campaign_id: int) -> list[int]:
    """The best first."""
    return [int(member[0]) for member in client.zrange(_key(campaign_id), 0, -1, withscores=True)]


def depth(client: redis.Redis, campaign_id: int) -> int:
    return int(client.zcard(_key(campaign_id)))


def depths(client: redis.Redis, campaign_ids: Sequence[int]) -> dict[int, int]:
    pipeline = client.pipeline(transaction=False)
    for campaign_id in campaign_ids:
        pipeline.zcard(_key(campaign_id))
    return dict(zip(campaign_ids, pipeline.execute(), strict=True))


def drop(client: redis.Redis, campaign_id: int, contact_id: int) -> None:
    client.zrem(_key(campaign_id), str(contact_id))


def clear(client: redis.Redis, campaign_id: int) -> None:
    client.delete(_key(campaign_id))


def add_after_commit(session: Session, campaign_id: int, ranks: Mapping[int, float]) -> None:
    change_redis_after_commit(session, partial(add, campaign_id=campaign_id, ranks=dict(ranks)))


def drop_after_commit(session: Session, campaign_id: int, contact_id: int) -> None:
    change_redis_after_commit(session, partial(drop, campaign_id=campaign_id, contact_id=contact_id))


def clear_after_commit(session: Session, campaign_id: int) -> None:
    change_redis_after_commit(session, partial(clear, campaign_id=campaign_id))


def looked(client: redis.Redis, campaign_id: int) -> None:
    """PostgreSQL was asked just now who goes first."""
    client.set(_looked(campaign_id), 1, ex=LOOK_SECONDS)


def is_due_for_a_look(client: redis.Redis, campaign_id: int) -> bool:
    return not client.exists(_looked(campaign_id))


def passes(client: redis.Redis, campaign_id: int) -> dict[int, float]:
    """Where each call list stands in the mix."""
    return {int(key): float(value) for key, value in client.hgetall(_passes(campaign_id)).items()}


def keep_passes(client: redis.Redis, campaign_id: int, passes: Mapping[int, float]) -> None:
    """Where none was mixed, all stay where they stood."""
    if passes:
        pipeline = client.pipeline()
        pipeline.delete(_passes(campaign_id))
        pipeline.hset(_passes(campaign_id), mapping={str(key): value for key, value in passes.items()})
        pipeline.execute()
