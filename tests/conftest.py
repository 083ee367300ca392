"""Fixtures shared by all rooms. A test that asks for none of them starts nothing."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import settings
from sqlmodel import Session
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from dialer.app import create_app
from dialer.core.clock import get_clock
from dialer.core.database import get_engine
from dialer.core.redis import get_redis
from tests.house import ACCOUNT_SID, AUTH_TOKEN, NOW, SPEED, House, open_house, served
from tests.sandbox.servers import Twilio, running_sandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("house", deadline=None)
settings.load_profile("house")


STARTS_A_HOUSE = ("tests/browser/", "tests/demo/", "tests/storm/")
"""Tests that start every process of the house, and Chromium: one after another, in one of pytest's
processes, or a small machine does nothing but start processes."""


class OneHouseAtATime(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return "house" if nodeid.startswith(STARTS_A_HOUSE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneHouseAtATime:
    return OneHouseAtATime(config, log)


@pytest.fixture(scope="session")
def started_house() -> Iterator[House]:
    """PostgreSQL, migrated, and Valkey: one of each for every process that runs tests.

    Not in pytest's own folder: another run that starts meanwhile closes that to the user that
    PostgreSQL runs as.
    """
    with (
        TemporaryDirectory(prefix="dialer-house-", ignore_cleanup_errors=True) as folder,
        open_house(Path(folder)) as house,
    ):
        yield house


@pytest.fixture
def house(started_house: House) -> Iterator[House]:
    """The house empty, its clock at `NOW`."""
    started_house.furnish()
    get_redis().flushall()
    yield started_house
    started_house.furnish()
    started_house.clean()
    started_house.leave()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def session(house: House) -> Iterator[Session]:
    """One transaction that the test commits or not."""
    with Session(get_engine(), expire_on_commit=False) as session:
        yield session


@pytest.fixture
def sandbox(house: House) -> Iterator[Twilio]:
    """A Twilio on this machine on the house's own clock, and the house set to use it."""
    clock = get_clock()
    with running_sandbox(
        speed=SPEED,
        clock_start=clock.start,
        clock_real_start=clock.real_start.timestamp(),
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
    ) as twilio:
        house.furnish(
            TWILIO_BASE_URL=twilio.url,
            CLOCK_START=clock.start.isoformat(),
            CLOCK_REAL_START=clock.real_start.isoformat(),
        )
        yield twilio


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """The one Chromium of a process that runs tests: a second one can't be driven beside it."""
    from tests.browser.chromium import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def started_web(started_house: House) -> Iterator[str]:
    started_house.furnish()
    with served(create_app(), started_house.listener):
        yield started_house.public_url


@pytest.fixture
def web(started_web: str, house: House) -> Iterator[httpx.Client]:
    """The web process over HTTP."""
    with httpx.Client(base_url=started_web, trust_env=False, timeout=15) as client:
        yield client
