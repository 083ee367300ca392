"""Turns templates into pages: one Jinja2 environment, what every page's frame shows, and the filters.

Templates get plain values and never a session or a row that could load more; a name they were not given is an
error. Whatever is a time carries its zone, and the page's `now` is passed in like everywhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import phonenumbers
from jinja2 import Environment, FileSystemLoader, StrictUndefined

STATIC = Path(__file__).with_name("static")


@dataclass(frozen=True)
class NavItem:
    """One place in the rail; `icon` names a symbol of the icon sprite."""

    label: str
    href: str
    icon: str


@dataclass(frozen=True)
class Message:
    """What the page tells after a form was sent."""

    kind: Literal["done", "warning", "error"]
    text: str


@dataclass(frozen=True)
class Frame:
    """What is around every page; `role` and `user_name` are empty until somebody has signed in."""

    csrf_token: str
    now: datetime
    zone: str = "UTC"
    path: str = "/"
    user_name: str = ""
    role: str = ""
    messages: tuple[Message, ...] = ()
    speed: float = 1.0
    """Seconds of `now` in a second of the reader's."""

    @property
    def nav(self) -> tuple[NavItem, ...]:
        return NAV.get(self.role, ())


_SUPERVISOR = (
    NavItem("Campaigns", "/supervisor/campaigns", "megaphone"),
    NavItem("Call lists", "/supervisor/lists", "table-2"),
    NavItem("Contacts", "/supervisor/contacts", "search"),
    NavItem("Suppressed", "/supervisor/suppressions", "shield-off"),
    NavItem("Live floor", "/supervisor/floor", "radio"),
    NavItem("Recordings", "/supervisor/recordings", "mic"),
    NavItem("Verdicts", "/supervisor/verdicts", "voicemail"),
)
_LEADS_PER_HOUR = NavItem("Leads per hour", "/manager/leads-per-hour", "chart-column")
_ABANDONED = NavItem("Abandoned calls", "/manager/abandoned-calls", "phone-missed")
_LEADS = NavItem("Leads", "/manager/leads", "target")
NAV: Mapping[str, tuple[NavItem, ...]] = {
    "agent": (NavItem("Desk", "/desk", "headset"),),
    "supervisor": (*_SUPERVISOR, _ABANDONED, _LEADS_PER_HOUR),
    "manager": (_LEADS_PER_HOUR, _LEADS, _ABANDONED),
    "admin": (*_SUPERVISOR, _ABANDONED, _LEADS_PER_HOUR, _LEADS, NavItem("Users", "/admin/users", "users")),
}


def render(template: str, frame: Frame, context: Mapping[str, Any]) -> str:
    """The page or partial as HTML; `context` is what the comment at the template's top asks for."""
    return _environment.get_template(template).render(frame=frame, **context)


def number(value: int) -> str:
    return f"{value:,}"


def how_many(value: int, noun: str) -> str:
    """`1 lead`, `5 leads`: for nouns that take an s."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"


def decimal(value: float, places: int = 2) -> str:
    return f"{value:,.{places}f}"


def percent(share: float) -> str:
    return f"{share:.1%}"


def duration(seconds: float) -> str:
    """Minutes and seconds as on a clock, with hours once there are any."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def local_clock(when: datetime, zone: str) -> str:
    return f"{when.astimezone(ZoneInfo(zone)):%H:%M}"


def zone_short(when: datetime, zone: str) -> str:
    """What the zone is called at that time: EST in winter, EDT in summer."""
    return f"{when.astimezone(ZoneInfo(zone)):%Z}"


def outermost(zones: Sequence[str], now: datetime) -> list[str]:
    """Of all zones in which somebody may be, the one with the earliest clock and the one with the latest."""
    ordered = sorted(zones, key=lambda zone: now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta())
    ends = ordered[:1] + ordered[-1:]
    return ends if len({local_clock(now, zone) for zone in ends}) > 1 else ends[:1]


def local_time(when: datetime, zone: str) -> str:
    return f"{local_clock(when, zone)} {zone_short(when, zone)}"


def local_exact(when: datetime, zone: str) -> str:
    """To the tenth of a second, for evidence."""
    there = when.astimezone(ZoneInfo(zone))
    return f"{there:%H:%M:%S}.{there.microsecond // 100_000}"


def local_day(when: datetime, zone: str) -> str:
    there = when.astimezone(ZoneInfo(zone))
    return f"{there:%a} {there.day} {there:%b}"


def local_day_time(when: datetime, zone: str) -> str:
    return f"{local_day(when, zone)}, {local_time(when, zone)}"


def iso(when: datetime) -> str:
    """For attributes that scripts read."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds")


def phone(e164: str, style: Literal["national", "international"] = "international") -> str:
    forms = {
        "national": phonenumbers.PhoneNumberFormat.NATIONAL,
        "international": phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    }
    return str(phonenumbers.format_number(phonenumbers.parse(e164), forms[style]))


def phone_or_text(stored: str) -> str:
    """For numbers of any list: real ones hold entries such as "2"."""
    try:
        return phone(stored)
    except phonenumbers.NumberParseException:
        return stored


def phone_partly(e164: str) -> str:
    """Enough to recognise a number by, too little to dial it: its country code and last two digits."""
    shown = phone(e164)
    country, _, rest = shown.partition(" ")
    return country + " " + "".join("•" if sign.isdigit() else sign for sign in rest[:-2]) + rest[-2:]


def roughly(span: timedelta) -> str:
    """A span as people say it, in the two units that matter."""
    seconds = int(abs(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def due(when: datetime, now: datetime) -> str:
    return f"in {roughly(when - now)}" if when >= now else f"overdue by {roughly(now - when)}"


def ago(when: datetime, now: datetime) -> str:
    return f"{roughly(now - when)} ago"


def words(name: str) -> str:
    """A stored name such as `no_answer` as it is said."""
    return name.replace("_", " ")


def _build_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (
        ago, decimal, due, duration, how_many, iso, local_clock, local_day, local_day_time,
        local_exact, local_time,
        number, outermost, percent, phone, phone_or_text, phone_partly, roughly, words, zone_short,
    )  # fmt: skip
    environment.filters.update({filter_.__name__: filter_ for filter_ in filters})
    return environment


_environment = _build_environment()
