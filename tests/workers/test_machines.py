"""Machine detection against the sandbox over HTTP: every verdict, before and while connecting, too late,
and against the agent's word; and the messages that machines and people hear."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import Session, select

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.errors import Conflict
from dialer.core.queue import Job
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.campaign import MachineDetection
from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.detection import AnsweredBy, is_machine, takes_message
from dialer.domain.recording import RecordingPurpose
from dialer.services import desk_entries, machines
from dialer.store import recordings
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.audit import AuditEntry
from dialer.store.campaigns import Campaign
from dialer.store.dispositions import Disposition
from dialer.store.suppressions import Suppression
from tests.house import House, commit, queued, wait_for
from tests.sandbox.servers import Twilio
from tests.workers.situations import (
    LONG,
    agent_now,
    at_work,
    becomes,
    claimed,
    contact_of,
    now_of,
    place,
    plan_faults,
)
from workers import jobs, machine_jobs

WORDS = "We rang about your roof. Call 800 555 0199."
BEFORE, WHILE = MachineDetection.BEFORE_CONNECTING, MachineDetection.WHILE_CONNECTING
pytestmark = pytest.mark.usefixtures("web")


def campaign_of(agent: AgentSession, **settings: object) -> Campaign:
    """The agent's campaign, detecting machines; nothing is drawn for review unless told."""
    with transaction() as session:
        campaign = session.get_one(Campaign, agent.campaign_id)
        for name, value in ({"machine_detection": BEFORE, "verdict_review_percent": 0} | settings).items():
            setattr(campaign, name, value)
    return campaign


def dialled(sandbox: Twilio, campaign: Campaign, verdict: str, **told: object) -> Attempt:
    """Answered by somebody who stays, and whom the carrier takes for `verdict`."""
    attempt = claimed(campaign)
    script = {"ring_seconds": 1, "talk_seconds": LONG, "patience_seconds": LONG, "dead_air_seconds": LONG}
    sandbox.script(attempt.phone, "human", answered_by=verdict, greeting_seconds=1, **script | told)
    place(attempt)
    return attempt


def work(job: Job, attempt: Attempt, run: Callable[[str], None]) -> None:
    """The job that waits for a worker, run twice."""
    wait_for(lambda: (job, str(attempt.id)) in queued() or None)
    for _ in range(2):
        run(str(attempt.id))


def code_of(attempt: Attempt) -> str:
    with transaction() as session:
        return session.get_one(Disposition, attempt.disposition_id).code


def asked_for(sandbox: Twilio, attempt: Attempt, path: str) -> int:
    """How often the call came to an address of ours."""
    sent = sandbox.control.get("/sandbox/webhooks", params={"call_sid": now_of(attempt).call_sid}).json()
    return sum(f"/{path}" in str(one["url"]) for one in sent)


def ended(attempt: Attempt) -> Attempt:
    return wait_for(lambda: found if (found := now_of(attempt)).call_ended_at else None)


@pytest.mark.parametrize("words", ["", WORDS], ids=["no message", "message"])
@pytest.mark.parametrize("verdict", AnsweredBy)
def test_a_verdict_before_connecting(sandbox: Twilio, verdict: AnsweredBy, words: str) -> None:
    agent = at_work()
    attempt = dialled(sandbox, campaign_of(agent, voicemail_message=words), verdict)
    if not is_machine(verdict):
        assert becomes(attempt, AttemptState.CONNECTED).answered_by == verdict
        return
    closed = becomes(attempt, AttemptState.CLOSED)
    assert (closed.outcome, closed.answered_by, code_of(closed)) == (Outcome.MACHINE, verdict, "machine")
    assert (closed.is_abandoned, closed.agent_session_id, closed.connected_at) == (False, None, None)
    assert agent_now(agent).state is SessionState.READY
    assert (closed.voicemail_at is not None) is (takes_message(verdict) and bool(words))
    ended(attempt)
    assert contact_of(attempt).state is ContactState.WAITING


