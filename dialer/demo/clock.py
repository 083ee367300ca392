"""The demo's clock: ten in the morning of a weekday where the contacts live, whatever the hour here."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, func, select

from dialer.store.agent_sessions import AgentSpan
from dialer.store.attempts import Attempt

ZONE = ZoneInfo("America/Chicago")
OPENS = time(10)


def next_opening(after: datetime) -> datetime:
    """The first ten o'clock of a weekday at or after `after`."""
    day = after.astimezone(ZONE).date()
    while True:
        opening = datetime.combine(day, OPENS, ZONE)
        if day.weekday() < 5 and opening >= after:
            return opening
        day += timedelta(days=1)


def last_recorded(session: Session) -> datetime | None:
    """The latest moment that the kept data know of; the clock goes on after it."""
    moments = [
        session.exec(select(func.max(AgentSpan.started_at))).one(),
        session.exec(select(func.max(AgentSpan.ended_at))).one(),
        session.exec(select(func.max(Attempt.claimed_at))).one(),
        session.exec(select(func.max(Attempt.closed_at))).one(),
    ]
    return max((moment for moment in moments if moment is not None), default=None)


def first_opening(real_now: datetime) -> datetime:
    """For a demo without a past: today's ten o'clock if today is a weekday, else the next one."""
    midnight = datetime.combine(real_now.astimezone(ZONE).date(), time(), ZONE)
    return next_opening(midnight)
