"""What a verdict does to attempts in every place where one may find them."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.core.queue import Job
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.campaign import RecordingMode
from dialer.domain.leg import LegPurpose
from dialer.domain.recording import RecordingPurpose
from dialer.services import attempts, carrier_webhooks, claims, enquiries, machines, reports
from dialer.services.answer_plans import HangUp, JoinAgent
from dialer.services.enquiries import Word
from dialer.services.machines import LeaveMessage
from dialer.services.sweeper import Patience
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.dispositions import Disposition
from dialer.store.legs import Leg
from dialer.store.recordings import Recording
from dialer.telephony.port import CallFacts, Placed
from tests.factories import (
    answer,
    begin_placing,
    hung_up,
    make_campaign,
    make_contact,
    make_session,
    place,
    sid,
    talk,
)

WORDS = "We rang about your roof. Call 800 555 0199."
MACHINE = "machine_end_beep"
PATIENCE = Patience.of_real(lambda seconds: timedelta(seconds=seconds))


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now, voicemail_message=WORDS, verdict_review_percent=0)


def told(session: Session, attempt: Attempt, now: datetime, word: str = MACHINE) -> None:
    session.info.clear()
    machines.verdict(session, attempt, str(attempt.call_sid), word, now)


def jobs_of(session: Session) -> list[Job]:
    return [job for job, _ in session.info.get("jobs_after_commit", [])]


def test_an_agent_held_for_the_call_is_let_go(session: Session, now: datetime, campaign: Campaign) -> None:
    agent = make_session(session, campaign, now, state=SessionState.RESERVED)
    contact = make_contact(session, campaign, now)
    attempt = claims.claim(session, campaign, contact, now, agent)
    assert attempt is not None
    begin_placing(session, attempt.id, now)
    attempts.record_result(session, attempt.id, Placed(sid()), now)
    plan = machines.answer(session, attempt, str(attempt.call_sid), MACHINE, now)
    assert plan == LeaveMessage(plan.client_name, WORDS, "+18005550199", False)  # type: ignore[union-attr]
    assert (attempt.state, agent.state) == (AttemptState.CLOSED, SessionState.READY)


def test_a_verdict_before_the_answer_is_known_is_heeded_at_the_answer(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    attempt = place(session, campaign, make_contact(session, campaign, now), now)
    told(session, attempt, now, "machine_start")
    assert (attempt.state, attempt.outcome, jobs_of(session)) == (AttemptState.DIALLING, None, [])
    assert isinstance(machines.answer(session, attempt, str(attempt.call_sid), None, now), HangUp)
    assert attempt.outcome is Outcome.MACHINE


def test_a_message_that_plays_to_a_machine_abandons_nobody(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    campaign.abandon_seconds = 0.0
    attempt = place(session, campaign, make_contact(session, campaign, now), now)
    answer(session, attempt, now)
    assert (attempt.state, attempt.is_abandoned) == (AttemptState.ABANDONED, True)
    told(session, attempt, now)
    assert (attempt.state, attempt.is_abandoned, attempt.abandoned_at) == (AttemptState.CLOSED, False, None)
    assert jobs_of(session) == [Job.PLAY_MESSAGE]


@pytest.mark.parametrize("word", ["noted", "held", "called somebody in"])
def test_an_agent_who_heard_a_person_keeps_her(
    session: Session, now: datetime, campaign: Campaign, word: str
) -> None:
    talking = talk(session, now, campaign)
    match word:
        case "noted":
            talking.attempt.notes = "She asks for a call on Friday."
        case "held":
            talking.attempt.held_at = now
        case _:
            session.add(
                Leg(
                    purpose=LegPurpose.CONSULT,
                    agent_session_id=talking.agent.id,
                    attempt_id=talking.attempt.id,
                    asked_by_id=talking.agent.user_id,
                    address="+13125550123",
                    asked_at=now,
                )
            )
            session.flush()
    told(session, talking.attempt, now)
    assert (talking.attempt.state, talking.attempt.answered_by) == (AttemptState.CONNECTED, MACHINE)
    assert talking.agent.state is SessionState.ON_CALL
    repeated = machines.answer(session, talking.attempt, talking.call_sid, None, now)
    assert isinstance(repeated, JoinAgent)


def test_a_verdict_in_wrap_up_or_after_it_changes_nothing(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    talking = hung_up(session, talk(session, now, campaign), now)
    told(session, talking.attempt, now)
    assert (talking.attempt.state, talking.attempt.outcome) == (AttemptState.WRAP_UP, Outcome.ANSWERED)
    assert jobs_of(session) == []


def test_a_machine_is_no_person_in_the_abandonment_rate(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    talking = talk(session, now, campaign)
    told(session, talking.attempt, now + timedelta(seconds=5))
    row = reports.total(session, now, now + timedelta(hours=1))
    assert (row.dials, row.connected, row.abandoned, row.abandonment_rate) == (1, 0, 0, None)
    assert talking.attempt.connected_at is not None


def test_where_all_calls_are_recorded_the_drawn_one_is_the_sample(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    campaign.recording, campaign.verdict_review_percent = RecordingMode.ALWAYS, 100
    talking = talk(session, now, campaign)
    recording = Recording(attempt_id=talking.attempt.id, recording_sid=sid("RE"), started_at=now)
    session.add(recording)
    told(session, talking.attempt, now, "machine_start")
    assert recording.purpose is RecordingPurpose.VERDICT
    assert jobs_of(session) == [Job.PLAY_MESSAGE]


def abandoned(session: Session, now: datetime, campaign: Campaign) -> Attempt:
    """Picked up, with nobody free for her."""
    campaign.abandon_seconds = 0.0
    attempt = place(session, campaign, make_contact(session, campaign, now), now)
    answer(session, attempt, now)
    assert attempt.is_abandoned
    return attempt


def concluded_as(session: Session, attempt: Attempt) -> str:
    assert attempt.disposition_id is not None
    return session.get_one(Disposition, attempt.disposition_id).code


def is_no_person(session: Session, attempt: Attempt, now: datetime) -> bool:
    assert (attempt.state, attempt.outcome) == (AttemptState.CLOSED, Outcome.MACHINE)
    assert (attempt.is_abandoned, attempt.abandoned_at) == (False, None)
    assert concluded_as(session, attempt) == "machine"
    row = reports.total(session, now, now + timedelta(hours=1))
    return (row.dials, row.connected, row.abandoned) == (1, 0, 0)


def test_a_verdict_after_the_end_makes_an_abandoned_person_a_machine(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    attempt = abandoned(session, now, campaign)
    attempts.progress(session, attempt, str(attempt.call_sid), "completed", None, now)
    assert concluded_as(session, attempt) == "abandoned"
    contact = session.get_one(Contact, attempt.contact_id)
    next_call_at = contact.next_call_at
    for _ in range(2):
        told(session, attempt, now)
    assert is_no_person(session, attempt, now)
    assert (contact.next_call_at, jobs_of(session)) == (next_call_at, [])


def test_a_person_by_the_verdict_stays_abandoned(session: Session, now: datetime, campaign: Campaign) -> None:
    attempt = abandoned(session, now, campaign)
    attempts.progress(session, attempt, str(attempt.call_sid), "completed", None, now)
    told(session, attempt, now, "human")
    assert attempt.is_abandoned
    assert concluded_as(session, attempt) == "abandoned"


@pytest.mark.parametrize("was_answered", [True, False], ids=["abandoned", "before connecting"])
def test_a_verdict_told_with_the_end_is_heeded(
    session: Session, now: datetime, campaign: Campaign, was_answered: bool
) -> None:
    if was_answered:
        attempt = abandoned(session, now, campaign)
    else:
        attempt = place(session, campaign, make_contact(session, campaign, now), now)
    fields = {
        "CallSid": str(attempt.call_sid),
        "CallStatus": "completed",
        "SequenceNumber": "3",
        "AnsweredBy": "machine_start",
    }
    carrier_webhooks.call_status(session, attempt.id, fields, now)
    assert is_no_person(session, attempt, now)
    contact = session.get_one(Contact, attempt.contact_id)
    assert timedelta(minutes=240) <= contact.next_call_at - now < timedelta(hours=48)


def test_a_verdict_read_by_asking_is_heeded(session: Session, now: datetime, campaign: Campaign) -> None:
    attempt = abandoned(session, now, campaign)
    enquiry = enquiries.about_call(session, attempt.id, now, PATIENCE)
    assert enquiry is not None
    facts = CallFacts(str(attempt.call_sid), "completed", attempt.phone, now, now, answered_by=MACHINE)
    enquiries.settle(session, enquiry, Word([facts]), now, PATIENCE)
    assert is_no_person(session, attempt, now)


def test_a_machine_that_rang_after_all_abandons_nobody(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    attempt = claims.claim(session, campaign, make_contact(session, campaign, now), now)
    assert attempt is not None
    begin_placing(session, attempt.id, now)
    attempts.release(session, attempt, now)
    attempts.answer(session, attempt, sid(), now)
    assert attempt.is_abandoned
    told(session, attempt, now)
    assert (attempt.state, attempt.is_abandoned) == (AttemptState.RELEASED, False)


def test_a_fax_is_never_drawn(session: Session, now: datetime, campaign: Campaign) -> None:
    campaign.verdict_review_percent = 100
    talking = talk(session, now, campaign)
    told(session, talking.attempt, now, "fax")
    assert jobs_of(session) == [Job.HANG_UP]
    assert talking.attempt.voicemail_at is None
