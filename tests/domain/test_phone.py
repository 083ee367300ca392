"""Cells as they come in real lists, in fiction's numbers, and what each must be read as."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.domain.phone import PhoneFault, PhoneRead, is_fictional, mask, read_phone


@pytest.mark.parametrize(
    "cell",
    [
        "(312) 555-0142",
        "312-555-0142",
        "312.555.0142",
        "3125550142",
        "1 312 555 0142",
        "+1 (312) 555-0142",
        "312/555-0142",
        "312 - 555 - 0142",
        " 312 555 0142 ",
        "Tel: 312-555-0142",
        "tel:+1-312-555-0142",
        "312-555-0142 (front desk)",
        "312-555-0142 [mobile]",
        "call after 5pm 3125550142",
        "3125550142.0",
        "３１２-555-０１４２",
        "1) 312-555-0142",
        "312-555-0142, Fax 312-555-0143",
        "312-555-0143 (fax) / 312-555-0142",
    ],
)
def test_one_number_however_it_is_written(cell: str) -> None:
    assert read_phone(cell, "US") == PhoneRead(("+13125550142",))


@pytest.mark.parametrize(
    ("cell", "country", "number"),
    [
        ("01 99 00 12 34", "FR", "+33199001234"),
        ("199001234", "FR", "+33199001234"),
        ("33 (0) 1 99 00 12 34", "FR", "+33199001234"),
        ("0033 1 99 00 12 34", "FR", "+33199001234"),
        ("01.99.00.12.34 (mairie)", "FR", "+33199001234"),
        ("06 39 98 12 34", "FR", "+33639981234"),
        ("011 33 1 99 00 12 34", "US", "+33199001234"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("2079460123", "GB", "+442079460123"),
        ("07700 900123", "GB", "+447700900123"),
        ("(02) 5550 1234", "AU", "+61255501234"),
        ("030/23125 000", "DE", "+493023125000"),
        ("Büro: 030 23125000", "DE", "+493023125000"),
        ("1-800-555-CELL", "US", "+18005552355"),
    ],
)
def test_countries_and_their_habits(cell: str, country: str, number: str) -> None:
    assert read_phone(cell, country) == PhoneRead((number,))


def test_french_overseas_number_is_dialled_like_a_french_one() -> None:
    read = read_phone("05 90 00 00 00", "FR")
    assert read.fault == PhoneFault.INVALID
    example = phonenumbers.example_number("RE")
    assert example is not None
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert read_phone(f"0{example.national_number}", "FR") == PhoneRead((number,))


def test_leading_zero_that_belongs_to_the_number_is_restored_where_the_plan_has_no_other_reading() -> None:
    example = phonenumbers.example_number("IT")
    assert example is not None
    assert example.italian_leading_zero
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert read_phone(str(example.national_number), "IT") == PhoneRead((number,))


@pytest.mark.parametrize(
    ("cell", "extension"),
    [
        ("312-555-0142 x123", "123"),
        ("312-555-0142x123", "123"),
        ("312-555-0142 ext. 4", "4"),
        ("312-555-0142, extension 77", "77"),
        ("312-555-0142 (ext. 7)", "7"),
        ("312-555-0142 wew. 250", "250"),
        ("312-555-0142 poste 12", "12"),
        ("312-555-0142 #9", "9"),
        ("+13125550142;ext=5", "5"),
    ],
)
def test_extension_is_kept_apart(cell: str, extension: str) -> None:
    assert read_phone(cell, "US") == PhoneRead(("+13125550142",), extension)


@pytest.mark.parametrize(
    ("cell", "country", "numbers"),
    [
        ("01 99 00 46 34 / 47 98", "FR", ("+33199004634", "+33199004798")),
        ("01 99 00 51 00/02", "FR", ("+33199005100", "+33199005102")),
        ("01 99 00 06 50 ou 06 40 (boîte vocale)", "FR", ("+33199000650", "+33199000640")),
        (
            "01 99 00 06 50 - 01 99 00 06 51 - 01 99 00 06 52",
            "FR",
            ("+33199000650", "+33199000651", "+33199000652"),
        ),
        ("01.99.00.06.50 / 01.99.00.06.51", "FR", ("+33199000650", "+33199000651")),
        ("01 99 00 06 50 (accueil) 01 99 00 06 51 (bureau)", "FR", ("+33199000650", "+33199000651")),
        ("01 99 00 06 50, 01 99 00 06 51", "FR", ("+33199000650", "+33199000651")),
        ("312-555-0142; 312-555-0143", "US", ("+13125550142", "+13125550143")),
        ("312/555-0142 or 312/555-0143", "US", ("+13125550142", "+13125550143")),
        ("(312)555-0142/555-0143", "US", ("+13125550142", "+13125550143")),
        ("312-555-0142\n312-555-0142", "US", ("+13125550142",)),
        ("030 23125000/01", "DE", ("+493023125000", "+493023125001")),
        ("0171 3920000 und 030-23125001", "DE", ("+491713920000", "+493023125001")),
    ],
)
def test_several_numbers_in_a_cell(cell: str, country: str, numbers: tuple[str, ...]) -> None:
    assert read_phone(cell, country).numbers == numbers


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("", PhoneFault.BLANK),
        ("   ", PhoneFault.BLANK),
        ("N/A", PhoneFault.BLANK),
        ("555-0142", PhoneFault.TOO_SHORT),
        ("312555014", PhoneFault.TOO_SHORT),
        ("12", PhoneFault.TOO_SHORT),
        ("3125550142 3125550143", PhoneFault.TOO_LONG),
        ("3" * 300, PhoneFault.TOO_LONG),
        ("(792) 220-5500", PhoneFault.INVALID),
        ("000-000-0000", PhoneFault.INVALID),
        ("3.12556E+09", PhoneFault.ROUNDED),
        ("312-555-0142 (do not call)", PhoneFault.DO_NOT_CALL),
        ("312-555-0142 DNC", PhoneFault.DO_NOT_CALL),
        ("Springfield", PhoneFault.NOT_A_NUMBER),
        ("contact@example.com", PhoneFault.NOT_A_NUMBER),
        ("see the note about the front desk 5", PhoneFault.NOT_A_NUMBER),
    ],
)
def test_refused_with_its_fault(cell: str, fault: PhoneFault) -> None:
    assert read_phone(cell, "US") == PhoneRead(fault=fault)


def test_a_word_after_a_number_does_not_change_its_end() -> None:
    assert read_phone("01 99 00 72 06 bureau 12", "FR").numbers == ("+33199007206",)


@pytest.mark.parametrize(
    "number",
    ["+13125550100", "+12125550199", "+442079460000", "+447700900999", "+33639980000", "+61491570156"],
)
def test_fiction_is_recognised_and_readable(number: str) -> None:
    assert is_fictional(number)
    assert read_phone(number, "US").numbers == (number,)


@pytest.mark.parametrize("number", ["+13125550099", "+13125550200", "+13125551212", "+442079470000", ""])
def test_what_is_next_to_fiction_is_not(number: str) -> None:
    assert not is_fictional(number)


def test_mask_shows_too_little_to_ring() -> None:
    assert mask("+13125550142") == "+1312•••0142"
    assert mask("+2908000") == "+29•••00"
    assert mask("") == "•••"


PHONE_LIKE = st.text(alphabet="0123456789+()-./,;x# ou\nEe[]", max_size=60)


@given(
    st.one_of(st.text(max_size=300), PHONE_LIKE), st.sampled_from(["US", "FR", "DE", "GB", "IT", "XX", ""])
)
def test_any_text_is_either_numbers_or_a_fault(cell: str, country: str) -> None:
    read = read_phone(cell, country)
    assert bool(read.numbers) != bool(read.fault)
    for number in read.numbers:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_valid_number(parsed) or is_fictional(number)


@settings(deadline=None)
@given(st.integers(0, 99), st.sampled_from(["US", "FR", "DE"]))
def test_what_was_read_reads_the_same_again(last: int, country: str) -> None:
    number = f"+131255501{last:02}"
    assert read_phone(number, country).numbers == (number,)
