"""The jobs of a call, against the sandbox over HTTP, with its webhooks coming back to the web process."""

from datetime import timedelta

import httpx
import pytest

from dialer.core.database import transaction
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.campaign import CampaignState
from dialer.domain.contact import ContactState
from dialer.services import attempts as attempt_service
from dialer.store import attempts
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from tests.house import House, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import (
    LONG,
    agent_now,
    at_work,
    becomes,
    calls_to,
    claimed,
    contact_of,
    now_of,
    place,
    placing_since,
    plan_faults,
)
from workers import jobs

NEVER_PLACED = timedelta(hours=2)
pytestmark = pytest.mark.usefixtures("web")


def campaign_of(attempt: Attempt) -> Campaign:
    with transaction() as session:
        return session.get_one(Campaign, attempt.campaign_id)


def test_placed_once_however_often_the_job_runs(sandbox: Twilio) -> None:
    attempt = claimed()
    sandbox.script(attempt.phone, "human", ring_seconds=LONG)
    for _ in range(3):
        place(attempt)
    placed = becomes(attempt, AttemptState.RINGING)
    assert placed.call_sid is not None
    assert placed.call_sid.startswith("CA")
    assert calls_to(sandbox, attempt.phone) == 1
    assert contact_of(attempt).attempts_made == 1


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [("no_answer", Outcome.NO_ANSWER), ("busy", Outcome.BUSY), ("failed", Outcome.FAILED)],
)
def test_a_call_that_nobody_takes_is_concluded_by_its_webhooks(
    sandbox: Twilio, behaviour: str, outcome: Outcome
) -> None:
    attempt = claimed()
    sandbox.script(attempt.phone, behaviour, ring_seconds=1)
    place(attempt)
    closed = becomes(attempt, AttemptState.CLOSED)
    assert (closed.outcome, contact_of(attempt).state) == (outcome, ContactState.WAITING)
    place(attempt)
    assert calls_to(sandbox, attempt.phone) == 1


def test_answered_joined_and_hung_up(sandbox: Twilio) -> None:
    agent = at_work()
    with transaction() as session:
        campaign = session.get_one(Campaign, agent.campaign_id)
    attempt = claimed(campaign)
    sandbox.script(attempt.phone, "human", ring_seconds=1, talk_seconds=LONG, patience_seconds=LONG)
    place(attempt)
    talking = becomes(attempt, AttemptState.CONNECTED)
    assert talking.agent_session_id == agent.id
    assert agent_now(agent).state is SessionState.ON_CALL
    for _ in range(2):
        jobs.hang_up(str(attempt.id))
    over = becomes(attempt, AttemptState.WRAP_UP)
    assert over.outcome is Outcome.ANSWERED
    jobs.hang_up(str(attempt.id))
    assert agent_now(agent).state is SessionState.WRAP_UP


def test_answered_with_nobody_free_is_abandoned_with_the_message(sandbox: Twilio) -> None:
    attempt = claimed()
    sandbox.script(attempt.phone, "human", ring_seconds=1, talk_seconds=LONG, patience_seconds=LONG)
    place(attempt)
    closed = becomes(attempt, AttemptState.CLOSED)
    assert (closed.is_abandoned, closed.connected_at) == (True, None)
    assert "We are sorry that nobody was free to speak with you" in closed.message_text
    times = (closed.answered_at, closed.message_began_at, closed.message_ended_at)
    assert all(times)
    assert sorted(time for time in times if time is not None) == list(times)
    assert contact_of(attempt).abandoned_at == closed.abandoned_at


def test_a_call_whose_answer_was_lost_is_adopted_by_its_webhooks(sandbox: Twilio) -> None:
    plan_faults(sandbox, create_answer_lost=1.0)
    attempt = claimed()
    sandbox.script(attempt.phone, "human", ring_seconds=LONG)
    place(attempt)
    assert becomes(attempt, AttemptState.RINGING).call_sid is not None
    place(attempt)
    assert calls_to(sandbox, attempt.phone) == 1


