"""The Twilio adapter over real HTTP: what it asks, and what it makes of every kind of answer."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urldefrag
from uuid import UUID

import pytest

from dialer.core.clock import get_clock
from dialer.core.embedded import free_port
from dialer.core.settings import Settings, get_settings
from dialer.telephony.port import (
    AgentCallRequest,
    CallRequest,
    CarrierUnreachable,
    InDoubt,
    Placed,
    PlaceResult,
    Rejected,
    Rejection,
)
from dialer.telephony.twilio import TwilioCarrier
from tests.factories import CALLER_ID, sid
from tests.house import ACCOUNT_SID, House, wait_for
from tests.sandbox.servers import OURS, Answer, Customer, Twilio, running_customer
from tests.sandbox.test_signature import FIELDS, TOKEN, URL

CALLS = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
NUMBER, ACCOUNT, PACE = Rejection.NUMBER, Rejection.ACCOUNT, Rejection.PACE
MAGIC = "+1500555000"
TO, ELSE = "+14145550142", "+14145550143"
ATTEMPT, SESSION = UUID(int=1), UUID(int=2)


def carrier(**over: Any) -> TwilioCarrier:
    return TwilioCarrier(Settings(_env_file=None, **over))


def asked(to: str, caller_id: str = CALLER_ID) -> CallRequest:
    return CallRequest(ATTEMPT, to, caller_id, ring_seconds=600, call_seconds_limit=3600)


def place(to: str, caller_id: str = CALLER_ID, **over: Any) -> PlaceResult:
    return carrier(**over).place_call(asked(to, caller_id))


def placed(to: str, caller_id: str = CALLER_ID) -> str:
    result = place(to, caller_id)
    assert isinstance(result, Placed)
    return result.sid


def verdict(result: PlaceResult) -> tuple[Rejection | None, int]:
    """Why it was refused and by which code; for a call in doubt no reason and no code."""
    if isinstance(result, InDoubt):
        return None, 0
    assert isinstance(result, Rejected)
    return result.why, result.code


def plan(twilio: Twilio, **faults: object) -> None:
    assert twilio.control.put("/sandbox/faults", json=faults).status_code == 200


def calls(twilio: Twilio) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = twilio.control.get("/sandbox/calls").json()
    return found


@pytest.fixture
def number(sandbox: Twilio) -> str:
    """Somebody whose telephone rings on and on."""
    sandbox.script(TO, "no_answer")
    return TO


@pytest.fixture
def server(house: House) -> Iterator[Customer]:
    """A carrier that answers as it is told, in place of the sandbox."""
    with running_customer() as server:
        house.furnish(TWILIO_BASE_URL=server.url)
        yield server


def test_a_call_is_placed_and_has_a_sid(sandbox: Twilio, number: str) -> None:
    result = place(number)
    [call] = calls(sandbox)
    assert result == Placed(call["sid"])
    assert (call["to"], call["from"]) == (number, CALLER_ID)


def test_what_is_asked_for_a_call(server: Customer, house: House) -> None:
    made = sid()
    server.answers[CALLS] = Answer(f'{{"sid": "{made}"}}', 201, "application/json")
    assert place(TO) == Placed(made)
    [heard] = server.heard
    assert (heard.method, heard.path) == ("POST", CALLS)
    webhooks = f"{house.public_url}/twilio/attempts/{ATTEMPT}"
    assert sorted((name, urldefrag(value).url) for name, value in heard.pairs) == sorted(
        [
            ("To", TO),
            ("From", CALLER_ID),
            ("Url", f"{webhooks}/answer"),
            ("StatusCallback", f"{webhooks}/status"),
            *(("StatusCallbackEvent", event) for event in ("initiated", "ringing", "answered", "completed")),
            ("Timeout", "600"),
            ("TimeLimit", "3600"),
        ]
    )
    for name in ("Url", "StatusCallback"):
        assert "5xx" in urldefrag(heard[name]).fragment


def test_a_fallback_is_named_where_there_is_one(server: Customer) -> None:
    server.answers[CALLS] = Answer(f'{{"sid": "{sid()}"}}', 201, "application/json")
    elsewhere = "https://static.example/sorry.xml"
    place(TO, fallback_url=elsewhere)
    [heard] = server.heard
    assert heard["FallbackUrl"] == elsewhere


def test_what_is_asked_for_an_agents_line(server: Customer, house: House) -> None:
    made = sid()
    server.answers[CALLS] = Answer(f'{{"sid": "{made}"}}', 201, "application/json")
    assert carrier().call_agent(AgentCallRequest(SESSION, "client:agent_7", CALLER_ID)) == Placed(made)
    [heard] = server.heard
    assert (heard["To"], heard["From"]) == ("client:agent_7", CALLER_ID)
    webhooks = f"{house.public_url}/twilio/sessions/{SESSION}"
    assert heard["Url"].startswith(f"{webhooks}/answer#")
    assert heard["StatusCallback"].startswith(f"{webhooks}/status#")


@pytest.mark.parametrize(
    ("to", "caller_id", "why", "code"),
    [
        (MAGIC + "1", CALLER_ID, NUMBER, 21217),
        (MAGIC + "2", CALLER_ID, NUMBER, 21214),
        (MAGIC + "3", CALLER_ID, ACCOUNT, 21215),
        (MAGIC + "4", CALLER_ID, NUMBER, 21216),
        ("+13125550142", MAGIC + "1", ACCOUNT, 21212),
    ],
)
def test_magic_numbers(sandbox: Twilio, to: str, caller_id: str, why: Rejection, code: int) -> None:
    assert verdict(place(to, caller_id)) == (why, code)
    assert calls(sandbox) == []


def test_what_each_refusal_means(sandbox: Twilio, number: str) -> None:
    meaning: dict[int, Rejection | None] = dict.fromkeys((21202, 21211, 21214, 21216, 21217), NUMBER)
    meaning |= dict.fromkeys((20429, 22005), PACE)
    meaning |= dict.fromkeys((20500, 20503), None)
    account = (10001, 10002, 10004, 20003, 20005, 21205, 21210, 21212, 21215, 21219, 21609)
    meaning |= dict.fromkeys(account, ACCOUNT)
    found: dict[int, Rejection | None] = {}
    for code in meaning:
        plan(sandbox, create_refused=1, create_refused_code=code)
        found[code], said = verdict(place(number))
        assert said in (code, 0)
    assert found == meaning


def test_a_wrong_token_is_the_accounts_fault(sandbox: Twilio, number: str) -> None:
    assert verdict(place(number, twilio_auth_token="old")) == (ACCOUNT, 20003)


@pytest.mark.parametrize("fault", ["create_failed_after_dialling", "create_answer_lost"])
def test_a_call_that_may_ring_is_in_doubt_and_asked_for_once(
    sandbox: Twilio, number: str, fault: str
) -> None:
    plan(sandbox, **{fault: 1})
    assert isinstance(place(number), InDoubt)
    assert len(calls(sandbox)) == 1


def test_a_sandbox_is_asked_directly_whatever_proxy_the_environment_names(
    sandbox: Twilio, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert isinstance(place(number), Placed)


def test_a_carrier_that_cannot_be_reached_was_asked_nothing(house: House) -> None:
    house.furnish(TWILIO_BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert verdict(place(TO)) == (PACE, 0)


def test_a_tls_handshake_that_fails_has_asked_for_nothing(sandbox: Twilio, house: House, number: str) -> None:
    """The server speaks no TLS at all."""
    house.furnish(TWILIO_BASE_URL=sandbox.url.replace("http:", "https:"))
    assert verdict(place(number)) == (PACE, 0)
    assert calls(sandbox) == []


def test_a_carrier_that_never_answers_leaves_doubt_and_is_asked_once(house: House) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        house.furnish(TWILIO_BASE_URL=f"http://127.0.0.1:{mute.getsockname()[1]}", TWILIO_READ_SECONDS="0.3")
        assert place(TO) == InDoubt("ReadTimeout")
        mute.setblocking(False)
        connection, _ = mute.accept()
        with connection:
            sent = connection.recv(65536)
        assert sent.count(f"POST {CALLS} ".encode()) == 1
        with pytest.raises(BlockingIOError):
            mute.accept()


@pytest.mark.parametrize("body", ["", "{}", "<html>Created</html>"])
def test_a_success_without_a_sid_leaves_doubt(server: Customer, body: str) -> None:
    server.answers[CALLS] = Answer(body, 201)
    assert isinstance(place(TO), InDoubt)
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    ("status", "why"),
    [(429, PACE), (400, ACCOUNT), (403, ACCOUNT), (408, None), (500, None), (502, None), (503, None)],
)
def test_an_error_that_a_proxy_words(server: Customer, status: int, why: Rejection | None) -> None:
    server.answers[CALLS] = Answer("<html>Sorry</html>", status, "text/html")
    assert verdict(place(TO))[0] is why
    assert len(server.heard) == 1


def test_a_refusal_without_a_code(server: Customer) -> None:
    server.answers[CALLS] = Answer('{"code": null, "message": "No"}', 400, "application/json")
    assert verdict(place(TO)) == (ACCOUNT, 0)


def test_an_error_in_the_newer_form_leaves_doubt(server: Customer) -> None:
    body = '{"type": "https://example.com/t", "title": "Broken", "status": 500, "code": 20500}'
    server.answers[CALLS] = Answer(body, 500, "application/problem+json")
    assert isinstance(place(TO), InDoubt)


def test_hanging_up_ends_a_call_and_twice_is_no_error(sandbox: Twilio, number: str) -> None:
    made = placed(number)
    for _ in range(2):
        carrier().hang_up(made)
        assert sandbox.status(made) in ("canceled", "completed")
    carrier().hang_up(sid())


def test_a_call_as_the_carrier_has_it(sandbox: Twilio, number: str) -> None:
    made = placed(number)
    wait_for(lambda: sandbox.status(made) == "ringing")
    facts = carrier().fetch_call(made)
    assert facts is not None
    assert (facts.sid, facts.status, facts.to) == (made, "ringing", number)
    assert facts.created_at is not None
    assert facts.created_at.tzinfo is not None
    assert carrier().fetch_call(sid()) is None


def test_calls_are_found_by_both_numbers_and_since_when(sandbox: Twilio, number: str) -> None:
    before = get_clock().now() - timedelta(seconds=5)
    sandbox.script(ELSE, "no_answer")
    placed(ELSE)
    placed(number, OURS)
    made = [placed(number), placed(number)]
    found = carrier().find_calls(number, CALLER_ID, before)
    assert sorted(facts.sid for facts in found) == sorted(made)
    created = max(facts.created_at for facts in found if facts.created_at)
    assert created >= before
    assert carrier().find_calls(number, CALLER_ID, created + timedelta(seconds=1)) == []


def test_a_carrier_that_is_gone_is_said_to_be_so(house: House) -> None:
    house.furnish(TWILIO_BASE_URL=f"http://127.0.0.1:{free_port()}")
    all_are_unreachable()


@pytest.mark.parametrize(
    "answer",
    [Answer("<html>OK</html>", 200), Answer("<html>Sorry</html>", 502), Answer('{"code": 20003}', 401)],
)
def test_an_answer_that_says_nothing_is_as_good_as_none(server: Customer, answer: Answer) -> None:
    made = sid()
    server.answers |= {CALLS: answer, CALLS.replace(".json", f"/{made}.json"): answer}
    all_are_unreachable(made)


def all_are_unreachable(made: str | None = None) -> None:
    made, asking = made or sid(), carrier()
    for ask in (
        lambda: asking.fetch_call(made),
        lambda: asking.hang_up(made),
        lambda: asking.find_calls(TO, CALLER_ID, get_clock().now()),
    ):
        with pytest.raises(CarrierUnreachable):
            ask()


@pytest.mark.parametrize("base_url", [None, "https://api.twilio.com", "https://api.dublin.ie1.twilio.com"])
def test_fiction_is_never_dialled_for_real(house: House, base_url: str | None) -> None:
    real = get_settings().model_copy(update={"twilio_base_url": base_url})
    assert verdict(TwilioCarrier(real).place_call(asked(TO))) == (NUMBER, 0)


def test_edge_and_region_do_not_move_an_address_that_is_set(
    sandbox: Twilio, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    made = placed(number)
    assert [call["sid"] for call in calls(sandbox)] == [made]
    assert [facts.sid for facts in carrier().find_calls(number, CALLER_ID, get_clock().now() - timedelta(1))]


@pytest.mark.usefixtures("house")
def test_only_the_carriers_own_signature_is_valid() -> None:
    signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    check = carrier(twilio_auth_token=TOKEN).signature_is_valid
    assert check(URL, dict(FIELDS), signature)
    assert not check(URL, dict(FIELDS) | {"Digits": "4321"}, signature)
    assert not check(URL + "&more=1", dict(FIELDS), signature)
    assert not check(URL, dict(FIELDS), "")
    assert not carrier().signature_is_valid(URL, dict(FIELDS), signature)
