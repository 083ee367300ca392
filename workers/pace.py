"""The carrier's pace as jobs keep it: a token before every call, and no call that the carrier would only
put in its queue."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from redis.exceptions import RedisError

from dialer.core.clock import get_clock, utc_now
from dialer.core.log import logger
from dialer.core.queue import Job, enqueue
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.services.sweeper import Patience
from dialer.store.carrier_rate import CarrierRate
from dialer.telephony.port import PlaceResult, Rejected, Rejection

MOMENT_SECONDS = 0.2
"""What a worker spends at most on waiting for the first token."""
SHORT_SECONDS = 2.0
"""A longer wait is left to the sweepers, which queue again what was not asked for; so no worker goes round
and round with jobs that can't be done."""


def carrier_rate() -> CarrierRate:
    return CarrierRate(get_redis(), get_settings().twilio_calls_per_second)


def tokens(job: Job, row_ids: Sequence[str], *, urgent: bool = False) -> int:
    """How many of this job's calls, the first ones, have a token. Nothing was asked for the others: they are
    queued again, or after a long wait by the sweeper. With Redis gone nobody calls."""
    rate = carrier_rate()
    taken, wait = 0, 0.0
    try:
        while taken < len(row_ids):
            wait = rate.take(urgent=urgent)
            if 0 < wait <= SHORT_SECONDS and not taken:
                time.sleep(min(wait, MOMENT_SECONDS))
                wait = rate.take(urgent=urgent)
            if wait:
                break
            taken += 1
        if taken < len(row_ids) and wait <= SHORT_SECONDS:
            enqueue(job, *row_ids[taken:])
    except RedisError as error:
        logger.warning("redis_unreachable", job=job.name, calls=len(row_ids), error=type(error).__name__)
    return taken


def ask(begun_at: datetime, call: Callable[[], PlaceResult]) -> PlaceResult:
    """What the carrier says to a call, with the pace heeded. What was decided at `begun_at` is good for a
    moment: a worker that stood still after it asks for nothing."""
    if utc_now() - begun_at >= Patience.of_real(get_clock().span_of_real).placing_lost:
        return Rejected(Rejection.PACE, 0, "the worker stood still")
    result = call()
    heed(result)
    return result


def heed(result: PlaceResult) -> None:
    """Slow the whole account down when the carrier says so."""
    if not isinstance(result, Rejected) or result.why is not Rejection.PACE:
        return
    try:
        pause = carrier_rate().slow_down()
        logger.warning("carrier_slows_us_down", code=result.code, pause_seconds=pause)
    except RedisError as error:
        logger.warning("redis_unreachable", error=type(error).__name__)
