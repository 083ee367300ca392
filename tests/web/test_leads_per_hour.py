"""Leads per hour dialled: the number, its definition, and the same facts by campaign, agent and hour."""

import json
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlmodel import Session, select

from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.metrics import LEADS_PER_HOUR_DIALLED
from dialer.domain.user import Role
from dialer.services import reports
from dialer.services.reports import Scope
from dialer.store.agent_sessions import AgentSession, AgentSpan
from dialer.store.campaigns import Campaign
from dialer.store.users import User
from tests.factories import make_attempt, make_campaign, make_contact, make_lead, make_user
from tests.house import commit
from tests.web.visitor import Visitor, sign_in, words

PAGE = "/manager/leads-per-hour"
CHICAGO = "America/Chicago"


@pytest.fixture
def manager(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.MANAGER)


def shift(
    session: Session, user: User, campaign: Campaign, began: datetime, *spans: tuple[SessionState, int]
) -> datetime:
    """A shift of `spans`, each a state and its minutes; when it ended."""
    over = AgentSession(
        user_id=user.id,
        campaign_id=campaign.id,
        state=SessionState.OFFLINE,
        state_since=began,
        started_at=began,
    )
    session.add(over)
    session.flush()
    for state, minutes in spans:
        ended = began + timedelta(minutes=minutes)
        session.add(
            AgentSpan(
                agent_session_id=over.id,
                user_id=user.id,
                campaign_id=campaign.id,
                state=state,
                started_at=began,
                ended_at=ended,
            )
        )
        began = ended
    session.flush()
    return began


def called(session: Session, campaign: Campaign, user: User, at: datetime, minutes: int) -> None:
    ended = at + timedelta(minutes=minutes)
    contact = make_contact(session, campaign, at)
    over = {"state": AttemptState.CLOSED, "outcome": Outcome.ANSWERED, "agent_id": user.id}
    times = {"answered_at": at, "connected_at": at, "call_ended_at": ended, "closed_at": ended}
    make_attempt(session, contact, at, **over, **times)


def test_without_data_it_says_so(manager: Visitor) -> None:
    shown = manager.read(PAGE)
    assert "Leads per hour dialled – = 0 leads ÷ 0.0 h dialled" in shown
    assert LEADS_PER_HOUR_DIALLED in shown
    assert "Nothing was dialled" in shown
    assert "Nobody dialled" in shown


def test_the_number_and_what_it_is_made_of(manager: Visitor, session: Session, now: datetime) -> None:
    """Two agents: 3 h dialled and 1 h paused, 2 leads; 1 h dialled, no lead."""
    campaign = make_campaign(session, now)
    ada, ben = (make_user(session, now, full_name=name) for name in ("Ada Best", "Ben Next"))
    began = now - timedelta(hours=4)
    busy = (SessionState.ON_CALL, 60), (SessionState.WRAP_UP, 30), (SessionState.READY, 90)
    shift(session, ada, campaign, began, (SessionState.PAUSED, 60), *busy)
    shift(session, ben, campaign, began, (SessionState.READY, 60))
    called(session, campaign, ada, began + timedelta(hours=1), 60)
    for _ in range(2):
        make_lead(session, make_contact(session, campaign, now), now, made_by_id=ada.id)
    commit(session)
    page = manager.get(PAGE)
    shown = manager.read(PAGE)
    assert "Leads per hour dialled 0.50 = 2 leads ÷ 4.0 h dialled" in shown
    assert "Dials 3 Answered 1 33.3% of dials" in shown
    assert "Talk 1:00:00 Occupancy 37.5%" in shown
    assert f"{campaign.name} 0.50 2 4.0 h 3 1 0.0% 37.5%" in shown
    assert "Ada Best 0.67 2 3.0 h 3 1 0.0% 50.0%" in shown
    assert "Ben Next 0.00 0 1.0 h 0 0 – 0.0%" in shown
    assert shown.index("Ada Best") < shown.index("Ben Next")
    link = f"/manager/leads?day=2026-12-01&amp;span=1&amp;campaign=&amp;made_by={ada.id}"
    assert link in page.text
    assert "2 leads" in manager.read(link.replace("&amp;", "&"))
    assert "No lead fits" in manager.read(link.replace("&amp;", "&").replace(str(ada.id), str(ben.id)))


