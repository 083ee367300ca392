"""The pacer's tick: calls for ready agents of running campaigns, at the carrier's pace, by one at a time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session, select

from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.domain.campaign import CampaignState
from dialer.store import carrier_rate as rate
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from tests.factories import make_campaign, make_contact, make_session
from tests.house import House, queued
from workers.pace import carrier_rate
from workers.pacer import Pacer


@pytest.fixture
def pacer() -> Iterator[Pacer]:
    pacer = Pacer()
    yield pacer
    pacer.close()


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


def test_a_call_for_each_ready_agent_of_each_running_campaign(
    session: Session, now: datetime, pacer: Pacer
) -> None:
    first, second = staffed(session, now, 2), staffed(session, now, 1)
    paused = staffed(session, now, 1, state=CampaignState.PAUSED)
    assert [pacer.tick() for _ in range(3)] == [3, 0, 0]
    assert [attempts_of(one) for one in (first, second, paused)] == [2, 1, 0]
    assert sorted((job, len(ids)) for job, *ids in queued()) == [(Job.PLACE_CALLS, 1), (Job.PLACE_CALLS, 2)]


def test_no_more_is_claimed_than_the_carrier_takes_soon(
    session: Session, now: datetime, pacer: Pacer, house: House
) -> None:
    """What is claimed and not placed yet is spoken for, by whichever campaign."""
    house.furnish(TWILIO_CALLS_PER_SECOND="1")
    first, second = staffed(session, now, 3), staffed(session, now, 3)
    assert [pacer.tick() for _ in range(3)] == [1, 0, 0]
    assert sorted([attempts_of(first), attempts_of(second)]) == [0, 1]


def test_nobody_is_claimed_while_the_carrier_wants_it_slower(
    session: Session, now: datetime, pacer: Pacer, monkeypatch: pytest.MonkeyPatch
) -> None:
    staffed(session, now, 1)
    monkeypatch.setattr(rate, "FIRST_PAUSE", rate.LONGEST_PAUSE)
    carrier_rate().slow_down()
    assert pacer.tick() == 0


def test_one_pacer_leads_and_the_next_takes_over(session: Session, now: datetime, pacer: Pacer) -> None:
    staffed(session, now, 1)
    leading = Pacer()
    assert leading.tick() == 1
    make_contact(session, staffed(session, now, 1), now)
    session.commit()
    assert pacer.tick() == 0
    leading.close()
    assert pacer.tick() == 1
