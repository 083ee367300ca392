"""Counts of what is over and done with, kept in Redis for a minute: what asks several times a second need
not read a month of calls each time. Without Redis they are counted each time."""

import json
from collections.abc import Callable, Sequence

from redis.exceptions import RedisError

from dialer.core.errors import SettingMissing
from dialer.core.log import logger
from dialer.core.redis import get_redis

GOOD_FOR_SECONDS = 60


def remembered(name: str, count: Callable[[], Sequence[int]]) -> list[int]:
    try:
        kept = get_redis().get(f"memo:{name}")
        if kept is not None:
            return [int(number) for number in json.loads(kept)]
        counted = list(count())
        get_redis().set(f"memo:{name}", json.dumps(counted), ex=GOOD_FOR_SECONDS)
    except (RedisError, SettingMissing) as error:
        logger.warning("redis_unreachable", error=type(error).__name__)
        counted = list(count())
    return counted