@pytest.mark.parametrize("verdict", AnsweredBy)
def test_a_verdict_while_connecting_takes_a_machine_from_the_agent(
    sandbox: Twilio, verdict: AnsweredBy
) -> None:
    agent = at_work()
    plan_faults(sandbox, verdict_late=1.0)
    campaign = campaign_of(agent, machine_detection=WHILE, voicemail_message=WORDS)
    attempt = dialled(sandbox, campaign, verdict)
    becomes(attempt, AttemptState.CONNECTED)
    if not is_machine(verdict):
        wait_for(lambda: now_of(attempt).answered_by == verdict or None)
        assert now_of(attempt).state is AttemptState.CONNECTED
        return
    closed = becomes(attempt, AttemptState.CLOSED)
    assert (closed.outcome, code_of(closed), closed.is_abandoned) == (Outcome.MACHINE, "machine", False)
    assert agent_now(agent).state is SessionState.READY
    if takes_message(verdict):
        work(Job.PLAY_MESSAGE, attempt, machine_jobs.play_message)
        wait_for(lambda: now_of(attempt).handed_on_at)
        jobs.hang_up(str(attempt.id))
        assert sandbox.status(closed.call_sid) == "in-progress"
    else:
        work(Job.HANG_UP, attempt, jobs.hang_up)
    ended(attempt)
    assert asked_for(sandbox, attempt, "voicemail") == takes_message(verdict)


def test_without_a_message_a_machine_is_hung_up_on_while_connecting(sandbox: Twilio) -> None:
    agent = at_work()
    attempt = dialled(sandbox, campaign_of(agent, machine_detection=WHILE), "machine_end_beep")
    assert becomes(attempt, AttemptState.CLOSED).outcome is Outcome.MACHINE
    work(Job.HANG_UP, attempt, jobs.hang_up)
    ended(attempt)


def test_an_agent_who_noted_something_keeps_the_person(sandbox: Twilio) -> None:
    agent = at_work()
    plan_faults(sandbox, verdict_late=1.0)
    attempt = dialled(sandbox, campaign_of(agent, machine_detection=WHILE), "machine_start")
    becomes(attempt, AttemptState.CONNECTED)
    with transaction() as session:
        desk_entries.store_notes(session, agent.user_id, attempt.id, "Says she is busy.")
    wait_for(lambda: now_of(attempt).answered_by)
    kept = now_of(attempt)
    assert (kept.state, kept.answered_by, kept.outcome) == (AttemptState.CONNECTED, "machine_start", None)


def test_a_verdict_after_the_end_is_only_kept(sandbox: Twilio) -> None:
    agent = at_work()
    plan_faults(sandbox, verdict_late=1.0)
    campaign = campaign_of(agent, machine_detection=WHILE, voicemail_message=WORDS)
    attempt = dialled(sandbox, campaign, "machine_end_beep", talk_seconds=1)
    becomes(attempt, AttemptState.WRAP_UP)
    wait_for(lambda: now_of(attempt).answered_by)
    late = now_of(attempt)
    assert (late.state, late.outcome, late.voicemail_at) == (AttemptState.WRAP_UP, Outcome.ANSWERED, None)
    assert agent_now(agent).state is SessionState.WRAP_UP


def test_a_machine_that_nobody_was_free_for_is_not_abandoned(sandbox: Twilio) -> None:
    agent = at_work()
    campaign = campaign_of(agent, machine_detection=WHILE, abandon_seconds=0.0)
    with transaction() as session:
        session.get_one(AgentSession, agent.id).state = SessionState.PAUSED
    attempt = dialled(sandbox, campaign, "machine_start")
    closed = becomes(attempt, AttemptState.CLOSED)
    assert (closed.outcome, closed.is_abandoned, closed.abandoned_at) == (Outcome.MACHINE, False, None)


def test_the_agents_key_leaves_the_message_and_frees_her_while_it_plays(sandbox: Twilio) -> None:
    agent = at_work()
    campaign = campaign_of(agent, machine_detection=MachineDetection.OFF, voicemail_message=WORDS)
    attempt = dialled(sandbox, campaign, "human")
    becomes(attempt, AttemptState.CONNECTED)
    for _ in range(2):
        leave(agent, attempt)
    closed = now_of(attempt)
    assert (closed.state, code_of(closed)) == (AttemptState.CLOSED, "agent_machine")
    assert agent_now(agent).state is SessionState.READY
    work(Job.PLAY_MESSAGE, attempt, machine_jobs.play_message)
    wait_for(lambda: now_of(attempt).handed_on_at)
    following = dialled(sandbox, campaign, "human")
    assert becomes(following, AttemptState.CONNECTED).agent_session_id == agent.id
    ended(attempt)
    assert asked_for(sandbox, attempt, "voicemail") == 1
    assert Job.HANG_UP not in [name for name, *_ in queued()]


