"""The account's numbers as the carrier lists them: asked for by the clock, once and twice, and in vain."""

from datetime import datetime

from sqlmodel import Session

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.domain.attempt import AttemptState, Outcome
from dialer.services import account_numbers
from dialer.store import caller_ids
from tests.factories import CALLER_ID, make_attempt, make_campaign, make_contact, own
from tests.house import House, queued
from tests.sandbox.servers import Twilio
from workers import cron, number_jobs

GONE = "+12125550177"


def run_all() -> None:
    for task in cron.tasks():
        cron._run(task)


def phones() -> set[str]:
    with transaction() as session:
        return {number.phone for number in caller_ids.account_numbers(session)}


def test_the_list_is_what_the_carrier_says(sandbox: Twilio, session: Session) -> None:
    own(session, utc_now(), GONE)
    session.commit()
    for _ in range(2):
        number_jobs.refresh_account_numbers()
    with transaction() as other:
        listed = account_numbers.own_numbers(other, utc_now())
    assert listed.refusal(CALLER_ID) is None
    assert listed.refusal("+15005550006") is None
    assert "is not one of the account's numbers" in str(listed.refusal(GONE))


def test_out_of_reach_the_list_of_before_stands(house: House, session: Session, now: datetime) -> None:
    own(session, now, CALLER_ID)
    session.commit()
    number_jobs.refresh_account_numbers()
    assert phones() == {CALLER_ID}


def test_it_is_asked_for_as_soon_as_a_campaign_shows_a_number(session: Session, now: datetime) -> None:
    run_all()
    assert queued() == []
    make_campaign(session, now)
    session.commit()
    run_all()
    assert (Job.REFRESH_NUMBERS,) in queued()


def test_a_number_that_nobody_answers_is_rested_by_the_clock(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    caller_ids.include(session, campaign.id, "+16175550100", now)
    for phone, outcome in ((CALLER_ID, Outcome.ANSWERED), ("+16175550100", Outcome.NO_ANSWER)):
        for _ in range(200):
            contact = make_contact(session, campaign, now)
            closed = {"state": AttemptState.CLOSED, "outcome": outcome, "call_ended_at": now}
            make_attempt(session, contact, now, caller_id=phone, **closed)
    session.commit()
    run_all()
    with transaction() as other:
        rested = {row.phone: row.rested_at is not None for row in caller_ids.pool(other, campaign.id)}
    assert rested == {CALLER_ID: False, "+16175550100": True}
