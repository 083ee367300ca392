"""The pacer's tick: calls for ready agents of running campaigns, at the carrier's pace, by one at a time."""

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session, select

from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.domain.campaign import CampaignState
from dialer.store import campaigns
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from tests.factories import make_campaign, make_contact, make_session
from tests.house import queued
from workers.pacer import RateBucket, decide, tick


def staffed(session: Session, now: datetime, agents: int, **over: Any) -> Campaign:
    campaign = make_campaign(session, now, **over)
    for _ in range(agents):
        make_session(session, campaign, now)
    for _ in range(agents * 2):
        make_contact(session, campaign, now)
    session.commit()
    return campaign


def attempts_of(campaign: Campaign) -> int:
    with transaction() as session:
        return len(session.exec(select(Attempt).where(Attempt.campaign_id == campaign.id)).all())


def test_a_call_for_each_ready_agent_of_each_running_campaign(session: Session, now: datetime) -> None:
    first, second = staffed(session, now, 2), staffed(session, now, 1)
    paused = staffed(session, now, 1, state=CampaignState.PAUSED)
    bucket = RateBucket(50)
    assert [tick(bucket) for _ in range(3)] == [3, 0, 0]
    assert [attempts_of(one) for one in (first, second, paused)] == [2, 1, 0]
    assert [job[0] for job in queued()] == [Job.PLACE_CALL] * 3


def test_the_carriers_pace_is_shared_by_all_campaigns(session: Session, now: datetime) -> None:
    first, second = staffed(session, now, 2), staffed(session, now, 2)
    bucket = RateBucket(3.0)
    assert tick(bucket) >= 3
    assert attempts_of(first) == 2
    assert attempts_of(second) >= 1


def test_a_campaign_that_another_pacer_holds_is_left_to_it(session: Session, now: datetime) -> None:
    campaign = staffed(session, now, 1)
    with transaction() as other:
        assert campaigns.try_lock(other, campaign.id)
        assert decide(campaign.id, RateBucket(50)) == 0
    assert decide(campaign.id, RateBucket(50)) == 1


def test_the_bucket_holds_one_seconds_worth() -> None:
    bucket = RateBucket(5.0)
    assert [bucket.budget() for _ in range(3)] == [5, 5, 5]
    assert RateBucket(0.1).budget() == 1


@pytest.mark.parametrize("spent", [1, 3, 10])
def test_what_was_spent_is_gone(spent: int) -> None:
    bucket = RateBucket(0.001)
    bucket.spend(spent)
    assert bucket.budget() <= 0
