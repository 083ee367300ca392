"""Counts and hours for people, from attempts, spans and leads; the formulas are `domain.metrics`'."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, Integer, Select, case, cast, label, null, true
from sqlalchemy import select as sa_select
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlmodel import Session, and_, col, func, or_

from dialer.domain import metrics
from dialer.domain.agent import DIALLED, SessionState
from dialer.store import abandonment
from dialer.store.agent_sessions import AgentSpan
from dialer.store.attempts import Attempt
from dialer.store.leads import Lead

Key = SQLCoreOperations[Any]
"""What rows are grouped by."""
_ALL: Key = cast(null(), Integer)
AnySelect = Select[*tuple[Any, ...]]


def day_of(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def midnight(day: date, zone: str) -> datetime:
    """The moment at which `day` begins in `zone`."""
    return datetime.combine(day, time(), ZoneInfo(zone))


def midnights(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """Where the days from `first` to `last` begin and end in `zone`."""
    return midnight(first, zone), midnight(last + timedelta(days=1), zone)


def day_start(now: datetime, zone: str) -> datetime:
    """Midnight that began the day of `now` in `zone`."""
    return midnight(day_of(now, zone), zone).astimezone(now.tzinfo)


@dataclass(frozen=True)
class Row:
    """The numbers of one campaign, one agent, or everything, over a period."""

    dials: int = 0
    connected: int = 0
    answered: int = 0
    """By a person."""
    abandoned: int = 0
    leads: int = 0
    talk_seconds: float = 0.0
    dialled_seconds: float = 0.0
    wrap_up_seconds: float = 0.0

    @property
    def leads_per_hour(self) -> float | None:
        return metrics.leads_per_hour_dialled(self.leads, self.dialled_seconds)

    @property
    def abandonment_rate(self) -> float | None:
        return metrics.abandonment_rate(self.answered, self.abandoned)

    @property
    def occupancy(self) -> float | None:
        return metrics.occupancy(self.talk_seconds, self.wrap_up_seconds, self.dialled_seconds)


@dataclass(frozen=True)
class Scope:
    """What is counted: a period, of everything or of one campaign or one agent."""

    since: datetime
    until: datetime
    campaign_id: int | None = None
    user_id: int | None = None


def total(
    session: Session,
    since: datetime,
    until: datetime,
    *,
    campaign_id: int | None = None,
    user_id: int | None = None,
) -> Row:
    """The numbers of a period, of one campaign or one agent where asked."""
    scope = Scope(since, until, campaign_id, user_id)
    return _rows(session, scope, _ALL, _ALL, _ALL).get(None, Row())


def by_campaign(session: Session, scope: Scope) -> dict[int, Row]:
    keys = col(Attempt.campaign_id), col(AgentSpan.campaign_id), col(Lead.campaign_id)
    return _rows(session, scope, *keys)


def by_agent(session: Session, scope: Scope) -> dict[int, Row]:
    """Of each agent who had a call, was signed in, or made a lead."""
    rows = _rows(session, scope, col(Attempt.agent_id), col(AgentSpan.user_id), col(Lead.made_by_id))
    return {agent: row for agent, row in rows.items() if agent is not None}


def by_hour(session: Session, scope: Scope, zone: str) -> dict[int, Row]:
    """Of each hour of the day (0 to 23) in `zone`: calls and leads by when they began, time as it
    was spent, so that a span over the full hour counts in both."""
    ended = func.least(func.coalesce(AgentSpan.ended_at, scope.until), scope.until)
    first = func.date_trunc("hour", func.greatest(AgentSpan.started_at, scope.since), zone)
    hours = (
        func.generate_series(first, ended, timedelta(hours=1)).table_valued("begins").render_derived("hours")
    )
    begins = hours.c.begins
    spent = func.extract(
        "epoch",
        func.least(ended, begins + timedelta(hours=1))
        - func.greatest(AgentSpan.started_at, scope.since, begins),
    )
    return _merged(
        session,
        _calls(scope, _hour(_began(), zone)),
        _spans(scope, _hour(begins, zone), spent).join_from(AgentSpan, hours, true()).where(spent > 0),
        _leads(scope, _hour(col(Lead.made_at), zone)),
    )


def _rows(session: Session, scope: Scope, of_call: Key, of_span: Key, of_lead: Key) -> dict[Any, Row]:
    spans = _spans(scope, of_span, span_seconds(scope.since, scope.until))
    return _merged(session, _calls(scope, of_call), spans, _leads(scope, of_lead))


def _merged(session: Session, *queries: AnySelect) -> dict[Any, Row]:
    """The rows of all queries, put together by their key; the other columns name their numbers."""
    numbers: dict[Any, dict[str, Any]] = defaultdict(dict)
    for query in queries:
        for found in session.execute(query).mappings():
            numbers[found["key"]] |= {name: value for name, value in found.items() if name != "key"}
    return {key: Row(**found) for key, found in numbers.items()}


def _calls(scope: Scope, key: Key) -> AnySelect:
    query = (
        sa_select(
            label("key", key),
            func.count().filter(_is_dial(), col(Attempt.call_sid).is_not(None)).label("dials"),
            func.count().filter(_is_dial(), abandonment.met_a_person()).label("connected"),
            func.count().filter(abandonment.is_live()).label("answered"),
            func.count().filter(_is_dial(), col(Attempt.is_abandoned)).label("abandoned"),
            _seconds(talk_seconds(scope.until)).label("talk_seconds"),
        )
        .where(_began() >= scope.since, _began() < scope.until)
        .group_by(key)
    )
    return _within(query, scope, col(Attempt.campaign_id), col(Attempt.agent_id))


def _began() -> ColumnElement[datetime]:
    """When a call began: ours with the placing, a person's to us with its coming in."""
    return case((col(Attempt.is_inbound), col(Attempt.claimed_at)), else_=col(Attempt.placing_at))


