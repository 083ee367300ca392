"""Alive is one thing, able to work another."""

from contextlib import ExitStack

import httpx
import pytest

from dialer.core.database import get_engine
from dialer.core.settings import get_settings
from dialer.migrations import runner
from tests.house import House, new_database

NOBODY = "127.0.0.1:9"


def test_alive_needs_nothing(web: httpx.Client, house: House) -> None:
    house.furnish(DATABASE_URL=f"postgresql://nobody@{NOBODY}/none", REDIS_URL=f"redis://{NOBODY}/0")
    answer = web.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_when_database_and_redis_are(web: httpx.Client) -> None:
    answer = web.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok"})


@pytest.mark.parametrize(
    ("setting", "url", "check"),
    [
        ("DATABASE_URL", f"postgresql://nobody@{NOBODY}/none", "database"),
        ("REDIS_URL", f"redis://{NOBODY}/0", "redis"),
    ],
)
def test_what_does_not_answer_is_named(
    web: httpx.Client, house: House, setting: str, url: str, check: str
) -> None:
    house.furnish(**{setting: url})
    answer = web.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "redis": "ok"} | {check: "does not answer"}


def test_a_database_that_is_behind_is_named_with_what_to_do(web: httpx.Client, house: House) -> None:
    empty = new_database(house.database_url, "dialer_behind")
    house.furnish(DATABASE_URL=empty)
    answer = web.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == f"at migration None, this is {runner.head()}: run `dialer migrate`"
    runner.upgrade(empty)
    assert web.get("/readyz").status_code == 200


def test_a_process_that_has_no_connection_left_says_so(web: httpx.Client) -> None:
    """Before whoever asks gives up."""
    with ExitStack() as taken:
        for _ in range(get_settings().database_pool):
            taken.enter_context(get_engine().connect())
        answer = web.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "every connection of this process is in use", "redis": "ok"}
