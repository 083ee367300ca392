"""Faults: what each does, alone and mixed, and that a seed brings the same ones back."""

import socket

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from dialer.sandbox.faults import FaultPlan, Faults
from tests.sandbox.servers import Answer, Customer, Twilio, wait_for

ANA, BEN = "+13125550142", "+13125550143"
ALL = ["initiated", "ringing", "answered", "completed"]


def plan(twilio: Twilio, **faults: object) -> None:
    assert twilio.control.put("/sandbox/faults", json=faults).status_code == 200


def ring_busy(twilio: Twilio, customer: Customer, to: str = ANA) -> None:
    twilio.script(to, "busy", ring_seconds=0)
    events = ["initiated", "ringing", "completed"]
    twilio.dial(to, status_callback=customer.url + "/status", status_callback_event=events)


def settled(twilio: Twilio, count: int) -> list[dict[str, object]]:
    """The journal, once that many callbacks are done with."""

    def done() -> list[dict[str, object]]:
        journal: list[dict[str, object]] = twilio.control.get("/sandbox/webhooks?kind=status").json()
        ended = [one for one in journal if one["status"] or one["error"]]
        return ended if len(ended) >= count else []

    return wait_for(done)


def test_callbacks_are_dropped(twilio: Twilio, customer: Customer) -> None:
    plan(twilio, callback_dropped=1)
    ring_busy(twilio, customer)
    journal = settled(twilio, 3)
    assert customer.heard == []
    assert {one["error"] for one in journal} == {"dropped by a fault"}


def test_callbacks_are_doubled_with_one_token(twilio: Twilio, customer: Customer) -> None:
    plan(twilio, callback_doubled=1)
    ring_busy(twilio, customer)
    heard = customer.wait("/status", 6)
    assert len({one.headers["i-twilio-idempotency-token"] for one in heard}) == 3
    assert sorted(one["SequenceNumber"] for one in heard) == list("001122")


def test_callbacks_are_reordered(twilio: Twilio, customer: Customer) -> None:
    """Some seeds hold back the first of three: the test looks for a number that the fault hits so."""
    plan(twilio, callback_reordered=0.5)
    for last in range(40):
        customer.heard.clear()
        ring_busy(twilio, customer, f"+131255501{last:02d}")
        heard = customer.wait("/status", 3)
        if [one["SequenceNumber"] for one in heard] != list("012"):
            return
    raise AssertionError("nothing was reordered")


def test_callbacks_are_delayed(twilio: Twilio, customer: Customer) -> None:
    plan(twilio, callback_delayed=1, callback_delay_seconds=1)
    twilio.script(ANA, "busy", ring_seconds=0)
    call = twilio.dial(ANA, status_callback=customer.url + "/status")
    twilio.wait_status(call, "busy")
    assert customer.heard == []
    customer.wait("/status")


def test_a_callback_may_come_before_the_creates_answer(twilio: Twilio, customer: Customer) -> None:
    plan(twilio, callback_before_answer=1)
    customer.answers["/status"] = Answer(delay_seconds=0.2)
    twilio.dial(ANA, status_callback=customer.url + "/status", status_callback_event=ALL)
    assert customer.at("/status", CallStatus="initiated")


def test_an_error_after_having_dialled(twilio: Twilio, customer: Customer) -> None:
    plan(twilio, create_failed_after_dialling=1)
    with pytest.raises(TwilioRestException) as failed:
        twilio.dial(ANA, status_callback=customer.url + "/status", status_callback_event=ALL)
    assert (failed.value.status, failed.value.code) == (500, 20500)
    customer.wait("/status", CallStatus="initiated")
    assert len(twilio.client.calls.list(to=ANA)) == 1


def test_an_answer_lost_after_having_dialled(twilio: Twilio) -> None:
    plan(twilio, create_answer_lost=1, only_to=[ANA])
    with pytest.raises(requests.exceptions.ConnectionError):
        twilio.dial(ANA)
    assert len(twilio.client.calls.list(to=ANA)) == 1
    assert twilio.dial(BEN).sid


