"""Whatever may be asked by Twilio's published OpenAPI, and much that may not, is answered as it says or
refused in Twilio's words: never with a server error."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.schemas import APIOperation

from dialer.sandbox.config import SandboxConfig
from tests.sandbox.conformance.document import conformance_document
from tests.sandbox.conformance.population import Population
from tests.sandbox.openapi import OpenApi, Seen
from tests.sandbox.servers import Customer, Twilio
from tests.shared_data import shared_path

pytestmark = pytest.mark.shared
ACCOUNT = SandboxConfig()
try:
    DOCUMENT = conformance_document(
        shared_path("reference", "twilio_api_v2010_voice.json"), ACCOUNT.account_sid
    )
except pytest.skip.Exception as absent:
    pytest.skip(str(absent), allow_module_level=True)

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
"""Of Schemathesis's. What is accepted is no matter of the document: Twilio overlooks what it does not know,
and refuses numbers that nobody has. Formats are left out, for Twilio's URIs are relative or empty."""
API = schemathesis.openapi.from_dict(
    DOCUMENT,
    config=SchemathesisConfig.from_dict(
        {
            "generation": {"with-security-parameters": False},
            "checks": {"enabled": False}
            | {name: {"enabled": True} for name in CHECKS}
            | {"response_schema_conformance": {"enabled": True, "validate-formats": False}},
        }
    ),
)
NOT_OFFERED = {"POST /2010-04-01/Accounts/{Sid}.json"}
Operation = APIOperation[Any, Any, Any, Any]
OPERATIONS: list[Operation] = [found.ok() for found in API.get_all_operations() if isinstance(found, Ok)]
SETTINGS = hypothesis.settings(max_examples=20, derandomize=True, database=None, deadline=None)


@pytest.fixture
def population(twilio: Twilio, customer: Customer) -> Population:
    return Population(twilio, customer)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = (ACCOUNT.account_sid, ACCOUNT.auth_token)
        session.trust_env = False
        yield session


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_twilios(
    operation: Operation,
    twilio: Twilio,
    session: requests.Session,
    population: Population,
    openapi: OpenApi,
) -> None:
    seen: set[int] = set()

    def ask(case: Case[Any]) -> None:
        population.fill(case)
        response = case.call(twilio.url, session)
        population.after(case, response.status_code)
        case.validate_response(response)
        answer = Seen(case.method, case.formatted_path, response.status_code, response.text)
        assert openapi.faults(answer) == []
        seen.add(response.status_code)

    config = HypothesisTestConfig(project=API.config, modes=list(HypothesisTestMode), settings=SETTINGS)
    create_test(operation=operation, test_func=ask, config=config)()
    obeyed = min(seen) < HTTPStatus.BAD_REQUEST
    assert obeyed is (operation.label not in NOT_OFFERED), f"answered with {seen}"
