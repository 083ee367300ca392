"""Every row is a draft or a refusal; the real lists give the counts that were found by other means."""

import re
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.domain.list_mapping import guess_mapping
from dialer.domain.list_rows import ContactDraft, RefusalReason, RefusedRow, RowReader
from dialer.services.list_files import open_list
from tests.shared_data import shared_path

HEADERS = [
    *("Phone", "Mobile", "First Name", "Last Name", "Company", "City", "State", "Zip", "Country"),
    *("ID", "Source", "Notes", "Budget"),
]
READER = RowReader(guess_mapping(HEADERS, [], "US"), "US")


def row(**cells: str) -> list[str]:
    return [cells.get(header.replace(" ", "_").lower(), "") for header in HEADERS]


def drafted(**cells: str) -> ContactDraft:
    read = READER.read(2, row(**cells))
    assert isinstance(read, ContactDraft)
    return read


def refused(cells: Sequence[str]) -> RefusedRow:
    read = READER.read(2, cells)
    assert isinstance(read, RefusedRow)
    return read


def test_a_full_row() -> None:
    assert drafted(
        phone=" (312) 555-0142 x7",
        mobile="312-555-0143",
        first_name="Ann",
        last_name="Roe ",
        company="Roe & Co",
        city="Springfield",
        state="Illinois",
        zip="62701",
        id="A-1",
        source="fair",
        notes="rings\nlater",
        budget="900",
    ) == ContactDraft(
        line=2,
        phones=("+13125550142", "+13125550143"),
        extension="7",
        first_name="Ann",
        last_name="Roe",
        name="Ann Roe",
        company="Roe & Co",
        city="Springfield",
        state="IL",
        postal_code="62701",
        country="US",
        zones=("America/Chicago",),
        external_id="A-1",
        custom={"budget": "900", "source": "fair", "note": "rings\nlater"},
    )


def test_blank_cells_make_no_custom_fields() -> None:
    assert drafted(phone="3125550142").custom == {}


def test_a_second_phone_steps_in_for_the_first() -> None:
    draft = drafted(phone="", mobile="312-555-0143 ext. 9")
    assert (draft.phones, draft.extension) == (("+13125550143",), "9")
    assert drafted(phone="12", mobile="312-555-0143").phones == ("+13125550143",)


def test_zones_of_every_number_and_of_the_address_are_added_up() -> None:
    draft = drafted(phone="312-555-0142", mobile="212-555-0143", state="CO", zip="80202")
    assert draft.zones == ("America/Chicago", "America/Denver", "America/New_York")


def test_an_unknown_place_has_no_zones() -> None:
    assert drafted(phone="800-555-0142").zones == ()
    assert drafted(phone="800-555-0142", state="WA").zones == ("America/Los_Angeles",)


def test_leading_zeros_of_a_zip_are_restored() -> None:
    assert drafted(phone="802-555-0142", zip="5065").postal_code == "05065"


def test_country_of_the_row_beats_that_of_the_list() -> None:
    draft = drafted(phone="01 99 00 12 34", country="Frankreich")
    assert (draft.phones, draft.country, draft.zones) == (("+33199001234",), "FR", ("Europe/Paris",))


def test_cells_too_long_for_what_they_are_called_are_kept_apart() -> None:
    draft = drafted(phone="3125550142", state="s" * 41, zip="9" * 17)
    assert (draft.state, draft.postal_code) == ("", "")
    assert draft.custom == {"state": "s" * 41, "postal_code": "9" * 17}


def test_characters_that_no_database_takes_are_dropped() -> None:
    assert drafted(phone="3125550142", company="Roe\x00 & Co").company == "Roe & Co"


@pytest.mark.parametrize(
    ("cells", "column", "value", "reason"),
    [
        (row(), "Phone", "", RefusalReason.NO_PHONE),
        (row(phone="555-0142"), "Phone", "555-0142", RefusalReason.TOO_SHORT),
        (row(phone="3" * 20), "Phone", "3" * 20, RefusalReason.TOO_LONG),
        (row(phone="(792) 220-5500"), "Phone", "(792) 220-5500", RefusalReason.INVALID_PHONE),
        (row(phone="ask Ann"), "Phone", "ask Ann", RefusalReason.NOT_A_NUMBER),
        (row(phone="3.1E+09"), "Phone", "3.1E+09", RefusalReason.ROUNDED),
        (row(phone="312-555-0142 (DNC)"), "Phone", "312-555-0142 (DNC)", RefusalReason.DO_NOT_CALL),
        (
            row(phone="3125550142", mobile="3125550143 (DNC)"),
            "Mobile",
            "3125550143 (DNC)",
            RefusalReason.DO_NOT_CALL,
        ),
        (row(mobile="12"), "Mobile", "12", RefusalReason.TOO_SHORT),
        (row(phone="3125550142", country="Oz"), "Country", "Oz", RefusalReason.UNKNOWN_COUNTRY),
        ([*row(phone="3125550142"), "x", "y"], "", "x | y", RefusalReason.TOO_MANY_CELLS),
    ],
)
def test_refusals_say_where_what_and_why(
    cells: list[str], column: str, value: str, reason: RefusalReason
) -> None:
    read = refused(cells)
    assert (read.line, read.column, read.value, read.reason) == (2, column, value, reason)
    assert read.message


