"""The pacer: several times a second, for every running campaign, how many calls to place now.

Any number of pacers may run; each campaign is held by one of them for the length of a decision. No
more is claimed than the carrier takes within a second, so that a decision is acted on while it is good.
"""

import random
import time
from threading import Event

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from dialer.core import heartbeat
from dialer.core.clock import utc_now
from dialer.core.database import told, transaction
from dialer.core.log import logger
from dialer.core.redis import get_redis
from dialer.domain.campaign import CampaignState
from dialer.services import dialling
from dialer.store import attempts, campaigns
from dialer.store.campaigns import Campaign
from workers.pace import carrier_rate

TICK_SECONDS = 0.25
PLACED_WITHIN_SECONDS = 1.0


def run(stop: Event) -> None:
    while not stop.is_set():
        started = time.monotonic()
        try:
            heartbeat.beat(heartbeat.Process.PACER)
            tick()
        except DBAPIError as error:
            logger.error("pacer_tick_failed", **told(error))
        except RedisError as error:
            logger.error("pacer_tick_failed", error=type(error).__name__)
        stop.wait(max(0.0, TICK_SECONDS - (time.monotonic() - started)))


def tick() -> int:
    """One round over the running campaigns, in an order that favours none; how many calls and previews
    it began."""
    with transaction() as session:
        ids = [campaign.id for campaign in campaigns.running(session)]
    random.shuffle(ids)
    return sum(decide(campaign_id) for campaign_id in ids)


def decide(campaign_id: int) -> int:
    with transaction() as session:
        if not campaigns.try_lock(session, campaign_id):
            return 0
        campaign = session.get_one(Campaign, campaign_id)
        if campaign.state is not CampaignState.RUNNING:
            return 0
        return dialling.dial(session, get_redis(), campaign, budget(session), utc_now())


def budget(session: Session) -> int:
    """Calls that the carrier takes soon, less those that are claimed already and wait to be placed."""
    room = carrier_rate().room(PLACED_WITHIN_SECONDS)
    return max(0, room - attempts.claimed(session))
