"""The carrier is asked about a call or a line, and its word applied. The carrier here says exactly
what a test makes it say."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.domain.agent import PAUSE_LINE_LOST, LineState, SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.leg import LegPurpose
from dialer.services import agents, attempts, carrier_webhooks, claims, enquiries, sweeper, why_not_dialled
from dialer.store import attempts as attempt_rows
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.legs import Leg
from dialer.telephony.port import (
    CarrierUnreachable,
    InDoubt,
    RoomFacts,
)
from tests.factories import (
    CALLER_ID,
    begin_placing,
    make_attempt,
    make_campaign,
    make_contact,
    make_session,
    talk,
)
from tests.house import commit, queued
from tests.services.telling_carrier import (
    PATIENCE,
    TellingCarrier,
    ask,
    check_line,
    facts,
    long_after,
)


@pytest.fixture
def carrier() -> TellingCarrier:
    return TellingCarrier()


@pytest.fixture
def doubtful(session: Session, now: datetime) -> Attempt:
    campaign = make_campaign(session, now)
    attempt = claims.claim(session, campaign, make_contact(session, campaign, now), now)
    assert attempt is not None
    begin_placing(session, attempt.id, now)
    attempts.record_result(session, attempt.id, InDoubt("read timed out"), now)
    session.info.clear()
    return attempt


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", AttemptState.DIALLING),
        ("ringing", AttemptState.RINGING),
        ("in-progress", AttemptState.ANSWERED),
        ("busy", AttemptState.CLOSED),
        ("completed", AttemptState.CLOSED),
    ],
)
def test_a_doubtful_call_that_the_carrier_has_is_adopted(
    session: Session,
    now: datetime,
    carrier: TellingCarrier,
    doubtful: Attempt,
    status: str,
    state: AttemptState,
) -> None:
    carrier.calls["CA1"] = facts("CA1", status)
    carrier.found = [carrier.calls["CA1"]]
    for _ in range(2):
        ask(session, carrier, doubtful, now)
    assert (doubtful.state, doubtful.call_sid) == (state, "CA1")
    [(to, caller_id, since)] = carrier.asked
    assert (to, caller_id) == (doubtful.phone, CALLER_ID)
    clocks_differ = timedelta(minutes=1)
    assert datetime.fromisoformat(since) < now - clocks_differ


def test_a_call_that_another_attempt_holds_is_not_adopted(
    session: Session, now: datetime, carrier: TellingCarrier, doubtful: Attempt
) -> None:
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now, phone=doubtful.phone)
    make_attempt(session, contact, now, state=AttemptState.CLOSED, call_sid="CA1", call_ended_at=now)
    carrier.found = [facts("CA1", "completed"), facts("CA2", "ringing")]
    ask(session, carrier, doubtful, now)
    assert doubtful.call_sid == "CA2"


def test_two_calls_that_fit_are_no_guess_and_nothing_is_given_up(
    session: Session, now: datetime, carrier: TellingCarrier, doubtful: Attempt
) -> None:
    carrier.found = [facts("CA1", "in-progress"), facts("CA2", "in-progress")]
    ask(session, carrier, doubtful, now + timedelta(hours=1))
    assert (doubtful.state, doubtful.call_sid) == (AttemptState.IN_DOUBT, None)
    campaign = session.get_one(Campaign, doubtful.campaign_id)
    told = why_not_dialled.explain(session, campaign, now).reasons
    assert [reason.count for reason in told if reason.text.startswith("In doubt")] == [1]


def test_two_calls_that_fit_and_are_over_end_it_once_no_third_can_ring(
    session: Session, now: datetime, carrier: TellingCarrier, doubtful: Attempt
) -> None:
    older, newer = facts("CA1", "no-answer"), facts("CA2", "busy")
    carrier.found = [
        replace(older, created_at=now),
        replace(newer, created_at=now + timedelta(seconds=1)),
    ]
    ask(session, carrier, doubtful, now + timedelta(seconds=30))
    assert [doubtful.state] == [AttemptState.IN_DOUBT]
    ask(session, carrier, doubtful, long_after(session, doubtful, now))
    assert (doubtful.state, doubtful.call_sid, doubtful.outcome) == (
        AttemptState.CLOSED,
        "CA2",
        Outcome.BUSY,
    )


def test_a_leg_a_line_and_a_call_told_of_for_another_are_not_adopted(
    session: Session, now: datetime, carrier: TellingCarrier, doubtful: Attempt
) -> None:
    agent = make_session(session, make_campaign(session, now), now, line_call_sid="CA1")
    leg = Leg(
        purpose=LegPurpose.CONSULT,
        agent_session_id=agent.id,
        asked_by_id=agent.user_id,
        address=doubtful.phone,
        call_sid="CA2",
        asked_at=now,
    )
    session.add(leg)
    line_before = {"CallSid": "CA3", "CallStatus": "completed", "SequenceNumber": "3"}
    carrier_webhooks.agent_line_status(session, agent.id, line_before, now)
    carrier.found = [facts(sid, "in-progress") for sid in ("CA1", "CA2", "CA3", "CA4")]
    ask(session, carrier, doubtful, now)
    assert doubtful.call_sid == "CA4"


def test_unknown_to_the_carrier_for_long_it_was_never_placed(
    session: Session, now: datetime, carrier: TellingCarrier, doubtful: Attempt
) -> None:
    could_ring = timedelta(seconds=session.get_one(Campaign, doubtful.campaign_id).ring_seconds)
    ask(session, carrier, doubtful, now + PATIENCE.never_placed + could_ring)
    assert [doubtful.state] == [AttemptState.IN_DOUBT]
    ask(session, carrier, doubtful, now + PATIENCE.never_placed + could_ring + timedelta(seconds=1))
    assert [doubtful.state] == [AttemptState.RELEASED]


def test_a_webhook_that_comes_while_the_carrier_is_asked_is_not_overruled(
    session: Session, now: datetime, carrier: TellingCarrier, doubtful: Attempt
) -> None:
    session.commit()

    def answered() -> None:
        with transaction() as other:
            attempt = attempt_rows.lock(other, doubtful.id)
            assert attempt is not None
            attempts.progress(other, attempt, "CA1", "in-progress", 2, now)

    carrier.meanwhile = answered
    ask(session, carrier, doubtful, now + timedelta(hours=1))
    assert (doubtful.state, doubtful.call_sid) == (AttemptState.ANSWERED, "CA1")


def test_a_call_whose_end_was_never_told_ends(
    session: Session, now: datetime, carrier: TellingCarrier
) -> None:
    talking = talk(session, now)
    carrier.calls[talking.call_sid] = facts(talking.call_sid, "completed")
    ask(session, carrier, talking.attempt, now + timedelta(minutes=1))
    assert talking.attempt.state is AttemptState.WRAP_UP
    assert talking.agent.state is SessionState.WRAP_UP


def test_a_call_that_goes_on_is_left_and_looked_at_later(
    session: Session, now: datetime, carrier: TellingCarrier
) -> None:
    talking = talk(session, now)
    carrier.calls[talking.call_sid] = facts(talking.call_sid, "in-progress")
    later = now + timedelta(minutes=1)
    ask(session, carrier, talking.attempt, later)
    assert (talking.attempt.state, talking.attempt.checked_at) == (AttemptState.CONNECTED, later)
    commit(session)
    assert queued() == []
    assert sweeper.attempts_to_ask_about(session, later, PATIENCE) == []


def test_a_call_that_rang_though_it_was_shown_as_queued_counts_as_a_try(
    session: Session, now: datetime, carrier: TellingCarrier
) -> None:
    contact = make_contact(session, make_campaign(session, now), now)
    attempt = make_attempt(session, contact, now, call_sid="CA1")
    carrier.calls["CA1"] = facts("CA1", "queued")
    carrier.rang_at = now
    ask(session, carrier, attempt, now + timedelta(minutes=1))
    assert (attempt.state, attempt.outcome) == (AttemptState.CLOSED, Outcome.CANCELED)
    assert contact.attempts_made == 1, "as it was counted when it was placed"


def test_a_closed_attempt_whose_call_is_still_up_is_hung_up_on(
    session: Session, now: datetime, carrier: TellingCarrier
) -> None:
    contact = make_contact(session, make_campaign(session, now), now)
    attempt = make_attempt(session, contact, now, state=AttemptState.CLOSED, call_sid="CA1")
    carrier.calls["CA1"] = facts("CA1", "in-progress")
    ask(session, carrier, attempt, now)
    commit(session)
    assert queued() == [(Job.HANG_UP, str(attempt.id))]
    carrier.calls["CA1"] = facts("CA1", "completed")
    ask(session, carrier, attempt, now)
    assert attempt.call_ended_at == now
    commit(session)
    assert len(queued()) == 1


def judged(
    session: Session, carrier: TellingCarrier, now: datetime, at: datetime, notes: str = ""
) -> Attempt:
    """A call that an agent talks on, which the carrier takes for a machine: of its verdict nobody told."""
    attempt = talk(session, now).attempt
    attempt.notes = notes
    sid = str(attempt.call_sid)
    carrier.calls[sid] = replace(facts(sid, "in-progress"), answered_by="machine_start")
    for _ in range(2):
        ask(session, carrier, attempt, at)
    commit(session)
    return attempt


def test_a_machine_of_which_nobody_told_is_taken_from_the_agent(
    session: Session, now: datetime, carrier: TellingCarrier
) -> None:
    attempt = judged(session, carrier, now, now + PATIENCE.silent)
    assert (attempt.state, attempt.outcome) == (AttemptState.CLOSED, Outcome.MACHINE)
    assert (Job.HANG_UP, str(attempt.id)) in queued()


@pytest.mark.parametrize(("minutes", "notes"), [(1, "Says she is busy."), (5, "")])
def test_a_verdict_that_the_agent_knows_better_than_takes_nobody_away(
    session: Session, now: datetime, carrier: TellingCarrier, minutes: int, notes: str
) -> None:
    attempt = judged(session, carrier, now, now + timedelta(minutes=minutes), notes)
    assert (attempt.state, attempt.answered_by) == (AttemptState.CONNECTED, "machine_start")
    assert queued() == []


def test_a_carrier_that_can_not_be_reached_tells_nothing(
    session: Session, now: datetime, carrier: TellingCarrier
) -> None:
    talking = talk(session, now)
    carrier.reachable = False
    with pytest.raises(CarrierUnreachable):
        ask(session, carrier, talking.attempt, now)
    with pytest.raises(CarrierUnreachable):
        check_line(session, carrier, talking.agent, now)
    assert talking.attempt.state is AttemptState.CONNECTED
    assert talking.agent.line is LineState.UP


@pytest.mark.parametrize("status", ["completed", "busy", "no-answer", "failed", "canceled"])
def test_a_line_that_ended_unheard_is_lost(
    session: Session, now: datetime, carrier: TellingCarrier, status: str
) -> None:
    agent = make_session(session, make_campaign(session, now), now, line_call_sid="CA1")
    carrier.calls["CA1"] = facts("CA1", status)
    for _ in range(2):
        check_line(session, carrier, agent, now)
    assert (agent.state, agent.pause_code) == (SessionState.PAUSED, PAUSE_LINE_LOST)


def test_a_line_that_came_up_unheard_is_up(session: Session, now: datetime, carrier: TellingCarrier) -> None:
    agent = make_session(
        session,
        make_campaign(session, now),
        now,
        state=SessionState.PAUSED,
        pause_code="starting",
        line=LineState.CONNECTING,
        line_call_sid="CA1",
    )
    carrier.calls["CA1"] = facts("CA1", "ringing")
    check_line(session, carrier, agent, now)
    assert [agent.line] == [LineState.CONNECTING]
    carrier.calls["CA1"] = facts("CA1", "in-progress")
    check_line(session, carrier, agent, now)
    assert [agent.line, agent.state] == [LineState.UP, SessionState.READY]


def test_the_room_of_a_line_that_came_up_unheard_is_the_one_that_is_open(
    session: Session, now: datetime, carrier: TellingCarrier
) -> None:
    """Nobody told that the one before is over: a person seemed to be in it."""
    agent = talk(session, now).agent
    agent.line_call_sid, agent.room_sid = "CA1", "CF1"
    agents.connect_line(session, agent, now)
    agent.line_call_sid = "CA2"
    carrier.calls["CA2"] = facts("CA2", "in-progress")
    carrier.names[agent.room] = RoomFacts("CF2", {"CA2"})
    check_line(session, carrier, agent, now)
    assert (agent.line, agent.room_sid) == (LineState.UP, "CF2")


def test_ids_of_nobody_are_nothing(session: Session, now: datetime) -> None:
    contact = make_contact(session, make_campaign(session, now), now)
    nobody = make_attempt(session, contact, now).id
    session.rollback()
    assert enquiries.about_call(session, nobody, now, PATIENCE) is None
    assert enquiries.about_line(session, nobody, now, PATIENCE) is None
