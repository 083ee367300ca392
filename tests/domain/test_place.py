"""Whose clock: zones are added up, never struck out, and an unknown place has none."""

from importlib.resources import files
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import timezone
from phonenumbers.tzdata import TIMEZONE_DATA

from dialer.domain import place_tables
from dialer.domain.place import country_code, restored_postal_code, state_code, zones_of

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)

# Every area code that `phonenumbers` splits by exchange or whose parent it splits.
SPLIT = {
    code: zones
    for codes, zones in {
        "208 986": {MOUNTAIN, PACIFIC},
        "219 270 364 423 574 606 812 930 850 448 906": {EASTERN, CENTRAL},
        "308 605 620 701 785": {CENTRAL, MOUNTAIN},
        "541 458 775": {MOUNTAIN, PACIFIC},
        "907": {"America/Anchorage", "America/Adak"},
        "928": {"America/Phoenix", MOUNTAIN},
        "418": {"America/Toronto", "America/Halifax"},
        "709": {"America/St_Johns", "America/Halifax"},
        "807": {"America/Toronto", "America/Winnipeg", "America/Atikokan"},
        "867": {"America/Whitehorse", "America/Edmonton", "America/Rankin_Inlet", "America/Iqaluit"},
        "250 236 672 778": {"America/Vancouver", "America/Edmonton"},
    }.items()
    for code in codes.split()
}


@pytest.mark.parametrize("area_code", SPLIT)
def test_split_area_codes_have_all_their_zones(area_code: str) -> None:
    assert set(zones_of(f"+1{area_code}5550142")) >= SPLIT[area_code]


def test_no_exchange_of_any_area_code_has_a_zone_that_is_left_out() -> None:
    """What the library says of a single exchange must be among the zones of its area code."""
    stands_for = {"America/Juneau": "America/Anchorage", "Pacific/Honolulu": "America/Adak"}
    misplaced = {"474", "867", "879"}  # to Winnipeg, Fort Nelson and Puerto Rico
    for area_code in place_tables.SPLIT_AREA_CODES.keys() - misplaced:
        for exchange in range(200, 1000, 7):
            number = phonenumbers.PhoneNumber(
                country_code=1, national_number=int(f"{area_code}{exchange}1234")
            )
            said = timezone.time_zones_for_geographical_number(number)
            canonical = {place_tables.CANONICAL_ZONES.get(zone, zone) for zone in said}
            ours = set(zones_of(f"+1{area_code}{exchange}1234"))
            assert {stands_for.get(zone, zone) for zone in canonical} <= ours, (area_code, exchange)


@pytest.mark.parametrize(
    ("number", "state", "postal_code", "zones"),
    [
        ("+13125550142", None, None, (CENTRAL,)),
        ("+13125550142", "IL", "60601", (CENTRAL,)),
        ("+13125550142", "Colorado", None, (CENTRAL, MOUNTAIN)),
        ("+13125550142", None, "80202", (CENTRAL, MOUNTAIN)),
        ("+12125550142", "NY", "90210", (PACIFIC, EASTERN)),
        ("+13055550142", "FL", None, (CENTRAL, EASTERN)),
        ("+13055550142", "FL", "33101", (EASTERN,)),
        ("+13055550142", "FL", "32401", (CENTRAL, EASTERN)),
        ("+18005550142", None, None, ()),
        ("+18005550142", "WA", None, (PACIFIC,)),
        ("+18005550142", None, "98101-1234", (PACIFIC,)),
        ("+18005550142", "??", "1", ()),
        ("+18085550142", "HI", "96801", ("Pacific/Honolulu",)),
        ("+17875550142", "Puerto Rico", "00901", ("America/Puerto_Rico",)),
        ("+16715550142", "GU", "96910", ("Pacific/Guam",)),
        ("+14165550142", "Ontario", "M5V 2T6", ("America/Toronto",)),
        ("+12125550142", "AE", "09012", ()),
        ("+12125550142", None, "96201", ()),
        ("", "WA", None, (PACIFIC,)),
        ("", None, None, ()),
    ],
)
def test_number_and_address_are_added_up(
    number: str, state: str | None, postal_code: str | None, zones: tuple[str, ...]
) -> None:
    assert set(zones_of(number, state, postal_code)) == set(zones)


