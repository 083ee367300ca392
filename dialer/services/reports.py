"""Counts and hours for people, from attempts, spans and leads; the formulas are `domain.metrics`'."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, func, or_, select

from dialer.domain import metrics
from dialer.domain.agent import DIALLED
from dialer.store.agent_sessions import AgentSpan
from dialer.store.attempts import Attempt
from dialer.store.leads import Lead


def day_start(now: datetime, zone: str) -> datetime:
    """Midnight that began the day of `now` in `zone`."""
    local = now.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date(), time(), ZoneInfo(zone)).astimezone(now.tzinfo)


@dataclass(frozen=True)
class Row:
    """The numbers of one campaign, one agent, or everything, over a period."""

    dials: int = 0
    connected: int = 0
    abandoned: int = 0
    leads: int = 0
    talk_seconds: float = 0.0
    dialled_seconds: float = 0.0

    @property
    def leads_per_hour(self) -> float | None:
        return metrics.leads_per_hour_dialled(self.leads, self.dialled_seconds)

    @property
    def abandonment_rate(self) -> float | None:
        return metrics.abandonment_rate(self.connected, self.abandoned)


def total(
    session: Session,
    since: datetime,
    until: datetime,
    *,
    campaign_id: int | None = None,
    user_id: int | None = None,
) -> Row:
    """The numbers of a period, of one campaign or one agent where asked."""
    calls = [Attempt.placing_at >= since, Attempt.placing_at < until]  # type: ignore[operator]
    spans: list[ColumnElement[bool] | bool] = []
    made = [Lead.made_at >= since, Lead.made_at < until]
    if campaign_id is not None:
        calls.append(Attempt.campaign_id == campaign_id)
        spans.append(AgentSpan.campaign_id == campaign_id)
        made.append(Lead.campaign_id == campaign_id)
    if user_id is not None:
        calls.append(Attempt.agent_id == user_id)
        spans.append(AgentSpan.user_id == user_id)
        made.append(Lead.made_by_id == user_id)
    talk = func.coalesce(func.sum(talk_seconds(until)), 0.0)
    dials, connected, abandoned, talked = session.exec(
        select(
            func.count().filter(col(Attempt.call_sid).is_not(None)),
            func.count().filter(col(Attempt.connected_at).is_not(None)),
            func.count().filter(col(Attempt.is_abandoned)),
            talk,
        ).where(*calls)
    ).one()
    hours = session.exec(
        select(func.coalesce(func.sum(span_seconds(since, until)), 0.0)).where(
            overlaps(since, until), col(AgentSpan.state).in_(DIALLED), *spans
        )
    ).one()
    leads = session.exec(select(func.count()).select_from(Lead).where(*made)).one()
    return Row(dials, connected, abandoned, leads, float(talked), float(hours))


def talk_seconds(until: datetime) -> ColumnElement[int]:
    """Seconds of an attempt's conversation so far."""
    ended = func.coalesce(Attempt.call_ended_at, Attempt.closed_at, until)
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
