"""Counts and hours of a small day, reckoned by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, delete

from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.services import reports
from dialer.services.reports import Scope
from dialer.store.agent_sessions import AgentSession, AgentSpan
from dialer.store.campaigns import Campaign
from tests.factories import make_attempt, make_campaign, make_contact, make_lead, make_session

CHICAGO = "America/Chicago"
NINE = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
"""In Chicago."""
NOON = NINE + timedelta(hours=3)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def campaign(session: Session) -> Campaign:
    return make_campaign(session, NINE)


@pytest.fixture
def agent(session: Session, campaign: Campaign) -> AgentSession:
    """Signed on for ever; her spans are the test's own."""
    agent = make_session(session, campaign, NINE)
    session.exec(delete(AgentSpan))
    return agent


def spend(
    session: Session, agent: AgentSession, state: SessionState, begin: datetime, end: datetime | None
) -> None:
    session.add(
        AgentSpan(
            agent_session_id=agent.id,
            user_id=agent.user_id,
            campaign_id=agent.campaign_id,
            state=state,
            started_at=begin,
            ended_at=end,
        )
    )
    session.flush()


@pytest.fixture
def day(session: Session, campaign: Campaign, agent: AgentSession) -> AgentSession:
    """Nine to noon: an hour ready, an hour on calls, half an hour wrapping up, half an hour's break."""
    at = NINE
    for state, length in (
        (SessionState.READY, 60),
        (SessionState.ON_CALL, 60),
        (SessionState.WRAP_UP, 30),
        (SessionState.PAUSED, 30),
    ):
        spend(session, agent, state, at, at + minutes(length))
        at += minutes(length)
    for start, talked in ((60, 20), (80, 40)):
        placed = NINE + minutes(start)
        make_attempt(
            session,
            make_contact(session, campaign, NINE),
            placed,
            state=AttemptState.CLOSED,
            agent_id=agent.user_id,
            connected_at=placed,
            call_ended_at=placed + minutes(talked),
        )
    abandoned = {"is_abandoned": True, "abandoned_at": NINE}
    make_attempt(session, make_contact(session, campaign, NINE), NINE, state=AttemptState.CLOSED, **abandoned)
    make_attempt(session, make_contact(session, campaign, NINE), NINE, state=AttemptState.CLOSED)
    refused = {"state": AttemptState.REFUSED, "placing_at": None, "call_sid": None}
    make_attempt(session, make_contact(session, campaign, NINE), NINE, **refused)
    released = {"state": AttemptState.RELEASED, "call_sid": None}
    make_attempt(session, make_contact(session, campaign, NINE), NINE, **released)
    for _ in range(2):
        contact = make_contact(session, campaign, NINE)
        make_lead(session, contact, NINE + minutes(100), made_by_id=agent.user_id)
    return agent


def test_a_day_by_hand(session: Session, day: AgentSession) -> None:
    row = reports.total(session, NINE, NOON)
    assert (row.dials, row.connected, row.abandoned, row.leads) == (6, 2, 1, 2)
    assert row.talk_seconds == 3600
    assert row.dialled_seconds == 2.5 * 3600
    assert row.leads_per_hour == pytest.approx(2 / 2.5)
    assert row.abandonment_rate == pytest.approx(1 / 3)
    assert row.occupancy == pytest.approx((1 + 0.5) / 2.5)


def test_hours_are_clipped_to_the_period(session: Session, agent: AgentSession) -> None:
    spend(session, agent, SessionState.READY, NINE - minutes(60), NINE + minutes(60))
    spend(session, agent, SessionState.ON_CALL, NOON - minutes(10), None)
    spend(session, agent, SessionState.READY, NINE - minutes(90), NINE - minutes(60))
    row = reports.total(session, NINE, NOON)
    assert row.dialled_seconds == minutes(70).total_seconds()


def test_periods_side_by_side_add_up(session: Session, day: AgentSession) -> None:
    whole = reports.total(session, NINE, NOON)
    middle = NINE + minutes(73)
    parts = [reports.total(session, NINE, middle), reports.total(session, middle, NOON)]
    for number in ("dials", "connected", "abandoned", "leads", "dialled_seconds"):
        assert sum(getattr(part, number) for part in parts) == getattr(whole, number), number


def test_what_is_begun_at_the_end_belongs_to_the_next_period(session: Session, campaign: Campaign) -> None:
    make_attempt(session, make_contact(session, campaign, NOON), NOON, state=AttemptState.CLOSED)
    make_lead(session, make_contact(session, campaign, NOON), NOON)
    assert reports.total(session, NINE, NOON) == reports.Row()
    after = reports.total(session, NOON, NOON + minutes(1))
    assert (after.dials, after.leads) == (2, 1)


def test_one_campaign_or_one_agent_alone(session: Session, day: AgentSession) -> None:
    everything = reports.total(session, NINE, NOON)
    other = make_session(session, make_campaign(session, NINE), NINE)
    assert reports.total(session, NINE, NOON, campaign_id=day.campaign_id) == everything
    nothing = reports.total(session, NINE, NOON, campaign_id=other.campaign_id)
    assert (nothing.dials, nothing.leads) == (0, 0)
    hers = reports.total(session, NINE, NOON, user_id=day.user_id)
    assert (hers.dials, hers.connected, hers.abandoned, hers.leads) == (4, 2, 0, 2)
    assert hers.dialled_seconds == everything.dialled_seconds


def test_groups_add_up_to_the_whole(session: Session, day: AgentSession) -> None:
    whole, scope = reports.total(session, NINE, NOON), Scope(NINE, NOON)
    for rows in (reports.by_campaign(session, scope), reports.by_hour(session, scope, CHICAGO)):
        for number in ("dials", "connected", "abandoned", "leads", "dialled_seconds"):
            assert sum(getattr(row, number) for row in rows.values()) == getattr(whole, number), number
    assert reports.by_agent(session, scope)[day.user_id].leads == 2


def test_by_hour_a_span_over_the_full_hour_counts_in_both(session: Session, agent: AgentSession) -> None:
    spend(session, agent, SessionState.READY, NINE + minutes(50), NINE + minutes(125))
    hours = reports.by_hour(session, Scope(NINE, NOON), CHICAGO)
    assert {hour: row.dialled_seconds / 60 for hour, row in hours.items()} == {9: 10, 10: 60, 11: 5}


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (datetime(2026, 12, 1, 5, 59, tzinfo=UTC), datetime(2026, 11, 30, 6, 0, tzinfo=UTC)),
        (datetime(2026, 12, 1, 6, 0, tzinfo=UTC), datetime(2026, 12, 1, 6, 0, tzinfo=UTC)),
        (datetime(2026, 3, 8, 12, 0, tzinfo=UTC), datetime(2026, 3, 8, 6, 0, tzinfo=UTC)),
        (datetime(2026, 3, 9, 4, 59, tzinfo=UTC), datetime(2026, 3, 8, 6, 0, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_its_own_midnight(now: datetime, begins: datetime) -> None:
    assert reports.day_start(now, CHICAGO) == begins
    assert reports.midnight(date(2026, 12, 1), CHICAGO) == datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