def test_zones_abroad() -> None:
    assert zones_of("+33199001234", country="FR") == ("Europe/Paris",)
    assert zones_of("+442079460123", country="GB") == ("Europe/London",)
    assert "Europe/London" in zones_of("+447700900123", country="GB")
    assert len(zones_of("+61491570156", country="AU")) > 3


def test_a_state_of_that_name_abroad_is_not_the_american_one() -> None:
    assert zones_of("+61855501234", "WA", "6000", "AU") == zones_of("+61855501234", country="AU")


def test_territory_as_a_country() -> None:
    assert zones_of("+18005550142", country="PR") == ("America/Puerto_Rico",)


def test_states_of_two_zones() -> None:
    two = {state for state, zones in place_tables.STATE_ZONES.items() if len(zones) > 1}
    assert two >= {"AK", "AZ", "FL", "ID", "IN", "KS", "KY", "MI", "ND", "NE", "NV", "OR", "SD", "TN", "TX"}
    assert len(place_tables.STATE_ZONES) == 51 + 9 + 13


def test_every_state_has_a_name_and_every_name_a_state() -> None:
    known = set(place_tables.STATE_ZONES) | place_tables.MILITARY
    assert set(place_tables.STATE_CODES.values()) == known
    assert all(state_code(name) == code for name, code in place_tables.STATE_CODES.items())


def test_zip_prefixes_of_one_zone_lie_in_a_state_that_has_that_zone() -> None:
    for prefix, zone in place_tables.ZIP3_ZONES.items():
        assert zones_of("", postal_code=f"{prefix}50") == (zone,)
        states = [state for first, state in place_tables.ZIP_RUNS if first <= int(f"{prefix}50")]
        assert zone in place_tables.STATE_ZONES[states[-1]]


def test_zip_runs_are_in_order() -> None:
    starts = [first for first, _ in place_tables.ZIP_RUNS]
    assert starts == sorted(set(starts))


def test_every_zone_is_one_that_the_time_zone_database_lists() -> None:
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text().splitlines()
    listed = {line.split("\t")[2] for line in lines if not line.startswith("#")}
    library = {zone for zones in TIMEZONE_DATA.values() for zone in zones}
    ours = {zone for zones in place_tables.STATE_ZONES.values() for zone in zones}
    ours |= {zone for zones in place_tables.SPLIT_AREA_CODES.values() for zone in zones}
    ours |= {place_tables.CANONICAL_ZONES.get(zone, zone) for zone in library}
    assert ours <= listed
    assert all(ZoneInfo(zone) for zone in ours)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ny", "NY"),
        ("New  York", "NY"),
        ("N.Y.", "NY"),
        ("D.C.", "DC"),
        ("Québec", "QC"),
        ("Bavaria", None),
        ("", None),
    ],
)
def test_state_code(text: str, code: str | None) -> None:
    assert state_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("us", "US"),
        ("U.S.A.", "US"),
        ("États-Unis", "US"),
        ("Deutschland", "DE"),
        ("Großbritannien", "GB"),
        ("UK", "GB"),
        ("nz", "NZ"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_country_code(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("raw", "country", "code"),
    [
        ("5065", "US", "05065"),
        ("601", "US", "00601"),
        ("50651234", "US", "05065-1234"),
        ("5065-1234", "US", "05065-1234"),
        ("90210.0", "US", "90210"),
        ("90210", "US", "90210"),
        ("12", "US", "12"),
        ("1470", "FR", "01470"),
        ("SW1A 1AA", "GB", "SW1A 1AA"),
        ("2000", "AU", "2000"),
    ],
)
def test_leading_zeros_of_a_postal_code(raw: str, country: str, code: str) -> None:
    assert restored_postal_code(raw, country) == code


@settings(deadline=None)
@given(
    st.text(max_size=20),
    st.text(max_size=20),
    st.text(max_size=12),
    st.sampled_from(["US", "CA", "FR", "", "?"]),
)
def test_any_text_has_zones_that_exist_or_none(
    number: str, state: str, postal_code: str, country: str
) -> None:
    assert all(ZoneInfo(zone) for zone in zones_of(number, state, postal_code, country))
    state_code(state)
    country_code(state)
    restored_postal_code(postal_code, country)
