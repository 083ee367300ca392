"""Which page of a list is meant, whatever the address says; and every list page takes any of it."""

from datetime import datetime

import httpx
import pytest
from sqlmodel import Session

from dialer.domain.user import Role
from dialer.web.lists import Filters, Pages
from tests.web.visitor import sign_in

LISTS = ("/supervisor/recordings", "/supervisor/lists", "/supervisor/suppressions", "/manager/leads")


@pytest.mark.parametrize(
    ("said", "total", "page"),
    [
        ("", 100, 1),
        ("2", 100, 2),
        (" 2 ", 100, 2),
        ("4", 100, 4),
        ("5", 100, 4),
        ("9" * 5000, 100, 4),
        ("0", 100, 1),
        ("-1", 100, 1),
        ("1.5", 100, 1),
        ("two", 100, 1),
        ("٣", 100, 1),
        ("3", 0, 1),
    ],
)
def test_the_nearest_page_that_is_there(said: str, total: int, page: int) -> None:
    cut = Pages(said).of(total, 25, "/somewhere?page=")
    assert (cut.told["page"], cut.offset, cut.size) == (page, (page - 1) * 25, 25)
    assert cut.told["pages"] == max(1, total // 25)


@pytest.mark.parametrize("word", ["2026-02-30", "soon", "1999-12-31", "9999-12-31", "x" * 5000])
def test_a_day_that_is_none_is_told_in_few_words(word: str) -> None:
    filters = Filters("/somewhere", day=word)
    assert filters.day("day") is None
    assert filters.status == 422
    assert len(filters.errors["day"]) < 100


def test_every_list_takes_any_page(web: httpx.Client, session: Session, now: datetime) -> None:
    admin = sign_in(web, session, now, Role.ADMIN)
    for address in LISTS:
        for said in ("-1", "0", "two", "9" * 30):
            assert admin.get(address, page=said).status_code == 200, (address, said)
