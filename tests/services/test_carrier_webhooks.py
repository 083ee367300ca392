"""The carrier's webhooks: kept once each as they came, then applied; a call of nobody does nothing."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from dialer.core.queue import Job
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.contact import ContactState
from dialer.services import agents, carrier_webhooks
from dialer.services.answer_plans import HangUp, JoinAgent, WaitForAgent
from dialer.store import dispositions
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.carrier_events import CarrierEvent
from dialer.store.suppressions import Suppression, SuppressionScope
from tests.factories import make_campaign, make_contact, make_session, make_user, place, sid, talk
from tests.house import commit, queued


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now)


@pytest.fixture
def placed(session: Session, now: datetime, campaign: Campaign) -> Attempt:
    return place(session, campaign, make_contact(session, campaign, now), now)


def kept(session: Session) -> list[tuple[str, str]]:
    return [(row.kind, row.key) for row in session.exec(select(CarrierEvent).order_by("id"))]


def status(attempt: Attempt, word: str, sequence: int) -> dict[str, str]:
    assert attempt.call_sid is not None
    return {"CallSid": attempt.call_sid, "CallStatus": word, "SequenceNumber": str(sequence)}


def joins(call_sid: str, sequence: int, label: str = "") -> dict[str, str]:
    return {
        "StatusCallbackEvent": "participant-join",
        "CallSid": call_sid,
        "ConferenceSid": "CF1",
        "SequenceNumber": str(sequence),
        "ParticipantLabel": label,
    }


@pytest.mark.parametrize(
    ("timestamp", "seconds_ago"),
    [
        ("Tue, 01 Dec 2026 18:30:05 +0000", 5),
        ("Tue, 01 Dec 2026 18:29:00 +0000", 10),
        ("Tue, 01 Dec 2026 18:31:00 +0000", 0),
        ("Tue, 01 Dec 2026 18:30:05 -0000", 0),
        ("yesterday", 0),
        ("", 0),
    ],
)
def test_answered_when_the_carrier_says_so_however_late_it_is_told(
    session: Session, now: datetime, placed: Attempt, timestamp: str, seconds_ago: int
) -> None:
    """Not before it was placed, and not later than it is told."""
    later = now + timedelta(seconds=10)
    fields = status(placed, "in-progress", 2) | {"Timestamp": timestamp}
    carrier_webhooks.call_status(session, placed.id, fields, later)
    assert placed.answered_at == later - timedelta(seconds=seconds_ago)


@pytest.mark.parametrize(
    ("codes", "is_suppressed"),
    [(("404",), False), (("404", "404"), True), (("404", "486", "404"), False), (("608", "608"), False)],
)
def test_a_number_that_the_network_twice_running_does_not_know_is_never_dialled_again(
    session: Session, now: datetime, campaign: Campaign, codes: tuple[str, ...], is_suppressed: bool
) -> None:
    contact = make_contact(session, campaign, now)
    failed = dispositions.by_code(session, campaign.id, "failed")
    assert failed is not None
    failed.retry_at_most = 0
    for day, code in enumerate(codes):
        then = now + timedelta(days=day)
        attempt = place(session, campaign, contact, then)
        fields = status(attempt, "failed", 1) | {"SipResponseCode": code}
        carrier_webhooks.call_status(session, attempt.id, fields, then)
        assert (attempt.state, attempt.outcome) == (AttemptState.CLOSED, Outcome.FAILED)
    suppressed = session.exec(select(Suppression).where(Suppression.phone == contact.phone)).all()
    assert [row.scope for row in suppressed] == [SuppressionScope.SYSTEM] * is_suppressed
    assert (contact.state is ContactState.CLOSED) is is_suppressed


def test_a_repeated_answer_says_the_same_and_is_kept_once(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    agent = make_session(session, campaign, now)
    make_session(session, campaign, now)
    fields = {"CallSid": str(placed.call_sid), "CallStatus": "in-progress"}
    plans = [
        carrier_webhooks.call_answered(session, placed.id, fields, token, now)
        for token in ("token-1", "token-1", "token-2")
    ]
    assert plans == [JoinAgent(agent.room, agent.id)] * 3
    assert len(kept(session)) == 2


def test_a_status_doubled_is_kept_and_applied_once(session: Session, now: datetime, placed: Attempt) -> None:
    for _ in range(2):
        carrier_webhooks.call_status(session, placed.id, status(placed, "ringing", 1), now)
    assert kept(session) == [("status", f"status:{placed.call_sid}:1:ringing")]
    event = session.exec(select(CarrierEvent)).one()
    assert event.payload == status(placed, "ringing", 1)
    assert (event.attempt_id, event.received_at) == (placed.id, now)
    assert placed.state is AttemptState.RINGING


def test_statuses_swapped_end_as_they_would_have_in_order(
    session: Session, now: datetime, placed: Attempt
) -> None:
    for word, sequence in (("no-answer", 2), ("ringing", 1), ("initiated", 0)):
        carrier_webhooks.call_status(session, placed.id, status(placed, word, sequence), now)
    assert placed.state is AttemptState.CLOSED
    assert len(kept(session)) == 3


@pytest.mark.parametrize("sequence", [None, "", "x", "-1", "²"])
def test_a_status_without_a_number_counts_by_itself(
    session: Session, now: datetime, placed: Attempt, sequence: str | None
) -> None:
    fields = status(placed, "ringing", 1)
    del fields["SequenceNumber"]
    if sequence is not None:
        fields["SequenceNumber"] = sequence
    carrier_webhooks.call_status(session, placed.id, fields, now)
    assert placed.state is AttemptState.RINGING


def test_a_call_of_nobody_is_kept_and_does_nothing(session: Session, now: datetime) -> None:
    fields = {"CallSid": sid(), "CallStatus": "ringing", "SequenceNumber": "1"}
    assert carrier_webhooks.call_answered(session, uuid4(), fields, "t", now) == HangUp()
    carrier_webhooks.call_status(session, uuid4(), fields, now)
    carrier_webhooks.agent_line_status(session, uuid4(), fields, now)
    carrier_webhooks.room_event(session, uuid4(), joins(fields["CallSid"], 1), now)
    assert [kind for kind, _ in kept(session)] == ["answer", "status", "agent", "room"]


def test_the_person_who_joins_her_room_is_connected(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    agent = make_session(session, campaign, now)
    fields = {"CallSid": str(placed.call_sid)}
    assert isinstance(carrier_webhooks.call_answered(session, placed.id, fields, "t", now), JoinAgent)
    for _ in range(2):
        carrier_webhooks.room_event(session, agent.id, joins(fields["CallSid"], 3), now)
    assert (placed.state, agent.state) == (AttemptState.CONNECTED, SessionState.ON_CALL)


def test_a_join_in_another_agents_room_connects_nobody(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    make_session(session, campaign, now)
    fields = {"CallSid": str(placed.call_sid)}
    carrier_webhooks.call_answered(session, placed.id, fields, "t", now)
    other = make_session(session, campaign, now)
    carrier_webhooks.room_event(session, other.id, joins(fields["CallSid"], 3), now)
    assert placed.state is AttemptState.ANSWERED


def test_a_join_of_a_call_that_no_agent_was_reserved_for_connects_nobody(
    session: Session, now: datetime, campaign: Campaign, placed: Attempt
) -> None:
    fields = {"CallSid": str(placed.call_sid)}
    assert carrier_webhooks.call_answered(session, placed.id, fields, "t", now) == WaitForAgent()
    agent = make_session(session, campaign, now)
    carrier_webhooks.room_event(session, agent.id, joins(fields["CallSid"], 1), now)
    assert (placed.state, placed.agent_session_id) == (AttemptState.ANSWERED, None)
    assert agent.state is SessionState.READY


def test_the_agents_own_leg_makes_her_ready(session: Session, now: datetime, campaign: Campaign) -> None:
    agent = agents.start(session, make_user(session, now), campaign, now)
    carrier_webhooks.room_event(session, agent.id, joins("CA1", 1, "agent-1"), now)
    assert (agent.state, agent.line, agent.line_call_sid) == (SessionState.READY, LineState.UP, "CA1")


def test_somebody_else_in_her_room_is_not_her_leg(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    agent = agents.start(session, make_user(session, now), campaign, now)
    carrier_webhooks.room_event(session, agent.id, joins("CA1", 1, "attempt-1"), now)
    leaves = joins("CA2", 2, "agent-2") | {"StatusCallbackEvent": "participant-leave"}
    carrier_webhooks.room_event(session, agent.id, leaves, now)
    assert agent.line is LineState.CONNECTING


@pytest.mark.parametrize("word", sorted(carrier_webhooks.ENDED))
def test_every_end_of_her_leg_is_a_lost_line(session: Session, now: datetime, word: str) -> None:
    talking = talk(session, now)
    agent = talking.agent
    fields = {"CallSid": str(agent.line_call_sid), "CallStatus": word, "SequenceNumber": "9"}
    for _ in range(2):
        carrier_webhooks.agent_line_status(session, agent.id, fields, now + timedelta(minutes=1))
    assert (agent.line, agent.state) == (LineState.CONNECTING, SessionState.ON_CALL)
    commit(session)
    assert queued() == [(Job.CALL_AGENT, str(agent.id))]


def test_her_leg_on_its_way_is_no_news(session: Session, now: datetime, campaign: Campaign) -> None:
    agent = make_session(session, campaign, now)
    for sequence, word in enumerate(("initiated", "ringing", "in-progress")):
        fields = {
            "CallSid": str(agent.line_call_sid),
            "CallStatus": word,
            "SequenceNumber": str(sequence),
        }
        carrier_webhooks.agent_line_status(session, agent.id, fields, now)
    assert (agent.line, agent.state) == (LineState.UP, SessionState.READY)
