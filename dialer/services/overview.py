"""All campaigns with their numbers of this moment and of today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import redis
from redis.exceptions import RedisError
from sqlmodel import Session

from dialer.core.log import logger
from dialer.services import account_numbers, reports
from dialer.services import campaigns as campaign_services
from dialer.services.campaign_settings import script_problems
from dialer.store import agent_sessions, attempts, campaigns, clients, contacts, dial_queue
from dialer.store.agent_sessions import AgentCount


@dataclass(frozen=True)
class CampaignLine:
    """`supervisor/_campaigns.html` says what each name means there."""

    slug: str
    name: str
    client: str
    state: str
    dial_mode: str
    queue_depth: int | None
    in_flight: int
    agents: int
    agents_ready: int
    dials_today: int
    leads_today: int
    abandonment_rate: float | None
    paused_reason: str
    may_start: bool


def all_campaigns(
    session: Session, client: redis.Redis, scripts: Path, now: datetime, zone: str
) -> list[CampaignLine]:
    """A handful of queries, however many campaigns there are."""
    rows = campaigns.everything(session)
    owners = {owner.id: owner for owner in clients.everything(session)}
    today = reports.by_campaign(session, reports.Scope(reports.day_start(now, zone), now))
    people = agent_sessions.count_by_campaign(session)
    in_flight = attempts.unanswered_by_campaign(session)
    with_contacts = contacts.campaigns_with_any(session)
    own = account_numbers.own_numbers(session, now)
    depths = queue_depths(client, [row.id for row in rows])
    lines = []
    for row in rows:
        counted = today.get(row.id, reports.Row())
        here = people.get(row.id, AgentCount())
        problems = script_problems(scripts, row.script_slug)
        checks = campaign_services.checklist(
            row, owners[row.client_id], problems, row.id in with_contacts, own
        )
        lines.append(
            CampaignLine(
                slug=row.slug,
                name=row.name,
                client=owners[row.client_id].name,
                state=row.state.value,
                dial_mode=row.dial_mode.value,
                queue_depth=depths.get(row.id),
                in_flight=in_flight.get(row.id, 0),
                agents=here.signed_in,
                agents_ready=here.ready,
                dials_today=counted.dials,
                leads_today=counted.leads,
                abandonment_rate=counted.abandonment_rate,
                paused_reason=row.paused_reason or "",
                may_start=all(check.passed for check in checks),
            )
        )
    return lines


def queue_depths(client: redis.Redis, campaign_ids: Sequence[int]) -> dict[int, int]:
    """Of each campaign; of none while Redis can't be reached, for pages go on without it."""
    try:
        return dial_queue.depths(client, campaign_ids)
    except RedisError as error:
        logger.warning("redis_unreachable", error=str(error))
        return {}
