"""The pacer: several times a second, for every running campaign, how many calls to place now.

Any number may run; one of them leads, for what a campaign's policy has learned is kept in its memory.
Killed, it loses the lead with its connection, and the next one reads from the books what it needs. No
more is claimed than the carrier takes within a second, so that a decision is acted on while it is good.
"""

import random
import time
from dataclasses import dataclass
from threading import Event

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from dialer.core import heartbeat
from dialer.core.clock import utc_now
from dialer.core.database import Lead, told, transaction
from dialer.core.log import logger
from dialer.core.redis import get_redis
from dialer.domain.campaign import CampaignState
from dialer.domain.sharing import TimeHad
from dialer.services import dialling, feeder, pacing, sharing
from dialer.services.pacing import Pace
from dialer.store import agent_sessions, attempts, campaigns, dial_queue
from dialer.store.agent_sessions import AgentCount
from dialer.store.campaigns import Campaign
from workers.pace import carrier_rate

TICK_SECONDS = 0.25
PLACED_WITHIN_SECONDS = 1.0
LEAD = 1
"""The lock that the leading pacer holds."""
FEED_LOW_SECONDS, FEED_SECONDS = 1.0, 5.0
"""How often a queue is looked at that is low, and one that is not: call-backs come due beside it."""


@dataclass(frozen=True)
class Order:
    """What one campaign is to do in this round."""

    campaign_id: int
    calls: int


class Pacer:
    def __init__(self) -> None:
        self._lead = Lead(LEAD)
        self._pace = Pace()
        self._time_had = TimeHad()
        self._fed_at: dict[int, float] = {}
        self._ends: set[int] = set()
        """Campaigns whose queue holds all that is left to dial: feeding did not fill it."""

    def tick(self) -> int:
        """One round over the running campaigns, in an order that favours none; how many calls and
        previews it began. Nothing while another pacer leads."""
        if not self._lead.held():
            self._pace, self._time_had = Pace(), TimeHad()
            return 0
        self._feed()
        orders, budget = self._orders()
        random.shuffle(orders)
        begun = 0
        for order in orders:
            begun += _carry_out(order, budget - begun)
        return begun

    def close(self) -> None:
        self._lead.give_up()

    def _feed(self) -> None:
        with transaction() as session:
            running = [campaign.id for campaign in campaigns.running(session)]
            people = agent_sessions.count_by_campaign(session)
        for campaign_id, depth in dial_queue.depths(get_redis(), running).items():
            low = feeder.low(people.get(campaign_id, AgentCount()).signed_in)
            every = FEED_LOW_SECONDS if depth <= low else FEED_SECONDS
            if time.monotonic() - self._fed_at.get(campaign_id, -FEED_SECONDS) < every:
                continue
            self._fed_at[campaign_id] = time.monotonic()
            with transaction() as session:
                feeder.feed(session, get_redis(), session.get_one(Campaign, campaign_id), utc_now())
            is_end = dial_queue.depth(get_redis(), campaign_id) <= low
            (self._ends.add if is_end else self._ends.discard)(campaign_id)

    def _orders(self) -> tuple[list[Order], int]:
        with transaction() as session:
            running = campaigns.running(session)
            depths = dial_queue.depths(get_redis(), [campaign.id for campaign in running])
            now = utc_now()
            sharing.share_agents(session, running, depths, self._time_had, now)
            seen = pacing.look(session, now)
            self._pace.follow(session, running, seen)
            room = budget(session)
            wanted = {
                campaign.id: self._pace.wanted(
                    session, campaign, seen, room, depths[campaign.id] if campaign.id in self._ends else None
                )
                for campaign in running
                if seen.agents.get(campaign.id)
            }
            offering = dialling.offering(session, running, now)
            return [
                Order(campaign_id, calls)
                for campaign_id, calls in wanted.items()
                if calls or (campaign_id in offering and seen.free(campaign_id))
            ], room


def _carry_out(order: Order, room: int) -> int:
    with transaction() as session:
        campaign = session.get_one(Campaign, order.campaign_id)
        if campaign.state is not CampaignState.RUNNING:
            return 0
        return dialling.dial(session, get_redis(), campaign, order.calls, room, utc_now())


def budget(session: Session) -> int:
    """Calls that the carrier takes soon, less those that are claimed already and wait to be placed."""
    room = carrier_rate().room(PLACED_WITHIN_SECONDS)
    return max(0, room - attempts.claimed(session))


def run(stop: Event) -> None:
    pacer = Pacer()
    while not stop.is_set():
        started = time.monotonic()
        try:
            heartbeat.beat(heartbeat.Process.PACER)
            pacer.tick()
        except DBAPIError as error:
            logger.error("pacer_tick_failed", **told(error))
        except RedisError as error:
            logger.error("pacer_tick_failed", error=type(error).__name__)
        stop.wait(max(0.0, TICK_SECONDS - (time.monotonic() - started)))
    pacer.close()
