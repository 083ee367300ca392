"""What a crash or a lost webhook left behind comes to its end, once, however often it is swept."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.core.queue import Job
from dialer.domain.agent import PAUSE_NO_DISPOSITION, LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.disposition import NEVER_PLACED, NO_DISPOSITION
from dialer.services import agents, attempts, claims, conclusions, sweeper
from dialer.services.conclusions import Conclusion
from dialer.services.sweeper import Patience
from dialer.store import dispositions
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.contacts import Contact
from dialer.telephony.port import Placed
from tests.factories import (
    begin_placing,
    hung_up,
    make_attempt,
    make_campaign,
    make_contact,
    make_session,
    make_user,
    sid,
    talk,
)
from tests.house import commit, queued

PATIENCE = Patience.of_real(lambda seconds: timedelta(seconds=seconds))
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def claimed(session: Session, now: datetime) -> Attempt:
    campaign = make_campaign(session, now)
    attempt = claims.claim(session, campaign, make_contact(session, campaign, now), now)
    assert attempt is not None
    session.info.clear()
    return attempt


def test_a_claim_whose_job_was_lost_is_queued_again(
    session: Session, now: datetime, claimed: Attempt
) -> None:
    assert sweeper.claims(session, now + PATIENCE.job_lost, PATIENCE) == 0
    for _ in range(2):
        assert sweeper.claims(session, now + PATIENCE.job_lost + A_SECOND, PATIENCE) == 1
    commit(session)
    assert queued() == [(Job.PLACE_CALLS, str(claimed.id))]
    assert begin_placing(session, claimed.id, now) is not None
    assert begin_placing(session, claimed.id, now) is None


def test_a_stale_claim_is_released(session: Session, now: datetime, claimed: Attempt) -> None:
    late = now + PATIENCE.claim_stale + A_SECOND
    assert [sweeper.claims(session, late, PATIENCE) for _ in range(2)] == [1, 0]
    assert claimed.state is AttemptState.RELEASED
    commit(session)
    assert queued() == []
    assert begin_placing(session, claimed.id, late) is None


def test_a_claim_that_can_not_be_released_stops_no_other(
    session: Session, now: datetime, claimed: Attempt
) -> None:
    broken = make_campaign(session, now)
    row = dispositions.by_code(session, broken.id, NEVER_PLACED)
    session.delete(row)
    stuck = claims.claim(session, broken, make_contact(session, broken, now), now - A_SECOND)
    fresh = make_campaign(session, now)
    in_time = claims.claim(session, fresh, make_contact(session, fresh, now), now + 2 * PATIENCE.job_lost)
    assert stuck is not None
    assert in_time is not None
    session.info.clear()
    late = now + PATIENCE.claim_stale + A_SECOND
    assert sweeper.claims(session, late, PATIENCE) == 3
    commit(session)
    assert (claimed.state, stuck.state) == (AttemptState.RELEASED, AttemptState.CLAIMED)
    assert session.get_one(Contact, stuck.contact_id).state is ContactState.HELD
    assert queued() == [(Job.PLACE_CALLS, str(in_time.id))]


def test_an_asking_that_was_cut_off_is_in_doubt_and_never_asked_again(
    session: Session, now: datetime, claimed: Attempt
) -> None:
    assert begin_placing(session, claimed.id, now) is not None
    assert sweeper.lost_placings(session, now + PATIENCE.placing_lost, PATIENCE) == 0
    late = now + PATIENCE.placing_lost + A_SECOND
    assert [sweeper.lost_placings(session, late, PATIENCE) for _ in range(2)] == [1, 0]
    assert (claimed.state, claimed.carrier_error) == (
        AttemptState.IN_DOUBT,
        "the worker was lost while it asked",
    )
    assert begin_placing(session, claimed.id, late) is None
    attempts.record_result(session, claimed.id, Placed("CA1"), late)
    assert claimed.state is AttemptState.DIALLING


def test_wrap_up_past_its_limit_gets_the_default(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, wrap_up_seconds=60)
    over = hung_up(session, talk(session, now, campaign), now)
    assert sweeper.wrap_ups(session, now + timedelta(seconds=59)) == 0
    late = now + timedelta(seconds=60)
    assert [sweeper.wrap_ups(session, late) for _ in range(2)] == [1, 0]
    assert over.attempt.state is AttemptState.CLOSED
    assert (over.agent.state, over.agent.pause_code) == (SessionState.PAUSED, PAUSE_NO_DISPOSITION)


def test_a_wrap_up_that_can_not_be_concluded_stops_no_other(session: Session, now: datetime) -> None:
    broken = make_campaign(session, now)
    session.delete(dispositions.by_code(session, broken.id, NO_DISPOSITION))
    stuck = hung_up(session, talk(session, now, broken), now)
    over = hung_up(session, talk(session, now), now)
    sweeper.wrap_ups(session, now + timedelta(hours=1))
    assert (stuck.attempt.state, over.attempt.state) == (AttemptState.WRAP_UP, AttemptState.CLOSED)


def test_a_wrap_up_concluded_in_time_is_left(session: Session, now: datetime) -> None:
    over = hung_up(session, talk(session, now), now)
    conclusions.conclude(session, over.attempt, "lead", Conclusion(), now)
    assert sweeper.wrap_ups(session, now + timedelta(hours=1)) == 0
    assert over.contact.closed_reason is ClosedReason.LEAD


def test_a_contact_that_nothing_holds_is_let_go(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    orphan = make_contact(session, campaign, now, state=ContactState.HELD)
    dialled = make_contact(session, campaign, now)
    make_attempt(session, dialled, now)
    previewed = make_contact(session, campaign, now, state=ContactState.HELD)
    make_session(session, campaign, now, state=SessionState.RESERVED, preview_contact_id=previewed.id)
    concluded = make_contact(session, campaign, now)
    make_attempt(session, concluded, now, state=AttemptState.REFUSED, call_sid=None)
    concluded.state = ContactState.HELD
    session.flush()
    assert [sweeper.held_by_nobody(session, now) for _ in range(2)] == [2, 0]
    assert [one.state for one in (orphan, concluded)] == [ContactState.WAITING] * 2
    assert [one.state for one in (dialled, previewed)] == [ContactState.HELD] * 2


def test_a_call_back_its_agent_missed_goes_to_anyone(session: Session, now: datetime) -> None:
    campaign, agent = make_campaign(session, now), make_user(session, now)
    missed, in_time = (
        make_contact(session, campaign, now, next_call_at=at, call_back_agent_id=agent.id)
        for at in (now - timedelta(minutes=61), now - timedelta(minutes=60))
    )
    wait = timedelta(hours=1)
    assert [sweeper.overdue_call_backs(session, now, wait) for _ in range(2)] == [1, 0]
    assert (missed.call_back_agent_id, in_time.call_back_agent_id) == (None, agent.id)


def test_the_carrier_is_asked_about_what_is_silent_or_in_doubt(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    long_ago = now - PATIENCE.silent - A_SECOND
    recent = now - PATIENCE.silent + A_SECOND

    def attempt(state: AttemptState, placed: datetime, **over: object) -> Attempt:
        return make_attempt(session, make_contact(session, campaign, now), placed, state=state, **over)

    ask = [
        attempt(AttemptState.DIALLING, long_ago),
        attempt(AttemptState.DIALLING, now - PATIENCE.unheard - A_SECOND),
        attempt(AttemptState.CONNECTED, long_ago, checked_at=long_ago),
        attempt(AttemptState.IN_DOUBT, now, call_sid=None),
        attempt(AttemptState.CLOSED, long_ago),
        attempt(AttemptState.RELEASED, long_ago),
    ]
    for state, placed, over in (
        (AttemptState.DIALLING, recent, {"carrier_sequence": 0}),
        (AttemptState.DIALLING, now, {}),
        (AttemptState.CONNECTED, long_ago, {"checked_at": recent}),
        (AttemptState.CLAIMED, long_ago, {}),
        (AttemptState.PLACING, long_ago, {}),
        (AttemptState.CLOSED, long_ago, {"call_ended_at": now}),
        (AttemptState.RELEASED, long_ago, {"call_sid": None}),
        (AttemptState.REFUSED, long_ago, {"call_sid": None}),
    ):
        attempt(state, placed, **over)
    found = sweeper.attempts_to_ask_about(session, now, PATIENCE)
    assert sorted(found) == sorted(one.id for one in ask)


def test_lines_asked_for_and_silent_are_asked_about(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    long_ago = now - PATIENCE.line_silent - A_SECOND
    silent = make_session(session, campaign, now, line=LineState.CONNECTING, line_asked_at=long_ago)
    make_session(session, campaign, now, line=LineState.CONNECTING, line_asked_at=now)
    up = make_session(session, campaign, now, line_asked_at=long_ago)
    offline = make_session(session, campaign, long_ago, state=SessionState.OFFLINE)
    assert sweeper.silent_lines(session, now, PATIENCE) == [silent.id]
    assert sweeper.lines_that_are_up(session) == [up.id]
    assert offline.id not in sweeper.lines_that_are_up(session)


@pytest.fixture
def gone(session: Session, now: datetime) -> AgentSession:
    """She signed off, and the job that ends her line was lost."""
    agent = make_session(session, make_campaign(session, now), now)
    agents.stop(session, agent, now)
    session.info.clear()
    return agent


def test_the_line_of_somebody_who_is_gone_is_ended_though_its_job_was_lost(
    session: Session, now: datetime, gone: AgentSession
) -> None:
    assert sweeper.lines_left_up(session) == [gone.id]
    gone.line = LineState.DOWN
    session.flush()
    assert sweeper.lines_left_up(session) == []


def test_patience_is_on_the_houses_clock() -> None:
    fast = Patience.of_real(lambda seconds: timedelta(seconds=seconds * 10))
    assert fast.silent == 10 * PATIENCE.silent


def test_a_late_sid_is_no_other_attempts(session: Session, now: datetime) -> None:
    """Two attempts never hold one call."""
    campaign = make_campaign(session, now)
    first = make_attempt(session, make_contact(session, campaign, now), now, call_sid=sid())
    assert attempts.adopt(first, "CA2") is False
