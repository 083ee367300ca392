"""Columns are found by name in four languages, by content, by whose number it is, and as told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.domain.list_mapping import ContactField, ListMapping, MappingError, guess_mapping
from dialer.domain.list_vocabulary import words_of
from dialer.services.list_files import open_list
from tests.shared_data import shared_path

US_PHONES = ["312-555-0142", "312-555-0143", "312-555-0144"]


def guessed(headers: str, *rows: str, country: str = "US", **overrides: str) -> ListMapping:
    return guess_mapping(headers.split("|"), [row.split("|") for row in rows], country, overrides)


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (
            "First Name|Last Name|Phone|Email Address|Street|City|State|Zip|Country|Job Title|Notes",
            "first_name last_name phone email address city state postal_code country title note",
        ),
        (
            "Prénom|Nom|Société|Téléphone|Courriel|Adresse|Code postal|Ville|Pays|Fonction|Remarques",
            "first_name last_name company phone email address postal_code city country title note",
        ),
        (
            "Vorname|Nachname|Firma|Telefon|E-Mail|Straße|PLZ|Ort|Bundesland|Land|Bemerkung|Quelle",
            "first_name last_name company phone email address postal_code city state country note source",
        ),
        (
            "Nombre|Apellidos|Empresa|Teléfono|Correo electrónico|Dirección|Código postal|Ciudad|Provincia",
            "first_name last_name company phone email address postal_code city state",
        ),
        ("fullName|companyName|phoneNumber|leadSource|leadId", "name company phone source external_id"),
        ("FIRST_NAME|LAST_NAME|PHONE_NUMBER|ZIP_CODE", "first_name last_name phone postal_code"),
        ("Vorname|Name|Rufnummer", "first_name last_name phone"),
        ("Nom|Téléphone", "name phone"),
    ],
)
def test_names_in_four_languages(headers: str, fields: str) -> None:
    mapping = guessed(headers)
    assert mapping.named() == dict(zip(fields.split(), headers.split("|"), strict=True))
    assert not mapping.custom
    assert min(mapping.confidence.values()) >= 0.9


def test_fax_is_not_the_phone() -> None:
    rows = [f"{phone}|{phone}" for phone in US_PHONES]
    assert guessed("Fax Number|Phone", *rows).named() == {"phone": "Phone"}
    with pytest.raises(MappingError):
        guessed("Fax Number|Name", *rows)


def test_a_column_about_phones_is_not_the_phone() -> None:
    assert guessed("Phone Type|Phone Verified|Tel.", f"Mobile|yes|{US_PHONES[0]}").named() == {
        "phone": "Tel."
    }


def test_the_name_beside_the_phone_is_that_of_the_phones_party() -> None:
    mapping = guessed(
        "Operator Name|Operator City|Facility Name|Facility City|Main Site Name|Operator Phone|Facility Phone"
    )
    assert mapping.named() == {"phone": "Facility Phone", "company": "Facility Name", "city": "Facility City"}
    assert mapping.other_phones == ()


def test_further_phones_of_the_same_party() -> None:
    mapping = guessed("Name|Mobile|Phone|Phone 2|Fax|Broker Phone")
    assert mapping.named() == {"phone": "Phone", "name": "Name"}
    assert mapping.other_phones == (1, 3)
    assert mapping.custom == {"fax": 4, "broker_phone": 5}


def test_columns_without_names_are_known_by_their_cells() -> None:
    rows = [f"Ann|{phone}|ann@example.com|NY|10001" for phone in US_PHONES]
    mapping = guessed("column_1|column_2|column_3|column_4|column_5", *rows)
    assert mapping.named() == {
        "phone": "column_2",
        "email": "column_3",
        "state": "column_4",
        "postal_code": "column_5",
    }
    assert max(mapping.confidence.values()) <= 0.5


def test_an_unhelpful_name_over_phone_numbers() -> None:
    mapping = guessed("who|pattern", *(f"Ann|{phone}" for phone in US_PHONES))
    assert mapping.named() == {"phone": "pattern"}
    assert mapping.confidence[ContactField.PHONE] == 0.5


def test_cells_that_do_not_fit_their_name_keep_a_column_from_being_taken() -> None:
    rows = [f"{phone}|yes|12|unsubscribed" for phone in US_PHONES]
    assert guessed("phone|city of birth known|state|email", *rows).named() == {"phone": "phone"}


def test_numbers_of_another_country_are_still_found_by_name_but_less_surely() -> None:
    mapping = guessed("phone", "01 99 00 12 34", "01 99 00 12 35", country="US")
    assert mapping.named() == {"phone": "phone"}
    assert mapping.confidence[ContactField.PHONE] < 0.5


def test_override_wins_and_frees_the_column_it_takes() -> None:
    mapping = guessed("Phone|Evening line|Name", phone="Evening line", name="")
    assert mapping.named() == {"phone": "Evening line"}
    assert mapping.other_phones == ()
    assert mapping.custom == {"phone_2": 0, "name_2": 2}
    assert mapping.confidence == {ContactField.PHONE: 1.0}


def test_override_may_be_written_differently() -> None:
    assert guessed("Telephone Number|x", phone="telephone_number").named() == {"phone": "Telephone Number"}


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            {"phone": "Telefone"},
            "no column “Telefone”. Did you mean “Telephone”.*columns are: Telephone, Name",
        ),
        ({"phone": "zzz"}, "no column “zzz”. The columns are"),
        ({"phnoe": "Telephone"}, "no field “phnoe”. Did you mean “phone”.*fields are: phone, first_name"),
        ({"phone": ""}, "No column of this list holds telephone numbers"),
    ],
)
def test_a_wrong_override_is_told_with_what_would_be_right(overrides: dict[str, str], words: str) -> None:
    with pytest.raises(MappingError, match=words):
        guessed("Telephone|Name", **overrides)


def test_a_list_without_phones_is_refused_with_its_columns() -> None:
    with pytest.raises(MappingError, match=r"No column .* The columns are: Name, Age, City\."):
        guessed("Name|Age|City", "Ann|41|Springfield")


def test_custom_fields_get_tidy_keys_unlike_any_field() -> None:
    headers = "Phone|Hospital Type|hospital-type|2024 sales|City|City|Größe (m²)|名前|***"
    assert guessed(headers).custom == {
        "hospital_type": 1,
        "hospital_type_2": 2,
        "field_2024_sales": 3,
        "city_2": 5,
        "grosse_m_2": 6,
        "名前": 7,
        "column_9": 8,
    }


def test_words_of_a_header() -> None:
    assert words_of("FacilityPhone_Number1") == ("facility", "phone", "number", "1")
    assert words_of("N° de téléphone") == ("n", "de", "telephone")


@settings(deadline=None)
@given(
    headers=st.lists(st.text(max_size=15), min_size=1, max_size=8),
    rows=st.lists(st.lists(st.text(max_size=15), max_size=9), max_size=4),
)
def test_any_list_is_mapped_or_refused_and_no_column_is_lost(
    headers: list[str], rows: list[list[str]]
) -> None:
    mapping = guess_mapping(["phone", *headers], rows, "US", {"phone": "phone"})
    columns = [*mapping.columns.values(), *mapping.other_phones, *mapping.custom.values()]
    assert sorted(columns) == list(range(len(headers) + 1))
    try:
        guess_mapping(headers, rows, "US")
    except MappingError as error:
        message = str(error)
        assert all(header in message for header in headers)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("parts", "country", "named"),
    [
        (
            ("us", "cms_hospitals_2025.csv"),
            "US",
            {
                "phone": "Telephone Number",
                "company": "Facility Name",
                "address": "Address",
                "city": "City/Town",
                "state": "State",
                "postal_code": "ZIP Code",
                "external_id": "Facility ID",
            },
        ),
        (
            ("us", "nys_health_facilities_2019.csv"),
            "US",
            {
                "phone": "Facility Phone Number",
                "company": "Facility Name",
                "address": "Facility Address 1",
                "city": "Facility City",
                "state": "Facility State",
                "postal_code": "Facility Zip Code",
                "external_id": "Facility ID",
            },
        ),
        (
            ("us", "usda_fsis_mpi_directory.csv"),
            "US",
            {
                "phone": "phone",
                "company": "company",
                "address": "street",
                "city": "city",
                "state": "st",
                "postal_code": "zip",
            },
        ),
        (
            ("intl", "fr_musees_de_france_semicolon.csv"),
            "FR",
            {
                "phone": "telephone",
                "company": "nom_officiel_du_musee",
                "address": "adresse",
                "city": "commune",
                "state": "departement",
                "postal_code": "code_postal",
            },
        ),
    ],
)
def test_real_lists(parts: tuple[str, str], country: str, named: dict[str, str]) -> None:
    opened = open_list(shared_path("data", *parts))
    mapping = guess_mapping(opened.headers, opened.sample(), country)
    assert mapping.named() == named
    assert mapping.other_phones == ()


@pytest.mark.shared
def test_a_real_list_without_phones_is_refused() -> None:
    opened = open_list(shared_path("data", "bank", "bank-full.csv"))
    with pytest.raises(MappingError, match="poutcome"):
        guess_mapping(opened.headers, opened.sample(), "US")
