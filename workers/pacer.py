"""The pacer: several times a second, for every running campaign, how many calls to place now.

Any number of pacers may run; each campaign is held by one of them for the length of a decision.
"""

import time
from threading import Event

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from dialer.core import heartbeat
from dialer.core.clock import utc_now
from dialer.core.database import told, transaction
from dialer.core.log import logger
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.domain.campaign import CampaignState
from dialer.services import dialling
from dialer.store import campaigns
from dialer.store.campaigns import Campaign

TICK_SECONDS = 0.25


def run(stop: Event) -> None:
    bucket = RateBucket(get_settings().twilio_calls_per_second)
    while not stop.is_set():
        started = time.monotonic()
        try:
            heartbeat.beat("pacer")
            tick(bucket)
        except DBAPIError as error:
            logger.error("pacer_tick_failed", **told(error))
        except RedisError as error:
            logger.error("pacer_tick_failed", error=type(error).__name__)
        stop.wait(max(0.0, TICK_SECONDS - (time.monotonic() - started)))


class RateBucket:
    """Calls that the carrier takes: `rate` a second, one second's worth at most."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = max(1.0, rate)
        self._at = time.monotonic()

    def budget(self) -> int:
        at = time.monotonic()
        self._tokens = min(max(1.0, self._rate), self._tokens + (at - self._at) * self._rate)
        self._at = at
        return int(self._tokens)

    def spend(self, calls: int) -> None:
        self._tokens -= calls


def tick(bucket: RateBucket) -> int:
    """One round over the running campaigns; how many calls and previews it began."""
    with transaction() as session:
        ids = [campaign.id for campaign in campaigns.running(session)]
    return sum(decide(campaign_id, bucket) for campaign_id in ids)


def decide(campaign_id: int, bucket: RateBucket) -> int:
    with transaction() as session:
        if not campaigns.try_lock(session, campaign_id):
            return 0
        campaign = session.get_one(Campaign, campaign_id)
        if campaign.state is not CampaignState.RUNNING:
            return 0
        begun = dialling.dial(session, get_redis(), campaign, bucket.budget(), utc_now())
    bucket.spend(begun)
    return begun
