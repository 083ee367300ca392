"""Files as they come: every delimiter, encoding and line end, and what is refused in plain words."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.services.list_files import ListFile, ListFileError, open_list
from tests.shared_data import shared_path

TABLE = [
    ["phone", "name", "note"],
    ["312-555-0142", "José Müller", "rings; back, later"],
    ["312-555-0143", 'Ann "Bo" Roe', "first line\nsecond line"],
    ["312-555-0144", "Zoë O’Neil", ""],
]


def written(table: list[list[str]], delimiter: str = ",", line_end: str = "\n", quoting: int = 0) -> str:
    text = io.StringIO(newline="")
    if line_end == "\r":
        quoting = csv.QUOTE_ALL  # the writer would leave a lone \n unquoted
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(table)  # type: ignore[arg-type]
    return text.getvalue()


def rows_of(opened: ListFile) -> list[list[str]]:
    return [row for _, row in opened.rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_line_end_and_encoding_are_found(delimiter: str, line_end: str, encoding: str) -> None:
    opened = open_list(written(TABLE, delimiter, line_end).encode(encoding))
    assert (opened.delimiter, opened.has_header) == (delimiter, True)
    assert opened.headers == tuple(TABLE[0])
    assert rows_of(opened) == TABLE[1:]


@pytest.mark.parametrize("encoding", ["iso8859-1", "cp932", "cp1250", "cp1251"])
def test_other_code_pages(encoding: str) -> None:
    names = {
        "iso8859-1": "François Lefèvre à Besançon",
        "cp932": "田中太郎 東京都千代田区",
        "cp1250": "Łukasz Żółć, Świętosława Gęś",
        "cp1251": "Иван Петров, Мария Сидорова",
    }
    table = [["phone", "name"], *([f"312-555-01{n}", names[encoding]] for n in range(10, 30))]
    assert rows_of(open_list(written(table).encode(encoding))) == table[1:]


def test_one_damaged_letter_does_not_turn_utf8_into_something_else() -> None:
    table = [["phone", "name"], *([f"312-555-01{n}", "Zoë Müller"] for n in range(10, 40))]
    damaged = written(table).encode().replace("Zoë".encode(), b"Zo\xff", 1)
    opened = open_list(damaged)
    assert opened.encoding == "utf-8"
    assert rows_of(opened)[1:] == table[2:]


def test_letters_beyond_the_first_million_bytes_decide_too() -> None:
    table = [
        ["phone", "name"],
        *(["312-555-0142", "x" * 1000] for _ in range(1100)),
        ["312-555-0143", "José"],
    ]
    opened = open_list(written(table).encode("cp1252"))
    assert rows_of(opened)[-1] == ["312-555-0143", "José"]


def test_line_numbers_are_those_of_the_file() -> None:
    text = 'phone,note\n\n312-555-0142,"a\nb\nc"\n ,\n312-555-0143,d\n'
    assert list(open_list(text.encode()).rows()) == [
        (3, ["312-555-0142", "a\nb\nc"]),
        (7, ["312-555-0143", "d"]),
    ]


def test_rows_can_be_read_again_and_show_their_progress(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(written([["phone"], *([f"3125550{n}"] for n in range(100, 200))] * 50), encoding="utf-8")
    opened = open_list(path)
    assert opened.bytes_read == 0
    first, again = rows_of(opened), rows_of(opened)
    assert first == again
    assert opened.bytes_read == opened.size == path.stat().st_size
    assert opened.sample(3) == first[:3]


def test_row_count_is_exact_for_small_files_and_close_for_large_ones() -> None:
    assert open_list(written(TABLE).encode()).row_count_estimate == 3
    table = [["phone", "name"], *([f"312555{n:04}", "x" * (n % 40)] for n in range(40_000))]
    assert open_list(written(table).encode()).row_count_estimate == pytest.approx(40_000, rel=0.1)


def test_without_a_header_columns_are_numbered() -> None:
    opened = open_list(b"Ann,312-555-0142,ann@example.com\nBob,312-555-0143,\n")
    assert opened.headers == ("column_1", "column_2", "column_3")
    assert not opened.has_header
    assert next(opened.rows()) == (1, ["Ann", "312-555-0142", "ann@example.com"])


def test_one_contact_and_no_header() -> None:
    assert rows_of(open_list(b"312-555-0142,Ann")) == [["312-555-0142", "Ann"]]


def test_header_may_hold_a_number_that_the_column_below_has_not() -> None:
    assert open_list(b"name,call 1,2024-01-01\nAnn,yes,5\nBob,no,6\n").has_header


def test_blank_headers_get_a_name() -> None:
    assert open_list(b"phone,,  city \n/ \n1,2,3\n").headers == ("phone", "column_2", "city")


def test_ragged_rows_are_filled_up_and_counted() -> None:
    opened = open_list(b"a,b,c\n1\n1,2\n1,2,3\n1,2,3,,\n1,2,3,4\n")
    assert rows_of(opened) == [
        ["1", "", ""],
        ["1", "2", ""],
        ["1", "2", "3"],
        ["1", "2", "3"],
        ["1", "2", "3", "4"],
    ]
    assert opened.padded_rows == 2


def test_separator_named_by_a_spreadsheet() -> None:
    opened = open_list(b"sep=;\r\nphone;name\r\n312-555-0142;Roe, Ann\r\n")
    assert (opened.delimiter, opened.headers) == (";", ("phone", "name"))
    assert list(opened.rows()) == [(3, ["312-555-0142", "Roe, Ann"])]


def test_quoted_header_over_an_unquoted_body() -> None:
    opened = open_list(b'"Facility, ID","Phone"\n010001,(312) 555-0142\n')
    assert opened.headers == ("Facility, ID", "Phone")


def test_commas_in_a_single_column_do_not_split_it() -> None:
    opened = open_list(b"phone\n312-555-0142, 312-555-0143\n312-555-0144, 312-555-0145, 312-555-0146\n")
    assert opened.headers == ("phone",)
    assert rows_of(opened)[0] == ["312-555-0142, 312-555-0143"]


def test_very_long_cells() -> None:
    opened = open_list(written([["phone", "note"], ["312-555-0142", "x, y\n" * 200_000]]).encode())
    assert len(rows_of(opened)[0][1]) == 1_000_000


def zipped(*names: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for name in names:
            writer.writestr(name, "x")
    return archive.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"sep=;\n", "empty"),
        (b"phone,name\n", "only a header and no rows: phone, name"),
        (zipped("xl/workbook.xml"), r"Excel workbook \(\.xlsx\).*save it as CSV"),
        (zipped("mimetype", "content.xml"), "OpenDocument"),
        (zipped("list.csv"), "zip archive.*unpack it"),
        (b"PK\x03\x04", "zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"<!DOCTYPE html><p>Sign in", "web page"),
        (bytes(range(256)) * 20, "binary"),
    ],
)
def test_what_is_no_list_is_refused_with_what_it_is(content: bytes, words: str) -> None:
    with pytest.raises(ListFileError, match=words):
        open_list(content)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListFileError, match="No such file"):
        open_list(tmp_path / "missing.csv")


def test_a_quote_never_closed_is_an_error_and_swallows_nothing() -> None:
    opened = open_list(b'phone,name\n312-555-0142,Ann\n312-555-0143,"Bob\n312-555-0144,Cy\n')
    with pytest.raises(ListFileError, match="Line 3: a quote"):
        rows_of(opened)


LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cn"])
CELLS = st.text(st.one_of(LETTERS, st.sampled_from(',;\t|"\n')), max_size=20)


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_is_what_is_read(
    rows: list[tuple[str, str]], delimiter: str, line_end: str, quoting: int, encoding: str
) -> None:
    table = [["phone", "name", "note"], *(["312-555-0142", *row] for row in rows)]
    opened = open_list(written(table, delimiter, line_end, quoting).encode(encoding))
    assert rows_of(opened) == table[1:]


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_an_error_for_people(content: bytes) -> None:
    try:
        opened = open_list(content)
        lines = [line for line, row in opened.rows() if len(row) >= len(opened.headers)]
    except ListFileError:
        return
    assert lines == sorted(set(lines))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("parts", "delimiter", "columns", "rows", "last_line"),
    [
        (("us", "cms_hospitals_2025.csv"), ",", 38, 5421, 5422),
        (("us", "nys_health_facilities_2019.csv"), ",", 36, 3735, 3736),
        (("us", "usda_fsis_mpi_directory.csv"), ",", 10, 6287, 6288),
        (("intl", "fr_musees_de_france_semicolon.csv"), ";", 15, 1222, 1227),
        (("bank", "bank-full.csv"), ";", 17, 45211, 45212),
    ],
)
def test_real_lists(parts: tuple[str, str], delimiter: str, columns: int, rows: int, last_line: int) -> None:
    opened = open_list(shared_path("data", *parts))
    read = list(opened.rows())
    assert (opened.delimiter, opened.encoding, len(opened.headers)) == (delimiter, "utf-8", columns)
    assert (len(read), read[-1][0]) == (rows, last_line)
    assert {len(row) for _, row in read} == {columns}
    assert opened.row_count_estimate == pytest.approx(rows, rel=0.1)