@pytest.mark.parametrize("fault", ["create_answer_lost", "create_failed_after_dialling"])
def test_a_call_in_doubt_of_which_nothing_is_heard_is_found_at_the_carrier(
    sandbox: Twilio, fault: str
) -> None:
    plan_faults(sandbox, **{fault: 1.0}, callback_dropped=1.0)
    attempt = claimed()
    sandbox.script(attempt.phone, "human", ring_seconds=LONG)
    place(attempt)
    assert now_of(attempt).state is AttemptState.IN_DOUBT
    for _ in range(2):
        jobs.reconcile_attempt(str(attempt.id))
    found = now_of(attempt)
    assert found.state in (AttemptState.DIALLING, AttemptState.RINGING)
    assert found.call_sid is not None
    assert calls_to(sandbox, attempt.phone) == 1


def test_a_call_in_doubt_that_the_carrier_never_had_is_released_after_a_while(sandbox: Twilio) -> None:
    plan_faults(sandbox, create_request_lost=1.0)
    attempt = claimed()
    place(attempt)
    jobs.reconcile_attempt(str(attempt.id))
    assert now_of(attempt).state is AttemptState.IN_DOUBT
    placing_since(attempt, NEVER_PLACED)
    jobs.reconcile_attempt(str(attempt.id))
    assert now_of(attempt).state is AttemptState.RELEASED
    assert contact_of(attempt).attempts_made == 0
    assert calls_to(sandbox, attempt.phone) == 0


def test_a_call_whose_end_was_never_told_is_ended_by_asking(sandbox: Twilio) -> None:
    plan_faults(sandbox, callback_dropped=1.0)
    attempt = claimed()
    sandbox.script(attempt.phone, "busy", ring_seconds=1)
    place(attempt)
    placed = now_of(attempt)
    wait_for(lambda: sandbox.status(placed.call_sid) == "busy")
    jobs.reconcile_attempt(str(attempt.id))
    assert (now_of(attempt).state, now_of(attempt).outcome) == (AttemptState.CLOSED, Outcome.BUSY)


@pytest.mark.parametrize(
    ("code", "campaign", "state"),
    [
        (20005, CampaignState.PAUSED, AttemptState.RELEASED),
        (21212, CampaignState.PAUSED, AttemptState.RELEASED),
        (20003, CampaignState.PAUSED, AttemptState.RELEASED),
        (20429, CampaignState.RUNNING, AttemptState.RELEASED),
        (22005, CampaignState.RUNNING, AttemptState.RELEASED),
        (21211, CampaignState.RUNNING, AttemptState.CLOSED),
        (21214, CampaignState.RUNNING, AttemptState.CLOSED),
        (20500, CampaignState.RUNNING, AttemptState.IN_DOUBT),
        (20503, CampaignState.RUNNING, AttemptState.IN_DOUBT),
    ],
)
def test_a_refusal_is_sorted_by_what_it_means(
    sandbox: Twilio, code: int, campaign: CampaignState, state: AttemptState
) -> None:
    plan_faults(sandbox, create_refused=1.0, create_refused_code=code)
    attempt = claimed()
    place(attempt)
    assert now_of(attempt).state is state
    found = campaign_of(attempt)
    assert found.state is campaign
    assert (str(code) in (found.paused_reason or "")) is (campaign is CampaignState.PAUSED)
    assert calls_to(sandbox, attempt.phone) == 0


def test_a_carrier_that_is_not_there_was_never_asked(house: House) -> None:
    attempt = claimed()
    place(attempt)
    assert now_of(attempt).state is AttemptState.RELEASED
    assert campaign_of(attempt).state is CampaignState.RUNNING
    assert contact_of(attempt).attempts_made == 0


def test_ending_or_asking_without_a_carrier_changes_nothing(house: House) -> None:
    attempt = claimed()
    with transaction() as session:
        locked = attempts.lock(session, attempt.id)
        assert locked is not None
        locked.state = AttemptState.PLACING
        attempt_service.progress(session, locked, "CA1", "ringing", 1, locked.claimed_at)
    for job in (jobs.hang_up, jobs.reconcile_attempt):
        job(str(attempt.id))
    assert now_of(attempt).state is AttemptState.RINGING


@pytest.mark.parametrize("job", [jobs.hang_up, jobs.reconcile_attempt])
def test_a_job_for_nobody_does_nothing(web: httpx.Client, house: House, job: object) -> None:
    assert callable(job)
    job("00000000-0000-7000-8000-000000000000")
