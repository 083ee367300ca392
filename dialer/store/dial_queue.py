"""The dial queue: per campaign a short, ranked set of contact ids in Redis.

Membership proves nothing: a contact is claimed under its row lock in PostgreSQL, so a queue that
is flushed, stale or doubled loses nobody and dials nobody twice.
"""

from collections.abc import Mapping, Sequence

import redis


def _key(campaign_id: int) -> str:
    return f"dial_queue:{campaign_id}"


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