def test_the_chart_and_its_table_agree(manager: Visitor, session: Session, now: datetime) -> None:
    campaign, ada = make_campaign(session, now), make_user(session, now)
    began = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
    shift(session, ada, campaign, began, (SessionState.READY, 90))
    make_lead(session, make_contact(session, campaign, now), began, made_by_id=ada.id)
    commit(session)
    page = manager.get(PAGE)
    data = re.search(
        r'<script type="application/json" id="by-hour-data">(.*?)</script>', page.text, re.DOTALL
    )
    assert data is not None
    figures = json.loads(data[1])
    assert figures["categories"] == ["09:00", "10:00"]
    assert figures["values"] == [2.0, 0.0]
    assert figures["whole"] == pytest.approx(1 / 1.5)
    assert "09:00 2.00 1 0.5 h 1 10:00 0.00 0 1.0 h 0" in manager.read(PAGE)


def test_days_and_spans_of_days(manager: Visitor, session: Session, now: datetime) -> None:
    campaign, other, ada = make_campaign(session, now), make_campaign(session, now), make_user(session, now)
    for days, minutes in ((0, 60), (1, 120), (8, 240)):
        shift(session, ada, campaign, now - timedelta(days=days, hours=5), (SessionState.READY, minutes))
    commit(session)
    assert "0 leads ÷ 1.0 h" in manager.read(PAGE)
    assert "0 leads ÷ 3.0 h" in manager.read(PAGE, span=7)
    assert "0 leads ÷ 7.0 h" in manager.read(PAGE, span=30)
    yesterday = manager.read(PAGE, day="2026-11-30")
    assert "Monday, 30 November 2026" in yesterday
    assert "0 leads ÷ 2.0 h" in yesterday
    assert "0 leads ÷ 1.0 h" in manager.read(PAGE, campaign=campaign.slug)
    assert "0 leads ÷ 0.0 h" in manager.read(PAGE, campaign=other.slug)
    assert "Today, 1 December 2026" in manager.read(PAGE, day="2031-01-01")
    assert "1 January 2000" in manager.read(PAGE, day="2000-01-01", span=30)
    for name, value in {"day": "someday", "span": "31", "campaign": "nowhere"}.items():
        answer = manager.get(PAGE, **{name: value})
        assert answer.status_code == 422
        assert f"“{value}”" in words(answer)
    assert manager.get(PAGE, day="0001-01-01").status_code == 422


def test_a_supervisor_sees_the_numbers_and_no_way_to_leads(
    web: httpx.Client, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    make_lead(session, make_contact(session, campaign, now), now)
    commit(session)
    supervisor = sign_in(web, session, now, Role.SUPERVISOR)
    page = supervisor.get(PAGE)
    assert "= 1 lead ÷" in supervisor.read(PAGE)
    assert "/manager/leads?" not in page.text


def test_hours_are_reckoned_alike_however_they_are_cut(session: Session, now: datetime) -> None:
    """By hour, by agent, by campaign and in all: the same seconds, over a change of the clocks."""
    campaign, other = make_campaign(session, now), make_campaign(session, now)
    ada, ben = make_user(session, now), make_user(session, now)
    began = datetime(2026, 11, 1, 4, 40, tzinfo=UTC)  # 23:40 the night in which Chicago goes back an hour
    spans = (SessionState.READY, 95), (SessionState.PAUSED, 17), (SessionState.WRAP_UP, 201)
    shift(session, ada, campaign, began, *spans)
    shift(session, ben, other, began + timedelta(minutes=7), *spans, (SessionState.ON_CALL, 3))
    scope = Scope(began + timedelta(minutes=11), began + timedelta(minutes=299))
    whole = reports.total(session, scope.since, scope.until)
    by_hour = reports.by_hour(session, scope, CHICAGO)
    cuts = (
        by_hour.values(),
        reports.by_agent(session, scope).values(),
        reports.by_campaign(session, scope).values(),
    )
    for rows in cuts:
        assert sum(row.dialled_seconds for row in rows) == pytest.approx(whole.dialled_seconds)
        assert sum(row.wrap_up_seconds for row in rows) == pytest.approx(whole.wrap_up_seconds)
    assert whole.dialled_seconds == (84 + 187 + 91 + 180) * 60
    assert by_hour[1].dialled_seconds == pytest.approx(4 * 3600 - 2 * 17 * 60)


def test_a_span_that_is_not_over_counts_until_now(session: Session, now: datetime) -> None:
    campaign, ada = make_campaign(session, now), make_user(session, now)
    shift(session, ada, campaign, now - timedelta(hours=2), (SessionState.READY, 1))
    session.exec(select(AgentSpan)).one().ended_at = None
    session.flush()
    scope = Scope(now - timedelta(hours=1), now)
    assert reports.total(session, scope.since, scope.until).dialled_seconds == 3600
    assert sum(row.dialled_seconds for row in reports.by_hour(session, scope, CHICAGO).values()) == 3600
