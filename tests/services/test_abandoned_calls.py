"""Which calls count as abandoned, by whose word, and the evidence that each of them leaves."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.campaign import MachineDetection
from dialer.domain.disposition import AGENT_MACHINE
from dialer.domain.recording import RecordingPurpose, RecordingState, VerdictReview
from dialer.domain.user import Role
from dialer.services import (
    abandoned_calls,
    abandonment,
    attempts,
    conclusions,
    machines,
    reports,
    verdicts,
)
from dialer.services import messages as message_service
from dialer.services.answer_plans import JoinAgent, PlayMessage, WaitForAgent
from dialer.services.conclusions import Conclusion
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.contacts import Contact
from dialer.store.recordings import Recording
from dialer.telephony import messages
from tests.factories import (
    answer,
    make_attempt,
    make_campaign,
    make_contact,
    make_session,
    make_user,
    place,
    sid,
    talk,
)
from tests.house import House

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def campaign(session: Session, now: datetime, house: House) -> Campaign:
    """On a clock as fast as people."""
    house.furnish(CLOCK_SPEED="1")
    return make_campaign(session, now, started_at=now - timedelta(hours=1))


@pytest.fixture
def placed(session: Session, now: datetime, campaign: Campaign) -> Attempt:
    return place(session, campaign, make_contact(session, campaign, now), now)


def contact_of(session: Session, attempt: Attempt) -> Contact:
    return session.get_one(Contact, attempt.contact_id)


def counted(session: Session, campaign: Campaign, now: datetime) -> tuple[int, int]:
    """Live and abandoned, the same in the report as in what brakes."""
    tally = abandonment.counts(session, campaign, now).block.tally
    row = reports.total(session, now - timedelta(hours=1), now + timedelta(hours=1), campaign_id=campaign.id)
    assert (row.answered, row.abandoned) == (tally.live, tally.abandoned)
    return tally.live, tally.abandoned


def missed(session: Session, attempt: Attempt, now: datetime) -> Attempt:
    """Nobody was free; the message plays since two seconds after the answer."""
    assert answer(session, attempt, now) == WaitForAgent(1)
    assert isinstance(answer(session, attempt, now + 2 * A_SECOND), PlayMessage)
    return attempt


def test_a_missed_call_keeps_its_evidence(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    missed(session, placed, now)
    assert placed.answered_at == now
    client = session.get_one(Client, campaign.client_id)
    assert placed.message_text == messages.words_of_abandoned(client.name, client.callback_number)
    assert client.name in placed.message_text
    assert (placed.message_began_at, placed.message_ended_at) == (now + 2 * A_SECOND, None)
    assert isinstance(answer(session, placed, now + 4 * A_SECOND), PlayMessage)
    assert placed.message_began_at == now + 2 * A_SECOND
    attempts.progress(session, placed, str(placed.call_sid), "completed", 5, now + 17 * A_SECOND)
    assert placed.message_ended_at == now + 17 * A_SECOND
    assert abandoned_calls.waited(placed) == 2 * A_SECOND
    assert contact_of(session, placed).abandoned_at == now + 2 * A_SECOND
    assert counted(session, campaign, now + 20 * A_SECOND) == (1, 1)


def test_a_key_ends_the_message(session: Session, now: datetime, placed: Attempt) -> None:
    missed(session, placed, now)
    fields = {"CallSid": str(placed.call_sid), "Digits": "5"}
    message_service.key_pressed(session, placed.id, fields, "t", now + 6 * A_SECOND)
    attempts.progress(session, placed, str(placed.call_sid), "completed", 5, now + 17 * A_SECOND)
    assert placed.message_ended_at == now + 6 * A_SECOND


def test_a_person_who_hangs_up_before_the_message_heard_none(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    answer(session, placed, now)
    attempts.progress(session, placed, str(placed.call_sid), "completed", 5, now + 2 * A_SECOND)
    assert (placed.is_abandoned, placed.message_text, placed.message_began_at) == (True, "", None)
    assert abandoned_calls.waited(placed) == 2 * A_SECOND


@pytest.mark.parametrize(("seconds", "late"), [(0.3, False), (2, False), (2.1, True), (9, True)])
def test_a_person_joined_late_was_abandoned_and_talked(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt, seconds: float, late: bool
) -> None:
    make_session(session, campaign, now)
    assert isinstance(answer(session, placed, now), JoinAgent)
    joined_at = now + timedelta(seconds=seconds)
    attempts.joined(session, placed, joined_at)
    assert (placed.state, placed.connected_at) == (AttemptState.CONNECTED, joined_at)
    assert placed.is_abandoned is late
    assert placed.abandoned_at == (joined_at if late else None)
    assert contact_of(session, placed).abandoned_at == (joined_at if late else None)
    assert counted(session, campaign, now) == (1, int(late))
    attempts.joined(session, placed, now + timedelta(minutes=1))
    assert placed.is_abandoned is late
    attempts.progress(session, placed, str(placed.call_sid), "completed", 5, now + timedelta(minutes=3))
    conclusions.conclude(session, placed, "not_now", Conclusion(), now + timedelta(minutes=3))
    assert counted(session, campaign, now) == (1, int(late))


def test_on_a_fast_clock_the_wire_is_not_her_waiting(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt, house: House
) -> None:
    house.furnish(CLOCK_SPEED="11")
    make_session(session, campaign, now)
    answer(session, placed, now)
    attempts.joined(session, placed, now + timedelta(seconds=4.4))
    assert not placed.is_abandoned


def test_a_machine_by_the_carriers_word_counts_nowhere(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    missed(session, placed, now)
    machines.verdict(session, placed, str(placed.call_sid), "machine_start", now + 3 * A_SECOND)
    assert (placed.is_abandoned, placed.abandoned_at) == (False, None)
    assert contact_of(session, placed).abandoned_at is None
    assert counted(session, campaign, now) == (0, 0)


def test_a_machine_by_the_agents_word_counts_nowhere(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    make_session(session, campaign, now)
    answer(session, placed, now)
    attempts.joined(session, placed, now + 5 * A_SECOND)
    assert counted(session, campaign, now) == (1, 1)
    conclusions.conclude(session, placed, AGENT_MACHINE, Conclusion(), now + 9 * A_SECOND)
    assert not placed.is_abandoned
    assert contact_of(session, placed).abandoned_at is None
    assert counted(session, campaign, now) == (0, 0)


def test_what_is_taken_back_leaves_the_time_of_another_call(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    contact, before = contact_of(session, placed), now - timedelta(days=2)
    earlier = {"is_abandoned": True, "abandoned_at": before, "answered_at": before}
    make_attempt(session, contact, before, state=AttemptState.CLOSED, **earlier)
    missed(session, placed, now)
    machines.verdict(session, placed, str(placed.call_sid), "machine_start", now + 3 * A_SECOND)
    assert contact.abandoned_at == before


@pytest.mark.parametrize("was_joined", [False, True], ids=["hung up on", "taken from the agent"])
def test_a_person_misjudged_as_a_machine_counts_once_she_is_heard(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt, was_joined: bool
) -> None:
    campaign.machine_detection = MachineDetection.WHILE_CONNECTING
    if was_joined:
        make_session(session, campaign, now)
    answer(session, placed, now)
    if was_joined:
        attempts.joined(session, placed, now + A_SECOND)
    machines.verdict(session, placed, str(placed.call_sid), "machine_start", now + 4 * A_SECOND)
    assert placed.outcome is Outcome.MACHINE
    assert counted(session, campaign, now) == (0, 0)
    recording = Recording(
        attempt_id=placed.id,
        purpose=RecordingPurpose.VERDICT,
        state=RecordingState.STORED,
        recording_sid=sid("RE"),
        started_at=now,
    )
    session.add(recording)
    session.flush()
    supervisor = make_user(session, now, Role.SUPERVISOR).id
    verdicts.judge(session, recording.id, VerdictReview.HUMAN, supervisor, now + timedelta(hours=1))
    assert (placed.is_abandoned, placed.abandoned_at) == (True, now)
    assert contact_of(session, placed).abandoned_at == now
    assert counted(session, campaign, now) == (1, 1)
    verdicts.judge(session, recording.id, VerdictReview.MACHINE, supervisor, now + timedelta(hours=1))
    assert counted(session, campaign, now) == (0, 0)
    assert contact_of(session, placed).abandoned_at is None


def test_a_person_who_called_us_counts_nowhere(session: Session, now: datetime, campaign: Campaign) -> None:
    contact = make_contact(session, campaign, now)
    called = make_attempt(
        session, contact, now, state=AttemptState.ANSWERED, is_inbound=True, answered_at=now
    )
    attempts.miss(session, called, now + timedelta(minutes=1))
    assert (called.is_abandoned, contact.abandoned_at) == (False, None)
    assert counted(session, campaign, now) == (0, 0)


def test_a_person_passed_on_to_nobody_was_talked_with(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    talking = talk(session, now, campaign)
    talking.attempt.state = AttemptState.ANSWERED
    attempts.miss(session, talking.attempt, now + timedelta(minutes=5))
    abandoned_calls.message(session, talking.attempt, now + timedelta(minutes=5))
    assert (talking.attempt.is_abandoned, talking.attempt.message_text) == (False, "")
    assert counted(session, campaign, now) == (1, 0)
