"""Somebody wrote to us: dialled by the pacer's next decision, before everybody who waits longer."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, col, select

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.redis import get_redis
from dialer.services import feeder
from dialer.store import dial_queue
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK
from tests.factories import make_campaign, make_contact, make_session, make_user
from tests.house import wait_for
from workers.pacer import Pacer


@pytest.fixture
def pacer() -> Iterator[Pacer]:
    pacer = Pacer()
    yield pacer
    pacer.close()


def sign_on(campaign: Campaign) -> None:
    with transaction() as session:
        now = utc_now()
        make_session(session, session.get_one(Campaign, campaign.id), now, make_user(session, now))


def dialled(campaign: Campaign) -> list[int]:
    with transaction() as session:
        rows = session.exec(
            select(Attempt.contact_id).where(Attempt.campaign_id == campaign.id).order_by(col(Attempt.id))
        )
        return list(rows)


def test_whoever_writes_to_us_is_claimed_next(session: Session, pacer: Pacer) -> None:
    now = utc_now()
    campaign = make_campaign(session, now)
    for _ in range(feeder.QUEUE_AT_LEAST + 10):
        make_contact(session, campaign, now, priority=PRIORITY_CALL_BACK)
    wrote = make_contact(session, campaign, now)
    session.commit()
    pacer.tick()
    sign_on(campaign)
    with transaction() as taken_in:
        contact = taken_in.merge(wrote)
        assert feeder.urgent(taken_in, contact, utc_now())
    assert pacer.tick() == 1
    assert dialled(campaign) == [wrote.id]


def test_flushed_the_queue_is_filled_by_itself_and_dialled(session: Session, pacer: Pacer) -> None:
    now = utc_now()
    campaign = make_campaign(session, now)
    people = [make_contact(session, campaign, now).id for _ in range(3)]
    session.commit()
    pacer.tick()
    get_redis().flushall()
    assert dial_queue.members(get_redis(), campaign.id) == []
    sign_on(campaign)
    assert wait_for(pacer.tick) == 1
    assert dialled(campaign)[0] in people