def test_short_rows_are_filled_up() -> None:
    assert isinstance(READER.read(2, ["3125550142"]), ContactDraft)
    assert refused([]).reason == RefusalReason.NO_PHONE


def test_a_list_needs_a_country_that_exists() -> None:
    assert RowReader(guess_mapping(["phone"], [], "GB"), "UK").read(2, ["020 7946 0123"])
    with pytest.raises(ValueError, match="no country “Oz”"):
        RowReader(guess_mapping(["phone"], [], "US"), "Oz")


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=len(HEADERS) + 2))
def test_every_row_is_a_draft_or_a_refusal(cells: list[str]) -> None:
    read = READER.read(7, cells)
    assert read.line == 7
    if isinstance(read, ContactDraft):
        assert read.phones
        assert all(read.custom.values())


def read_all(country: str, *parts: str) -> tuple[list[ContactDraft], Counter[RefusalReason]]:
    opened = open_list(shared_path("data", *parts))
    reader = RowReader(guess_mapping(opened.headers, opened.sample(), country), country)
    reads = [reader.read(line, cells) for line, cells in opened.rows()]
    drafts = [read for read in reads if isinstance(read, ContactDraft)]
    return drafts, Counter(read.reason for read in reads if isinstance(read, RefusedRow))


def sharing(drafts: Sequence[ContactDraft]) -> tuple[int, int]:
    """How many different main numbers there are, and how many rows have theirs in common with another."""
    rows = Counter(draft.phones[0] for draft in drafts)
    return len(rows), sum(count for count in rows.values() if count > 1)


@pytest.mark.shared
def test_cms_hospitals() -> None:
    drafts, refusals = read_all("US", "us", "cms_hospitals_2025.csv")
    assert (len(drafts), refusals) == (5418, {RefusalReason.INVALID_PHONE: 3})
    assert sharing(drafts) == (5380, 71)
    assert len({draft.state for draft in drafts}) == 56
    toll_free = [draft for draft in drafts if re.match(r"\+18(00|33|44|55|66|77|88)", draft.phones[0])]
    assert len(toll_free) == 15
    assert all(draft.zones for draft in drafts)
    assert {len(draft.postal_code) for draft in drafts} == {5}


@pytest.mark.shared
def test_nys_health_facilities() -> None:
    drafts, refusals = read_all("US", "us", "nys_health_facilities_2019.csv")
    assert len(drafts) == 3003
    assert refusals == {RefusalReason.NO_PHONE: 731, RefusalReason.INVALID_PHONE: 1}
    assert sharing(drafts) == (2519, 759)
    assert {draft.state for draft in drafts} == {"NY"}


@pytest.mark.shared
def test_fsis_establishments() -> None:
    drafts, refusals = read_all("US", "us", "usda_fsis_mpi_directory.csv")
    assert len(drafts) == 6269
    assert refusals == {RefusalReason.INVALID_PHONE: 12, RefusalReason.TOO_SHORT: 6}
    assert sharing(drafts) == (5931, 625)
    assert {len(draft.postal_code) for draft in drafts} == {5}


@pytest.mark.shared
def test_french_museums() -> None:
    drafts, refusals = read_all("FR", "intl", "fr_musees_de_france_semicolon.csv")
    assert len(drafts) == 1193
    assert refusals == {RefusalReason.NO_PHONE: 25, RefusalReason.TOO_SHORT: 3, RefusalReason.TOO_LONG: 1}
    assert sum(len(draft.phones) > 1 for draft in drafts) == 21
    overseas = Counter(draft.phones[0][:4] for draft in drafts if not draft.phones[0].startswith("+33"))
    assert overseas == {"+262": 5, "+590": 2, "+594": 3}
    assert all(draft.zones for draft in drafts)
