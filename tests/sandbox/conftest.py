"""One sandbox and one customer for all tests here; each test starts with both of them empty."""

from collections.abc import Iterator

import pytest

from tests.sandbox.servers import Customer, Twilio, running_customer, running_sandbox


@pytest.fixture(scope="session")
def started_twilio() -> Iterator[Twilio]:
    with running_sandbox() as twilio:
        yield twilio


@pytest.fixture(scope="session")
def started_customer() -> Iterator[Customer]:
    with running_customer() as customer:
        yield customer


@pytest.fixture
def twilio(started_twilio: Twilio) -> Twilio:
    assert started_twilio.control.post("/sandbox/reset").status_code == 204
    return started_twilio


@pytest.fixture
def customer(started_customer: Customer) -> Customer:
    started_customer.answers.clear()
    started_customer.heard.clear()
    return started_customer
