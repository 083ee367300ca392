"""Leads per hour dialled: of a day or of the days up to it, by campaign, by agent, by hour of day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.core.settings import get_settings
from dialer.domain import metrics
from dialer.domain.user import Role
from dialer.services import reports
from dialer.services.reports import Row, Scope
from dialer.store import campaigns, users
from dialer.store.campaigns import Campaign
from dialer.web.frames import frame_of, page
from dialer.web.lists import Filters, whole_number
from dialer.web.manager_leads import READERS

router = APIRouter(prefix="/manager/leads-per-hour", include_in_schema=False)
Reader = Annotated[Person, Depends(people(Role.MANAGER, Role.SUPERVISOR))]
SPANS = ((1, "1 day"), (7, "7 days"), (30, "30 days"))


class Asked:
    """The days that are asked for: `span` of them, the last of them `day`."""

    def __init__(
        self,
        now: Now,
        day: str = "",
        span: str = "",
        campaign: str = "",
    ) -> None:
        self.filters = Filters("", day=day, span=span, campaign=campaign)
        self.zone = get_settings().office_time_zone
        self.today = reports.day_of(now, self.zone)
        self.day = min(self.filters.day("day") or self.today, self.today)
        self.span, self.campaign = self.filters.chosen("span", _days, "number of days") or 1, campaign
        self.since = reports.midnight(self.day - timedelta(days=self.span - 1), self.zone)
        self.until = min(reports.midnight(self.day + timedelta(days=1), self.zone), now)

    def link(self, **more: object) -> str:
        """The leads that a number counts."""
        told = {"day": self.day.isoformat(), "span": self.span, "campaign": self.campaign} | more
        return "/manager/leads?" + urlencode(told)


@router.get("")
def shown(
    request: Request, database: Database, now: Now, person: Reader, asked: Annotated[Asked, Depends()]
) -> Response:
    all_campaigns = campaigns.everything(database)
    campaign = asked.filters.chosen("campaign", {row.slug: row for row in all_campaigns}.get, "campaign")
    asked.campaign = campaign.slug if campaign else ""
    scope = Scope(asked.since, asked.until, campaign.id if campaign else None)
    total = reports.total(database, scope.since, scope.until, campaign_id=scope.campaign_id)
    sees_leads = person.user.role in READERS
    context = {
        "day": asked.day,
        "today": asked.today,
        "span": asked.span,
        "spans": SPANS,
        "days": _neighbours(asked),
        "is_today": asked.day == asked.today,
        "campaign": asked.campaign,
        "campaigns": [(row.slug, row.name) for row in all_campaigns],
        "errors": asked.filters.errors,
        "definition": metrics.LEADS_PER_HOUR_DIALLED,
        "abandonment_definition": metrics.ABANDONMENT_RATE,
        "occupancy_definition": metrics.OCCUPANCY,
        "total": _line(total, "", asked.link() if sees_leads else ""),
        "by_campaign": _by_campaign(database, scope, all_campaigns, asked, sees_leads),
        "by_agent": _by_agent(database, scope, asked, sees_leads),
        "by_hour": _by_hour(reports.by_hour(database, scope, asked.zone)),
    }
    frame = frame_of(request, person, now)
    return page("manager/leads_per_hour.html", frame, context, asked.filters.status)


def _days(said: str) -> int | None:
    days = whole_number(said) or 0
    return days if 1 <= days <= SPANS[-1][0] else None


def _neighbours(asked: Asked) -> dict[str, str]:
    step = timedelta(days=asked.span)
    after = min(asked.day + step, asked.today)
    return {
        "before": (asked.day - step).isoformat(),
        "after": after.isoformat() if asked.day < asked.today else "",
    }


def _by_campaign(
    database: Session, scope: Scope, known: Sequence[Campaign], asked: Asked, sees_leads: bool
) -> list[dict[str, Any]]:
    found = {row.id: row for row in known}
    return _sorted(
        _line(row, found[key].name, asked.link(campaign=found[key].slug) if sees_leads else "")
        for key, row in reports.by_campaign(database, scope).items()
    )


def _by_agent(database: Session, scope: Scope, asked: Asked, sees_leads: bool) -> list[dict[str, Any]]:
    rows = reports.by_agent(database, scope)
    names = users.names(database, rows)
    return _sorted(
        _line(row, names[key], asked.link(made_by=key) if sees_leads else "") for key, row in rows.items()
    )


def _by_hour(rows: Mapping[int, Row]) -> list[dict[str, Any]]:
    """From the first hour that has anything to the last."""
    hours = range(min(rows), max(rows) + 1) if rows else ()
    return [_line(rows.get(hour, Row()), "", "") | {"hour": f"{hour:02}:00"} for hour in hours]


def _line(row: Row, name: str, href: str) -> dict[str, Any]:
    counted = vars(row) | {
        "answered": row.answered,
        "leads_per_hour": row.leads_per_hour,
        "abandonment_rate": row.abandonment_rate,
        "occupancy": row.occupancy,
    }
    return counted | {"name": name, "href": href}


def _sorted(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The best first; those who never dialled last."""
    return sorted(
        lines, key=lambda line: (line["leads_per_hour"] is None, -(line["leads_per_hour"] or 0), line["name"])
    )
