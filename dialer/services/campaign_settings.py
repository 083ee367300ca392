"""A campaign's settings as a form sends them: read, held against the law and against reason.

Nothing is stored here; what is wrong is told for every field at once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import available_timezones

from sqlmodel import Session

from dialer.core.errors import Invalid, InvalidFields, NotFound
from dialer.domain.campaign import DialMode, MachineDetection, RecordingMode, StrictPacing
from dialer.domain.compliance import ABANDONMENT_LIMIT, RING_SECONDS_AT_LEAST
from dialer.domain.user import OWNERS
from dialer.scripts import Script
from dialer.services import account_numbers
from dialer.services.form_reader import FormReader, Limit
from dialer.services.numbers import toll_free_in
from dialer.services.script_library import library
from dialer.store import clients, users
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client

NEW_CLIENT = "new"
YES = "yes"
LONGEST_VOICEMAIL = 600
"""Characters; about forty seconds."""
SHARES = ("abandon_alarm", "abandon_limit")
"""Stored as shares, shown and sent in per cent."""
REGIONS = ("America", "Pacific", "Atlantic", "Europe", "Africa", "Asia", "Australia", "Indian")


LIMITS: Mapping[str, Limit] = {
    "ring_seconds": Limit(RING_SECONDS_AT_LEAST, 120, "16 CFR 310.4(b)(4)(ii) asks for 15 seconds at least"),
    "preview_seconds": Limit(0, 600, "seconds; 0 leaves the dialling to the agent"),
    "priority": Limit(1, 9, "1 goes first"),
    "weight": Limit(1, 100, "beside the weights of other campaigns"),
    "wrap_up_seconds": Limit(5, 1800, "seconds after a call"),
    "attempts_allowed": Limit(1, 30, "dials of one contact"),
    "sla_minutes": Limit(1, 2400, "working minutes; a working week has 2,400"),
    "verdict_review_percent": Limit(0, 100, "of a hundred calls judged machines"),
    "caller_id_calls_per_day": Limit(1, 100_000, "calls that show one number in a day"),
}


LINES_PER_AGENT = (1.0, 5.0)
"""Least and most calls for each ready agent in power mode."""


@dataclass(frozen=True)
class NewClient:
    name: str
    callback_number: str


@dataclass(frozen=True)
class CampaignSettings:
    name: str
    client: int | NewClient
    script_slug: str
    caller_id: str
    caller_id_calls_per_day: int
    local_presence: bool
    dial_mode: DialMode
    preview_seconds: int
    lines_per_agent: float
    priority: int
    weight: int
    abandon_alarm: float
    abandon_limit: float
    strict_pacing: StrictPacing
    recording: RecordingMode
    machine_detection: MachineDetection
    voicemail_message: str
    verdict_review_percent: int
    ring_seconds: int
    wrap_up_seconds: int
    attempts_allowed: int
    sla_minutes: int
    time_zone: str
    lead_owner_id: int | None


@dataclass(frozen=True)
class Choices:
    """What a campaign may be made of, as (value, label) pairs."""

    clients: Sequence[tuple[str, str]]
    scripts: Sequence[tuple[str, str]]
    owners: Sequence[tuple[str, str]]
    zones: Sequence[tuple[str, str]]


def choices(session: Session, scripts: Path) -> Choices:
    found = [(str(client.id), client.name) for client in clients.everything(session)]
    return Choices(
        clients=[*found, (NEW_CLIENT, "A new client…")],
        scripts=[(slug, script.title) for slug, script in _library(scripts).items()],
        owners=[(str(user.id), f"{user.full_name}, {user.role}") for user in users.of_roles(session, OWNERS)],
        zones=[(zone, zone.replace("_", " ")) for zone in _zones()],
    )


def blank() -> dict[str, str]:
    """The form of a new campaign."""
    modes = ("dial_mode", "strict_pacing", "recording", "machine_detection", "voicemail_message")
    fields = (*modes, *LIMITS, *SHARES, "lines_per_agent", "local_presence", "time_zone")
    given = {name: _text(_shown(name, Campaign.model_fields[name].default)) for name in fields}
    empty = ("name", "client_id", "client_name", "client_callback_number", "script_slug", "caller_id")
    return dict.fromkeys((*empty, "lead_owner_id"), "") | given


def as_form(campaign: Campaign) -> dict[str, str]:
    names = [name for name in blank() if hasattr(campaign, name)]
    return blank() | {name: _text(_shown(name, getattr(campaign, name))) for name in names}


def read(session: Session, form: Mapping[str, str], scripts: Path, now: datetime) -> CampaignSettings:
    """Raises `InvalidFields`."""
    reader = FormReader(form, LIMITS)
    options = choices(session, scripts)
    client = _client(session, reader, options)
    abandon_limit = reader.share("abandon_limit", ABANDONMENT_LIMIT, "more is against 16 CFR 310.4(b)(4)(i)")
    settings = CampaignSettings(
        name=reader.words("name", "A campaign", 120),
        client=client,
        script_slug=reader.chosen("script_slug", options.scripts, "Choose a script of the library."),
        caller_id=_caller_id(session, reader, now),
        caller_id_calls_per_day=reader.between("caller_id_calls_per_day"),
        local_presence=reader.text("local_presence") == YES,
        dial_mode=reader.member("dial_mode", DialMode, "Choose how it dials."),
        preview_seconds=reader.between("preview_seconds"),
        lines_per_agent=reader.ratio("lines_per_agent", *LINES_PER_AGENT),
        priority=reader.between("priority"),
        weight=reader.between("weight"),
        abandon_alarm=reader.share("abandon_alarm", abandon_limit, "the alarm comes before the brake"),
        abandon_limit=abandon_limit,
        strict_pacing=reader.member("strict_pacing", StrictPacing, "Choose how strictly it dials."),
        recording=reader.member("recording", RecordingMode, "Choose what is recorded."),
        machine_detection=reader.member("machine_detection", MachineDetection, "Choose what machines get."),
        voicemail_message=_voicemail(session, reader, client),
        verdict_review_percent=reader.between("verdict_review_percent"),
        ring_seconds=reader.between("ring_seconds"),
        wrap_up_seconds=reader.between("wrap_up_seconds"),
        attempts_allowed=reader.between("attempts_allowed"),
        sla_minutes=reader.between("sla_minutes"),
        time_zone=reader.chosen("time_zone", options.zones, "Choose a time zone."),
        lead_owner_id=_owner(reader, options),
    )
    if reader.errors:
        raise InvalidFields(reader.errors)
    return settings


def script_problems(scripts: Path, slug: str) -> list[str]:
    """What keeps the script from being used, in words; empty when it may be."""
    try:
        library(scripts).get(slug)
    except NotFound as error:
        return [str(error)]
    except Invalid as error:
        return str(error).splitlines()
    return []


def slug_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:56] or "campaign"


def _client(session: Session, reader: FormReader, options: Choices) -> int | NewClient:
    chosen = reader.chosen("client_id", options.clients, "Choose whom the campaign calls for.")
    if chosen == NEW_CLIENT:
        name = reader.words("client_name", "A client", 120)
        if clients.by_slug(session, slug_of(name)) is not None:
            reader.errors["client_name"] = f"There is a client “{name}” already; choose it above."
        number = reader.number("client_callback_number", "the number that an abandoned person may call back")
        return NewClient(name, number)
    return int(chosen or 0)


def _caller_id(session: Session, reader: FormReader, now: datetime) -> str:
    phone = reader.number("caller_id", "the number that people see")
    refusal = account_numbers.own_numbers(session, now).refusal(phone) if phone else None
    if refusal is not None:
        reader.errors["caller_id"] = refusal
    return phone


def _voicemail(session: Session, reader: FormReader, client: int | NewClient) -> str:
    """A message left in the United States or Canada names a number that costs its hearer nothing."""
    text = reader.text("voicemail_message")
    if len(text) > LONGEST_VOICEMAIL:
        reader.errors["voicemail_message"] = f"A message has at most {LONGEST_VOICEMAIL} characters."
    known = session.get(Client, client) if isinstance(client, int) else client
    number = known.callback_number if known is not None else ""
    if text and number.startswith("+1") and not (toll_free_in(text) or toll_free_in(number)):
        reader.errors["voicemail_message"] = (
            "A message left on a machine must name a toll-free number (47 CFR 64.1200(b)(3)), and the "
            "client's call-back number is none: say one in the message."
        )
    return text


def _owner(reader: FormReader, options: Choices) -> int | None:
    is_set = bool(reader.text("lead_owner_id"))
    return (
        int(reader.chosen("lead_owner_id", options.owners, "Choose who leads go to.") or 0)
        if is_set
        else None
    )


def _library(scripts: Path) -> dict[str, Script]:
    try:
        return dict(library(scripts).scripts)
    except NotFound:
        return {}


def _zones() -> list[str]:
    """Places of the time zone database, America first; no old names such as US/Michigan."""
    places = (zone for zone in available_timezones() if zone.partition("/")[0] in REGIONS)
    return sorted(places, key=lambda zone: (REGIONS.index(zone.partition("/")[0]), zone))


def _shown(name: str, value: object) -> object:
    return f"{value * 100:.4g}" if name in SHARES and isinstance(value, float) else value


def _text(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else ""
    return "" if value is None else str(value)
