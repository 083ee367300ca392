"""Many calls of one decision: asked for at once, each once, and one's answer does not wait for another's."""

from uuid import UUID

import pytest

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.queue import BATCH, Job
from dialer.domain.attempt import AttemptState
from dialer.services import claims, suppressions
from dialer.store import dispositions
from dialer.store.suppressions import SuppressionScope
from tests.factories import make_campaign, make_contact
from tests.house import queued
from tests.sandbox.servers import Twilio
from tests.workers.situations import calls_to, claimed, contact_of, now_of, plan_faults
from workers import placing

pytestmark = pytest.mark.usefixtures("web")


def test_what_one_commit_claims_goes_in_as_few_jobs_as_may_be(sandbox: Twilio) -> None:
    now = utc_now()
    with transaction() as session:
        campaign = make_campaign(session, now)
        people = [make_contact(session, campaign, now) for _ in range(BATCH + 3)]
        begun = claims.claim_all(session, campaign, people, now)
    ids = [str(attempt.id) for attempt in begun]
    assert queued() == [(Job.PLACE_CALLS, *ids[:BATCH]), (Job.PLACE_CALLS, *ids[BATCH:])]


def test_two_contacts_with_one_number_are_one_call(sandbox: Twilio) -> None:
    now = utc_now()
    with transaction() as session:
        campaign, other = make_campaign(session, now), make_campaign(session, now)
        first = make_contact(session, campaign, now)
        same = make_contact(session, other, now, phone=first.phone)
        assert len(claims.claim_all(session, campaign, [first], now)) == 1
        assert claims.claim_all(session, other, [same], now) == []
        assert same.state == "waiting"


def test_a_batch_is_asked_for_and_every_answer_is_its_own(sandbox: Twilio) -> None:
    good, suppressed, unusable = claimed(), claimed(), claimed(phone="+15005550001")
    with transaction() as session:
        everywhere = SuppressionScope.SYSTEM, 0
        suppressions.add(
            session,
            suppressed.phone,
            *everywhere,
            source="agent",
            reason="asked",
            user_id=None,
            now=utc_now(),
        )
    placing.place([unusable.id, suppressed.id, good.id, good.id])
    assert now_of(good).call_sid is not None
    assert calls_to(sandbox, good.phone) == 1
    assert now_of(suppressed).state is AttemptState.REFUSED
    assert contact_of(suppressed).attempts_made == 0
    assert calls_to(sandbox, suppressed.phone) == 0
    assert now_of(unusable).state is AttemptState.CLOSED
    assert "21217" in str(now_of(unusable).carrier_error) or "21211" in str(now_of(unusable).carrier_error)


def test_the_job_is_done_before_the_carrier_answers_and_a_stopping_worker_waits(sandbox: Twilio) -> None:
    plan_faults(sandbox, answer_slow=1.0, answer_slow_seconds=2, callback_dropped=1.0)
    attempt = claimed()
    placing.place_calls(str(attempt.id))
    assert now_of(attempt).call_sid is None
    placing.get_batches().finish()
    placing.get_batches.cache_clear()
    assert now_of(attempt).call_sid is not None


def test_nobody_is_placed(sandbox: Twilio) -> None:
    placing.place([UUID("00000000-0000-7000-8000-000000000000")])
    placing.place([])


def test_an_answer_that_cannot_be_written_down_takes_no_other_with_it(sandbox: Twilio) -> None:
    plan_faults(sandbox, create_refused=1.0, create_refused_code=21211)
    poison, other = claimed(), claimed()
    with transaction() as session:
        for row in dispositions.of_campaign(session, poison.campaign_id):
            session.delete(row)
    placing.place([poison.id, other.id])
    assert now_of(poison).state is AttemptState.PLACING
    assert now_of(other).state is AttemptState.CLOSED


def test_a_job_for_which_there_is_no_thread_goes_back_into_its_queue(sandbox: Twilio) -> None:
    plan_faults(sandbox, answer_slow=1.0, answer_slow_seconds=3, callback_dropped=1.0)
    waiting = [claimed() for _ in range(placing.BATCHES + 1)]
    for attempt in waiting:
        placing.place_calls(str(attempt.id))
    assert (Job.PLACE_CALLS, str(waiting[-1].id)) in queued()
    assert now_of(waiting[-1]).state is AttemptState.CLAIMED
    placing.get_batches().finish()
    placing.get_batches.cache_clear()
    assert {now_of(attempt).call_sid is not None for attempt in waiting[:-1]} == {True}