def test_a_request_lost_before_anything_was_dialled(twilio: Twilio) -> None:
    plan(twilio, create_request_lost=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        twilio.dial(ANA)
    assert twilio.state()["calls_placed"] == 0


def test_any_connection_is_reset_before_a_byte_is_answered(twilio: Twilio) -> None:
    plan(twilio, connection_reset=1)
    for ask in (lambda: twilio.dial(ANA), lambda: twilio.client.calls.list()):
        with pytest.raises(requests.exceptions.ConnectionError):
            ask()
    with socket.create_connection((twilio.raw.base_url.host, twilio.raw.base_url.port or 0)) as line:
        line.sendall(f"GET {twilio.raw.base_url.path}Calls.json HTTP/1.1\r\nHost: twilio\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            line.recv(1)
    assert twilio.state()["calls_placed"] == 0
    plan(twilio)
    assert twilio.dial(ANA).sid


def test_slow_answers(twilio: Twilio) -> None:
    plan(twilio, answer_slow=1, answer_slow_seconds=0.4)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(
            str(twilio.raw.base_url) + "Calls.json", auth=("AC" + "0" * 32, "sandbox"), timeout=(5, 0.1)
        )
    assert twilio.raw.get("/Calls.json").status_code == 200


def test_too_many_requests_at_once(twilio: Twilio) -> None:
    plan(twilio, most_requests_at_once=1, callback_before_answer=1, answer_slow=1, answer_slow_seconds=2)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(
            str(twilio.raw.base_url) + "Calls.json", auth=("AC" + "0" * 32, "sandbox"), timeout=(5, 0.1)
        )
    answer = twilio.raw.get("/Calls.json")
    assert (answer.status_code, answer.json()["code"]) == (429, 20429)


def test_some_requests_are_too_many(twilio: Twilio) -> None:
    plan(twilio, too_many_requests=1)
    answer = twilio.raw.get("/Calls.json")
    assert (answer.status_code, answer.json()["code"]) == (429, 20429)
    assert twilio.state()["faults_struck"]["too_many_requests"] == 1


def test_reads_lag_behind(twilio: Twilio) -> None:
    twilio.script(ANA, "busy", ring_seconds=0)
    plan(twilio, read_lagged=1, read_lag_seconds=86_400)
    call = twilio.dial(ANA)
    wait_for(lambda: twilio.state()["calls"]["busy"] == 1)
    with pytest.raises(TwilioRestException) as missing:
        call.fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)
    assert twilio.client.calls.list(to=ANA) == []
    plan(twilio, read_lagged=1, read_lag_seconds=0)
    assert [str(one.status) for one in (call.fetch(), *twilio.client.calls.list(to=ANA))] == ["busy"] * 2
    plan(twilio)
    assert str(call.fetch().status) == "busy"


def test_what_is_written_does_not_lag_behind(twilio: Twilio) -> None:
    twilio.script(ANA, "human", ring_seconds=86_400)
    plan(twilio, read_lagged=1, read_lag_seconds=86_400)
    assert str(twilio.dial(ANA).update(status="completed").status) in ("completed", "canceled")


def test_a_verdict_after_the_hangup(twilio: Twilio, customer: Customer) -> None:
    plan(twilio, verdict_late=1)
    twilio.script(ANA, "human", ring_seconds=0)
    call = twilio.dial(
        ANA,
        twiml="<Response><Hangup/></Response>",
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=customer.url + "/amd",
    )
    twilio.wait_status(call, "completed")
    assert customer.wait("/amd")[0]["CallSid"] == call.sid


@pytest.mark.parametrize(
    "faults",
    [{"callback_dropped": 2}, {"weather": 1}, {"create_refused_code": 1}, {"most_requests_at_once": 0}],
)
def test_plans_that_make_no_sense_are_refused(twilio: Twilio, faults: dict[str, object]) -> None:
    assert twilio.control.put("/sandbox/faults", json=faults).status_code == 422


def test_a_reset_ends_all_faults(twilio: Twilio) -> None:
    plan(twilio, callback_dropped=1)
    twilio.control.post("/sandbox/reset")
    assert twilio.control.get("/sandbox/faults").json()["callback_dropped"] == 0


def test_a_seed_brings_the_same_faults_back_in_any_order() -> None:
    subjects = [f"+131255501{last:02d}#1:completed" for last in range(100)]

    def hit(seed: int, order: list[str]) -> set[str]:
        faults = Faults(seed)
        faults.plan = FaultPlan(callback_dropped=0.3)
        return {subject for subject in order if faults.hits("callback_dropped", subject)}

    assert hit(7, subjects) == hit(7, subjects[::-1]) != hit(8, subjects)
    assert 15 < len(hit(7, subjects)) < 45
