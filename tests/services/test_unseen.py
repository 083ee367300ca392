"""Calls and lines that the carrier does not show when it is asked, though it may have them."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.domain.agent import PAUSE_LINE_LOST, LineState, SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.services import attempts, sweeper
from dialer.store import attempts as attempt_rows
from dialer.store.attempts import Attempt
from tests.factories import make_attempt, make_campaign, make_contact, make_session, talk
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


def hidden(session: Session, now: datetime, **over: object) -> Attempt:
    """A call of which the carrier shows nothing, from `now` on."""
    contact = make_contact(session, make_campaign(session, now), now)
    return make_attempt(session, contact, now, call_sid="CA1", placing_at=now, **over)


def test_a_call_that_the_carrier_does_not_show_goes_on(
    session: Session, now: datetime, carrier: TellingCarrier
) -> None:
    attempt = hidden(session, now)
    for seconds in (0, 5, 60):
        ask(session, carrier, attempt, now + timedelta(seconds=seconds))
    assert (attempt.state, attempt.call_ended_at) == (AttemptState.DIALLING, None)
    assert attempt_rows.on_the_line(session, [attempt.phone])
    assert attempt.id in sweeper.attempts_to_ask_about(session, now + timedelta(minutes=2), PATIENCE)


def test_nobody_is_taken_from_her_agent_because_the_carrier_does_not_show_the_call(
    session: Session, now: datetime, carrier: TellingCarrier
) -> None:
    talking = talk(session, now)
    ask(session, carrier, talking.attempt, now + timedelta(hours=1))
    assert (talking.attempt.state, talking.agent.state) == (AttemptState.CONNECTED, SessionState.ON_CALL)


def test_a_call_that_only_the_list_shows_is_known_by_it(
    session: Session, now: datetime, carrier: TellingCarrier
) -> None:
    attempt = hidden(session, now)
    carrier.found = [facts("CA1", "ringing")]
    ask(session, carrier, attempt, now)
    assert attempt.state is AttemptState.RINGING


@pytest.mark.parametrize(("is_up", "outcome"), [(True, Outcome.ANSWERED), (False, Outcome.FAILED)])
def test_a_call_that_the_carrier_never_shows_is_hung_up_on_before_it_is_given_up(
    session: Session, now: datetime, carrier: TellingCarrier, is_up: bool, outcome: Outcome
) -> None:
    attempt = hidden(session, now)
    carrier.live = {"CA1"} if is_up else set()
    ask(session, carrier, attempt, now)
    ask(session, carrier, attempt, long_after(session, attempt, now))
    assert carrier.live == set()
    assert (attempt.state, attempt.outcome) == (AttemptState.CLOSED, outcome)
    assert attempt.call_ended_at is not None


@pytest.mark.parametrize("is_told", [True, False])
def test_a_call_that_was_shown_or_told_of_meanwhile_is_not_hung_up_on(
    session: Session, now: datetime, carrier: TellingCarrier, is_told: bool
) -> None:
    attempt = hidden(session, now)
    carrier.live = {"CA1"}
    ask(session, carrier, attempt, now)
    later = now + timedelta(seconds=30)
    if is_told:
        attempts.progress(session, attempt, "CA1", "ringing", 1, later)
    else:
        carrier.calls["CA1"] = facts("CA1", "ringing")
        ask(session, carrier, attempt, later)
        carrier.calls.clear()
    ask(session, carrier, attempt, long_after(session, attempt, now))
    assert (attempt.state, carrier.live) == (AttemptState.RINGING, {"CA1"})
    ask(session, carrier, attempt, long_after(session, attempt, long_after(session, attempt, now)))
    assert (attempt.state, carrier.live) == (AttemptState.CLOSED, set())


@pytest.mark.parametrize("is_up", [True, False])
def test_a_line_that_the_carrier_does_not_show_is_hung_up_on_before_it_is_rung_again(
    session: Session, now: datetime, carrier: TellingCarrier, is_up: bool
) -> None:
    agent = make_session(session, make_campaign(session, now), now, line_call_sid="CA1")
    carrier.live = {"CA1"} if is_up else set()
    for seconds in (0, 30):
        check_line(session, carrier, agent, now + timedelta(seconds=seconds))
    assert (agent.line, agent.line_call_sid) == (LineState.UP, "CA1")
    check_line(session, carrier, agent, now + PATIENCE.never_placed + timedelta(seconds=1))
    assert carrier.live == set()
    assert (agent.state, agent.pause_code) == (SessionState.PAUSED, PAUSE_LINE_LOST)


def test_a_line_that_is_shown_again_is_up(session: Session, now: datetime, carrier: TellingCarrier) -> None:
    agent = make_session(session, make_campaign(session, now), now, line_call_sid="CA1")
    check_line(session, carrier, agent, now)
    carrier.calls["CA1"] = facts("CA1", "in-progress")
    check_line(session, carrier, agent, now + timedelta(seconds=30))
    carrier.calls.clear()
    check_line(session, carrier, agent, now + timedelta(hours=1))
    assert agent.line is LineState.UP
