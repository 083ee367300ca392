"""One sandbox and one customer for all tests here; each test starts with both of them empty.
Whatever the sandbox answers in any test is checked against Twilio's published OpenAPI."""

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.sandbox.openapi import OpenApi
from tests.sandbox.servers import SEEN, Customer, Twilio, running_customer, running_sandbox
from tests.shared_data import shared_path


@pytest.fixture(scope="session")
def started_twilio() -> Iterator[Twilio]:
    with running_sandbox() as twilio:
        yield twilio


@pytest.fixture(scope="session")
def started_customer() -> Iterator[Customer]:
    with running_customer() as customer:
        yield customer


@pytest.fixture(scope="session")
def openapi() -> OpenApi | None:
    """None where Twilio's document is not at hand; the tests that are about it say so."""
    try:
        return OpenApi(shared_path("reference", "twilio_api_v2010_voice.json"))
    except pytest.skip.Exception:
        return None


@pytest.fixture(autouse=True)
def answers_are_twilios(openapi: OpenApi | None) -> Iterator[None]:
    SEEN.clear()
    yield
    if openapi is not None:
        assert [fault for seen in SEEN for fault in openapi.faults(seen)] == []


@pytest.fixture
def twilio(started_twilio: Twilio) -> Twilio:
    assert started_twilio.control.post("/sandbox/reset").status_code == 204
    return started_twilio


@pytest.fixture
def customer(started_customer: Customer, twilio: Twilio) -> Customer:
    """The sandbox was reset before; what it had sent by then is heard before this request is."""
    httpx.get(started_customer.url, trust_env=False)
    started_customer.answers.clear()
    started_customer.heard.clear()
    return started_customer


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of the system's Chromium, which has no other errors than those the test looks for."""
    with closing(browser.new_page()) as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        yield page
    assert errors == []
