"""Somebody wrote to us: dialled by the pacer's next decision, before everybody who waits longer."""

import time

from sqlmodel import Session, select

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.redis import get_redis
from dialer.services import feeder
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK
from tests.factories import make_campaign, make_contact, make_session, make_user
from workers.pacer import tick


def sign_on(campaign: Campaign) -> None:
    with transaction() as session:
        now = utc_now()
        make_session(session, session.get_one(Campaign, campaign.id), now, make_user(session, now))


def dialled(campaign: Campaign) -> list[int]:
    with transaction() as session:
        rows = session.exec(
            select(Attempt.contact_id).where(Attempt.campaign_id == campaign.id).order_by(Attempt.id)  # type: ignore[arg-type]
        )
        return list(rows)


def test_whoever_writes_to_us_is_claimed_next(session: Session) -> None:
    now = utc_now()
    campaign = make_campaign(session, now)
    for _ in range(feeder.QUEUE_AT_LEAST + 10):
        make_contact(session, campaign, now, priority=PRIORITY_CALL_BACK)
    wrote = make_contact(session, campaign, now)
    session.commit()
    tick()
    sign_on(campaign)
    with transaction() as taken_in:
        contact = taken_in.merge(wrote)
        assert feeder.urgent(taken_in, contact, utc_now())
    began = time.monotonic()
    assert tick() == 1
    assert dialled(campaign) == [wrote.id]
    assert time.monotonic() - began < 15, "a decision, not a wait"


def test_flushed_the_next_tick_fills_the_queue_and_dials(session: Session) -> None:
    now = utc_now()
    campaign = make_campaign(session, now)
    people = [make_contact(session, campaign, now).id for _ in range(3)]
    session.commit()
    tick()
    get_redis().flushall()
    sign_on(campaign)
    assert tick() == 1
    assert dialled(campaign)[0] in people
