"""The counts by block, month and day; alarm and brake in the books; who may dial beyond the free agents."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from dialer.core.redis import get_redis
from dialer.domain.abandonment import BLOCK, Tally
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import CampaignState, StrictPacing
from dialer.domain.contact import ContactState
from dialer.services import abandonment
from dialer.store.audit import AuditEntry
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from tests.factories import make_attempt, make_campaign, make_contact
from tests.house import House

DAY = timedelta(days=1)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    """In its second block, since 19 days."""
    return make_campaign(session, now, started_at=now - BLOCK - 19 * DAY)


def answered(session: Session, campaign: Campaign, at: datetime, live: int, abandoned: int) -> None:
    """So many people answered, `abandoned` of them in vain."""
    for number in range(live):
        was_met = {"connected_at": at} if number >= abandoned else {"is_abandoned": True, "abandoned_at": at}
        contact = make_contact(session, campaign, at, state=ContactState.CLOSED)
        make_attempt(session, contact, at, state=AttemptState.CLOSED, answered_at=at, **was_met)


def is_free(campaign: Campaign) -> bool:
    return campaign.alarmed_at is None and campaign.braked_at is None


def actions(session: Session) -> list[str]:
    return [entry.action for entry in session.exec(select(AuditEntry)) if "abandonment" in entry.action]


def test_counted_by_block_by_month_and_by_day(session: Session, now: datetime, campaign: Campaign) -> None:
    block_began = now - 19 * DAY
    answered(session, campaign, block_began - timedelta(seconds=1), 5, 1)
    answered(session, campaign, block_began, 4, 2)
    answered(session, campaign, now - BLOCK - timedelta(seconds=1), 3, 3)
    answered(session, campaign, now - DAY, 2, 1)
    answered(session, campaign, now, 1, 1)
    answered(session, make_campaign(session, now), now, 7, 7)
    counts = abandonment.counts(session, campaign, now)
    assert (counts.block.tally, counts.month.tally, counts.day.tally) == (
        Tally(7, 4),
        Tally(12, 5),
        Tally(3, 2),
    )
    assert (counts.block.span.since, counts.block.span.until) == (block_began, block_began + BLOCK)
    assert (counts.month.span.since, counts.day.span.since) == (now - BLOCK, now - DAY)


def test_before_anybody_answered_there_is_no_rate(session: Session, now: datetime) -> None:
    fresh = make_campaign(session, now, created_at=now)
    counts = abandonment.counts(session, fresh, now)
    assert (counts.block.tally.rate, counts.block.span.since) == (None, now)


def test_alarm_and_brake_come_and_go_and_every_change_is_kept(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    answered(session, campaign, now - 2 * DAY, 40, 1)
    abandonment.watch_all(session, now)
    assert (campaign.alarmed_at, campaign.braked_at) == (now, None)
    abandonment.watch_all(session, now + timedelta(seconds=5))
    assert (campaign.alarmed_at, actions(session)) == (now, ["abandonment_alarm"])
    answered(session, campaign, now, 1, 1)
    later = now + timedelta(seconds=10)
    told = abandonment.may_dial_ahead(session, campaign, later)
    assert told is not None
    assert told.startswith("Braked to one call for each free agent: 2 of 41 people who answered")
    abandonment.watch_all(session, later)
    assert (campaign.alarmed_at, campaign.braked_at) == (now, later)
    answered(session, campaign, now, 50, 0)
    abandonment.watch_all(session, later)
    assert campaign.braked_at == later
    assert "Braked" in (abandonment.may_dial_ahead(session, campaign, later) or "")
    answered(session, campaign, now, 39, 0)
    abandonment.watch_all(session, later)
    assert is_free(campaign)
    assert abandonment.may_dial_ahead(session, campaign, later) is None
    assert actions(session) == [
        "abandonment_alarm",
        "abandonment_brake",
        "abandonment_alarm_over",
        "abandonment_brake_over",
    ]


def test_a_new_block_begins_without_the_brake(session: Session, now: datetime, campaign: Campaign) -> None:
    answered(session, campaign, now, 2, 1)
    abandonment.watch_all(session, now)
    assert campaign.braked_at == now
    abandonment.watch_all(session, now + 11 * DAY)
    assert is_free(campaign)


def test_only_running_campaigns_are_watched(session: Session, now: datetime) -> None:
    paused = make_campaign(session, now, started_at=now - DAY, state=CampaignState.PAUSED)
    answered(session, paused, now, 1, 1)
    abandonment.watch_all(session, now)
    assert paused.alarmed_at is None


@pytest.mark.parametrize("missing", ["name", "callback_number"])
def test_without_a_message_nobody_is_dialled_ahead(
    session: Session, now: datetime, campaign: Campaign, missing: str
) -> None:
    campaign.strict_pacing = StrictPacing.OFF
    assert abandonment.may_dial_ahead(session, campaign, now) is None
    setattr(session.get_one(Client, campaign.client_id), missing, " ")
    told = abandonment.may_dial_ahead(session, campaign, now)
    assert told is not None
    assert told.startswith("The client has no name or no call-back number")


def test_strict_while_too_little_is_left(session: Session, now: datetime, campaign: Campaign) -> None:
    answered(session, campaign, now, 30, 0)
    told = abandonment.may_dial_ahead(session, campaign, now)
    assert told is not None
    assert "would make 1 of 31, above the limit of 3.0%" in told
    for _ in range(40):
        make_contact(session, campaign, now)
    get_redis().flushall()
    assert abandonment.may_dial_ahead(session, campaign, now) is None
    campaign.strict_pacing = StrictPacing.ON
    assert abandonment.may_dial_ahead(session, campaign, now) is not None
    campaign.strict_pacing = StrictPacing.OFF
    assert abandonment.may_dial_ahead(session, campaign, now) is None
    campaign.strict_pacing = StrictPacing.ON
    answered(session, campaign, now, 3, 0)
    assert abandonment.may_dial_ahead(session, campaign, now) is None


def test_a_lower_limit_of_its_own_holds(session: Session, now: datetime, campaign: Campaign) -> None:
    campaign.abandon_alarm, campaign.abandon_limit = 0.005, 0.01
    answered(session, campaign, now, 100, 1)
    abandonment.watch_all(session, now)
    assert campaign.braked_at == now


def test_with_redis_gone_it_counts_all_the_same(
    session: Session, now: datetime, campaign: Campaign, house: House
) -> None:
    answered(session, campaign, now - DAY, 2, 1)
    house.furnish(REDIS_URL="redis://127.0.0.1:9/0")
    assert "Braked" in (abandonment.may_dial_ahead(session, campaign, now) or "")