def leave(agent: AgentSession, attempt: Attempt) -> None:
    with transaction() as session:
        machines.leave_message(session, agent.user_id, attempt.id, utc_now())
        commit(session)


def test_there_must_be_a_message_and_a_call(sandbox: Twilio) -> None:
    agent = at_work()
    attempt = dialled(sandbox, campaign_of(agent, machine_detection=MachineDetection.OFF), "human")
    becomes(attempt, AttemptState.CONNECTED)
    with pytest.raises(Conflict, match="no message"):
        leave(agent, attempt)
    campaign_of(agent, voicemail_message=WORDS)
    jobs.hang_up(str(attempt.id))
    becomes(attempt, AttemptState.WRAP_UP)
    with pytest.raises(Conflict, match="no machine"):
        leave(agent, attempt)


def test_a_call_that_can_not_be_moved_is_ended_and_keeps_no_agent(sandbox: Twilio, house: House) -> None:
    agent = at_work()
    campaign = campaign_of(agent, machine_detection=MachineDetection.OFF, voicemail_message=WORDS)
    attempt = dialled(sandbox, campaign, "human")
    becomes(attempt, AttemptState.CONNECTED)
    leave(agent, attempt)
    house.furnish()
    machine_jobs.play_message(str(attempt.id))
    house.furnish(TWILIO_BASE_URL=sandbox.url)
    assert now_of(attempt).voicemail_at is None
    work(Job.HANG_UP, attempt, jobs.hang_up)
    ended(attempt)
    machine_jobs.play_message(str(attempt.id))


def test_a_drawn_verdict_is_recorded_while_it_hears_whose_call_it_was(sandbox: Twilio) -> None:
    agent = at_work()
    attempt = dialled(sandbox, campaign_of(agent, verdict_review_percent=100), "machine_start")
    closed = becomes(attempt, AttemptState.CLOSED)
    assert (closed.voicemail_at, closed.handed_on_at is not None) == (None, True)
    work(Job.RECORD_VERDICT, attempt, machine_jobs.record_verdict)
    with transaction() as session:
        [recording] = recordings.of_attempt(session, attempt.id)
    assert recording.purpose is RecordingPurpose.VERDICT
    ended(attempt)


def suppressed(session: Session, phone: str) -> list[tuple[str, str, int]]:
    rows = session.exec(select(Suppression).where(Suppression.phone == phone))
    return [(row.scope.value, row.source, row.scope_id) for row in rows]


@pytest.mark.parametrize("digits", ["9", "59"])
@pytest.mark.parametrize("verdict", ["human", "machine_end_beep"], ids=["abandoned", "voicemail"])
def test_the_key_suppresses_at_once_and_for_good(
    sandbox: Twilio, now: datetime, verdict: str, digits: str
) -> None:
    agent = at_work()
    campaign = campaign_of(agent, voicemail_message=WORDS, abandon_seconds=0.0)
    with transaction() as session:
        session.get_one(AgentSession, agent.id).state = SessionState.PAUSED
    attempt = dialled(sandbox, campaign, verdict, digits=digits)
    ended(attempt)
    becomes(attempt, AttemptState.CLOSED)
    with transaction() as session:
        assert suppressed(session, attempt.phone) == [("client", "key press", campaign.client_id)]
        [entry] = session.exec(select(AuditEntry).where(AuditEntry.action == "opted_out_by_key"))
        assert entry.subject == f"attempt {attempt.id}"
    contact = contact_of(attempt)
    assert (contact.state, contact.closed_reason) == (ContactState.CLOSED, ClosedReason.SUPPRESSED)
    assert asked_for(sandbox, attempt, "key") == len(digits)


def test_another_key_means_nothing(sandbox: Twilio) -> None:
    agent = at_work()
    attempt = dialled(sandbox, campaign_of(agent, voicemail_message=WORDS), "machine_end_beep", digits="1")
    ended(attempt)
    with transaction() as session:
        assert suppressed(session, attempt.phone) == []
    assert contact_of(attempt).state is ContactState.WAITING


@pytest.mark.parametrize("job", [machine_jobs.play_message, machine_jobs.record_verdict])
def test_a_job_for_nobody_does_nothing(house: House, job: Callable[[str], None]) -> None:
    job("00000000-0000-7000-8000-000000000000")
