"""Whose clock: every time zone in which a number or an address may be, for the calling window.

The answer errs on the strict side. Zones are added up and never struck out: a mobile bought in Chicago
by someone who lives in Denver has both. A place that is not known has no zones, and is not called.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import timezone

from dialer.domain import place_tables as tables

_NORTH_AMERICAN = re.compile(r"\+1(\d{3})\d{7}", re.ASCII)
_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?", re.ASCII)
_ZIP_STARTS = [first for first, _ in tables.ZIP_RUNS]
_CANADIAN = re.compile(r"[A-Za-z]\d[A-Za-z][ -]?\d[A-Za-z]\d", re.ASCII)
_MOST_ZONES_OF_AN_AREA_CODE = 6  # more is `phonenumbers`' list for all of the numbering plan: not a place
_POSTAL_DIGITS = {"US": 5, "PR": 5, "FR": 5, "DE": 5, "ES": 5, "IT": 5}
_OTHER_COUNTRY_CODES = {"UK": "GB", "EL": "GR"}


class Locality(NamedTuple):
    """Where a number belongs, from the large to the small; empty where it doesn't tell."""

    country: str
    region: str
    """A state of the US or a province of Canada."""
    area_code: str


def zones_of(
    e164: str, state: str | None = None, postal_code: str | None = None, country: str = "US"
) -> tuple[str, ...]:
    """All zones in which the number or the address may be, sorted; empty when the place is unknown."""
    address = _zones_of_address(state or "", postal_code or "", country)
    return () if address is None else _canonical({*_zones_of_number(e164), *address})


@lru_cache(maxsize=65536)
def locality(e164: str) -> Locality:
    """By the number alone: people take theirs along when they move."""
    north_american = _NORTH_AMERICAN.fullmatch(e164)
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return Locality("", "", "")
    if north_american is None:
        country = phonenumbers.region_code_for_country_code(number.country_code or 0)
        length = phonenumbers.length_of_geographical_area_code(number)
        return Locality(country, "", phonenumbers.national_significant_number(number)[:length])
    area_code = north_american[1]
    region = tables.AREA_CODE_STATES.get(area_code, "")
    if region in tables.PROVINCES:
        country = "CA"
    else:
        country = "US" if region else phonenumbers.region_code_for_number(number) or ""
    return Locality(country, region, area_code)


def state_code(state: str) -> str | None:
    """The two letters of a US state, a territory or a Canadian province, written out or not."""
    text = re.sub(r"\s+", " ", state.replace(".", "")).strip()
    upper = text.upper()
    if upper in tables.STATE_ZONES or upper in tables.MILITARY:
        return upper
    return tables.STATE_CODES.get(text.casefold())


@lru_cache(maxsize=4096)
def country_code(country: str) -> str | None:
    """The two letters of a country, from its code or its name in English, French, German or Spanish."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", country) if not unicodedata.combining(c))
    words = " ".join(re.findall(r"[^\W\d_]+", plain))
    upper = words.upper()
    upper = _OTHER_COUNTRY_CODES.get(upper, upper)
    return upper if upper in phonenumbers.SUPPORTED_REGIONS else tables.COUNTRY_CODES.get(words.casefold())


def restored_postal_code(raw: str, country: str) -> str:
    """The postal code with the leading zeros that a spreadsheet took away."""
    text = re.sub(r"\.0+$", "", raw.strip())
    length = _POSTAL_DIGITS.get(country)
    if length is None or not re.fullmatch(r"[0-9]+(-[0-9]{4})?", text):
        return text
    code, dash, extra = text.partition("-")
    if country == "US" and not dash and 7 <= len(code) <= 9:
        code, dash, extra = code[:-4], "-", code[-4:]
    return f"{code.zfill(length) if len(code) >= 3 else code}{dash}{extra}"


def _zones_of_number(e164: str) -> tuple[str, ...]:
    north_american = _NORTH_AMERICAN.fullmatch(e164)
    return _zones_of_area_code(north_american[1]) if north_american else _zones_abroad(e164)


@lru_cache(maxsize=1024)
def _zones_of_area_code(area_code: str) -> tuple[str, ...]:
    if split := tables.SPLIT_AREA_CODES.get(area_code):
        return split
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(area_code) * 10**7 + 5550100)
    zones = _known(timezone.time_zones_for_geographical_number(number))
    return zones if len(zones) <= _MOST_ZONES_OF_AN_AREA_CODE else ()


@lru_cache(maxsize=65536)
def _zones_abroad(e164: str) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ()
    return _known(timezone.time_zones_for_number(number)) or _known(
        timezone.time_zones_for_geographical_number(number)  # fiction's numbers are of no type
    )


@lru_cache(maxsize=65536)
def _zones_of_address(state: str, postal_code: str, country: str) -> tuple[str, ...] | None:
    """The address's zones, or None when it says that the place can't be known."""
    if country in tables.TERRITORIES:
        state = state or country
    elif country not in ("US", "CA"):
        return ()
    codes = {state_code(state), _state_of_zip(postal_code)}
    if codes & tables.MILITARY:
        return None
    by_state = tables.STATE_ZONES.get(state_code(state) or "", ())
    by_postal_code = _zones_of_postal_code(postal_code)
    narrowed = by_postal_code and set(by_postal_code) <= set(by_state)
    return by_postal_code if narrowed else (*by_state, *by_postal_code)


def _zones_of_postal_code(postal_code: str) -> tuple[str, ...]:
    if _CANADIAN.fullmatch(postal_code):
        return tables.POSTAL_LETTER_ZONES.get(postal_code[0].upper(), ())
    state = _state_of_zip(postal_code)
    if state is None:
        return ()
    zone = tables.ZIP3_ZONES.get(postal_code[:3])
    return (zone,) if zone else tables.STATE_ZONES.get(state, ())


def _state_of_zip(postal_code: str) -> str | None:
    found = _ZIP.fullmatch(postal_code)
    if found is None:
        return None
    return tables.ZIP_RUNS[bisect_right(_ZIP_STARTS, int(found[1])) - 1][1] or None


def _known(zones: Iterable[str]) -> tuple[str, ...]:
    return tuple(zone for zone in zones if zone != phonenumbers.timezone.UNKNOWN_TIMEZONE)


def _canonical(zones: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({tables.CANONICAL_ZONES.get(zone, zone) for zone in zones}))
