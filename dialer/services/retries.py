"""When a contact is tried again, and on which number: its disposition's plan, with the hour learned where the
campaign learns hours."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from redis.exceptions import RedisError
from sqlmodel import Session

from dialer.core.log import logger
from dialer.core.redis import get_redis
from dialer.domain import best_hours, retry_plan
from dialer.domain.attempt import Outcome
from dialer.domain.best_hours import Arm, Counts, Gain, Tally, When
from dialer.domain.retry_plan import RetryPlan, Slot
from dialer.services import gate
from dialer.store import campaigns, tries
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_RETRY, Contact
from dialer.store.dispositions import Disposition
from dialer.store.tries import Try

COUNTED_OVER = timedelta(days=90)
KEPT_SECONDS = 3600


def gives_up(campaign: Campaign, contact: Contact, disposition: Disposition, past: Sequence[Try]) -> str:
    """Why the contact is tried no more, in words; empty while it is."""
    if contact.attempts_made >= campaign.attempts_allowed:
        return f"{contact.attempts_made} attempts made"
    ended_so = sum(one.disposition_id == disposition.id for one in past)
    if disposition.retry_at_most and ended_so >= disposition.retry_at_most:
        return f"{ended_so} tries ended with “{disposition.label}”"
    return ""


def next_call_at(
    campaign: Campaign, contact: Contact, disposition: Disposition, past: Sequence[Try], now: datetime
) -> datetime:
    plan = RetryPlan(timedelta(minutes=disposition.retry_minutes), disposition.retry_spread)
    zones = gate.clocks(contact)
    slots = retry_plan.next_tries(plan, now, [one.at for one in past], zones, gate.WINDOW) if zones else []
    if not slots:
        return now + plan.delay
    try_number = contact.attempts_made + 1
    draw = Random(f"{contact.id}:{try_number}")  # noqa: S311 - chance, no secret; the same when asked again
    return _chosen(campaign, contact, plan, slots, draw).moment(draw)


def _chosen(
    campaign: Campaign, contact: Contact, plan: RetryPlan, slots: Sequence[Slot], draw: Random
) -> Slot:
    try_number = contact.attempts_made + 1
    if plan.spread and campaign.learns_hours and not best_hours.is_held_out(contact.id):
        counts = _kept_counts(campaign.id)
        if counts is not None:
            return best_hours.choose(slots, try_number, counts, draw)
    return retry_plan.soonest(slots, draw)


def was_learned(session: Session, campaign: Campaign, contact: Contact) -> bool | None:
    """On which side of the comparison the try that begins now counts, learned or left to the plan; None for
    one that a plan does not spread."""
    if not campaign.learns_hours or contact.priority != PRIORITY_RETRY:
        return None
    if not tries.was_spread(session, contact.id):
        return None
    return not best_hours.is_held_out(contact.id)


def turn_to_number(
    session: Session,
    campaign: Campaign,
    attempt: Attempt,
    contact: Contact,
    disposition: Disposition,
    now: datetime,
) -> None:
    """The number that is dialled next: where the person was spoken to, that one; where nobody was, the
    next. A call that never rang does not count."""
    if disposition.human and attempt.phone in contact.numbers:
        contact.phone_at = contact.numbers.index(attempt.phone)
    elif contact.other_phones and attempt.outcome not in (None, Outcome.CANCELED):
        gate.move_on(session, campaign, contact, now)


def gain(session: Session, campaign: Campaign, now: datetime) -> Gain:
    found = tries.by_arm(session, campaign.id, now - COUNTED_OVER)
    return Gain(found.get(True, Arm()), found.get(False, Arm()))


def count_hours(session: Session, now: datetime) -> int:
    """Count anew, for each running campaign that learns, when its people answered; kept in Redis, so that
    no call waits for the count. How many campaigns were counted."""
    learning = [campaign for campaign in campaigns.running(session) if campaign.learns_hours]
    for campaign in learning:
        rows = tries.by_hour(session, campaign.id, now - COUNTED_OVER, best_hours.LAST_TRY)
        told = json.dumps([[*when, *tally] for when, tally in rows.items()])
        get_redis().set(_key(campaign.id), told, ex=KEPT_SECONDS)
    return len(learning)


def _kept_counts(campaign_id: int) -> Counts | None:
    """None when they are not at hand; then the plan decides."""
    try:
        told = get_redis().get(_key(campaign_id))
    except RedisError as error:
        logger.warning("hours_not_at_hand", campaign_id=campaign_id, error=type(error).__name__)
        return None
    if told is None:
        return None
    return {When(*row[:3]): Tally(*row[3:]) for row in json.loads(told)}


def _key(campaign_id: int) -> str:
    return f"answered_by_hour:{campaign_id}"
