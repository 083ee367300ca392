"""`dialer import-list`: one JSON document or words, and nothing written where nothing was to be."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import refused, run
from tests.shared_data import shared_path

LIST = """Phone,Company,State
(312) 555-0142,Bakery,IL
312-555-0142,Bakery again,IL
+1 414 555 0143,Dairy,WI
12,Nobody,WI
,Without,WI
"""
KEYS = {
    "rows",
    "new",
    "updated",
    "duplicate",
    "suppressed",
    "invalid",
    "reasons",
    "mapping",
    "seconds",
    "call_list_id",
}
KINDS = ("new", "updated", "duplicate", "suppressed", "invalid")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    path.write_text(LIST)
    return path


def counted(folder: Path, *words: str | Path) -> dict[str, Any]:
    ended = run(folder, "import-list", *words, "--dry-run", "--json", DIALER_HOME=folder / "home")
    assert ended.returncode == 0, ended.stderr
    report: dict[str, Any] = json.loads(ended.stdout)
    assert report.keys() == KEYS
    assert report["call_list_id"] is None
    assert sum(report[kind] for kind in KINDS) == report["rows"]
    assert sum(report["reasons"].values()) == report["invalid"]
    assert not (folder / "home").exists()
    return report


def test_a_trial_counts_every_row_and_creates_nothing(tmp_path: Path, leads: Path) -> None:
    report = counted(tmp_path, leads)
    assert [report[kind] for kind in ("rows", *KINDS)] == [5, 2, 0, 1, 0, 2]
    assert report["mapping"]["phone"] == "Phone"


def test_a_column_may_be_named(tmp_path: Path, leads: Path) -> None:
    leads.write_text("Reach,Fax phone\n312-555-0142,312-555-0143\n")
    report = counted(tmp_path, leads, "--map", "phone=Reach")
    assert (report["new"], report["mapping"]["phone"]) == (1, "Reach")


def test_without_json_words_go_to_standard_error(tmp_path: Path, leads: Path) -> None:
    ended = run(tmp_path, "import-list", leads, "--dry-run")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "Nothing was written." in ended.stderr


@pytest.mark.parametrize(
    ("content", "words", "told"),
    [
        (b"", ("--dry-run",), "empty"),
        (PNG, ("--dry-run",), "image (PNG)"),
        (b"name,town\nBakery,Chicago\nDairy,Madison\n", ("--dry-run",), "phone"),
        (LIST.encode(), ("--dry-run", "--map", "phone"), "--map phone="),
        (LIST.encode(), ("--dry-run", "--map", "phone=Telefax"), "Telefax"),
        (LIST.encode(), ("--dry-run", "--map", "shoe=Phone"), "shoe"),
        (LIST.encode(), ("--dry-run", "--country", "XX"), "XX"),
        (LIST.encode(), (), "--campaign SLUG"),
    ],
    ids=[
        "empty",
        "image",
        "no phone",
        "half a mapping",
        "no such column",
        "no such field",
        "no such country",
        "no campaign",
    ],
)
def test_what_cannot_be_read_is_told_in_words(
    tmp_path: Path, leads: Path, content: bytes, words: tuple[str, ...], told: str
) -> None:
    leads.write_bytes(content)
    ended = run(tmp_path, "import-list", leads, "--json", *words, DIALER_HOME=tmp_path / "home")
    assert told in refused(ended)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_a_file_that_is_none(tmp_path: Path, name: str) -> None:
    assert "There is no file" in refused(run(tmp_path, "import-list", name, "--dry-run", "--json"))


@pytest.mark.shared
def test_a_real_list_of_hospitals(tmp_path: Path) -> None:
    report = counted(tmp_path, shared_path("data", "us", "cms_hospitals_2025.csv"))
    assert [report[kind] for kind in ("rows", *KINDS)] == [5421, 5380, 0, 38, 0, 3]
