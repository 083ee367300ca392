"""What should never happen, counted for the floor: each a number per day that ought to be none."""

from datetime import datetime

from redis.exceptions import RedisError

from dialer.core.log import logger
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.services import reports
from dialer.store import counters


def count(name: str, now: datetime) -> None:
    """A count that Redis does not take is lost; what it counts is in the log too."""
    try:
        counters.count(get_redis(), name, reports.day_of(now, get_settings().office_time_zone))
    except RedisError as error:
        logger.warning("redis_unreachable", error=type(error).__name__)