def _is_dial() -> ColumnElement[bool]:
    return ~col(Attempt.is_inbound)


def _spans(scope: Scope, key: Key, spent: Key) -> AnySelect:
    query = (
        sa_select(
            label("key", key),
            _seconds(spent).label("dialled_seconds"),
            _seconds(spent, col(AgentSpan.state) == SessionState.WRAP_UP).label("wrap_up_seconds"),
        )
        .where(overlaps(scope.since, scope.until), col(AgentSpan.state).in_(DIALLED))
        .group_by(key)
    )
    return _within(query, scope, col(AgentSpan.campaign_id), col(AgentSpan.user_id))


def _leads(scope: Scope, key: Key) -> AnySelect:
    query = (
        sa_select(label("key", key), func.count().label("leads"))
        .where(col(Lead.made_at) >= scope.since, col(Lead.made_at) < scope.until)
        .group_by(key)
    )
    return _within(query, scope, col(Lead.campaign_id), col(Lead.made_by_id))


def _within(query: AnySelect, scope: Scope, campaign: Key, user: Key) -> AnySelect:
    if scope.campaign_id is not None:
        query = query.where(campaign == scope.campaign_id)
    return query if scope.user_id is None else query.where(user == scope.user_id)


def _hour(moment: Key, zone: str) -> ColumnElement[int]:
    return cast(func.extract("hour", func.timezone(zone, moment)), Integer)


def _seconds(spent: Key, only: ColumnElement[bool] | None = None) -> ColumnElement[float]:
    return cast(func.coalesce(func.sum(spent).filter(true() if only is None else only), 0), Float)


def talk_seconds(until: datetime) -> ColumnElement[int]:
    """Seconds of an attempt's conversation with an agent so far."""
    ended = func.coalesce(Attempt.handed_on_at, Attempt.call_ended_at, Attempt.closed_at, until)
    return func.extract("epoch", ended - col(Attempt.connected_at))


def span_seconds(since: datetime, until: datetime) -> ColumnElement[int]:
    """Seconds of a span that lie within the period."""
    ended = func.least(func.coalesce(AgentSpan.ended_at, until), until)
    return func.extract("epoch", ended - func.greatest(AgentSpan.started_at, since))


def overlaps(since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(
        col(AgentSpan.started_at) < until,
        or_(col(AgentSpan.ended_at).is_(None), col(AgentSpan.ended_at) > since),
    )
