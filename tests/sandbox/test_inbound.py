"""Calls to our numbers, and calls that agents' browsers make through a TwiML app."""

import pytest

from tests.sandbox.servers import OURS, Customer, Twilio, wait_for

ANA = "+13125550142"


def point(twilio: Twilio, voice_url: str, **params: str) -> None:
    [number] = twilio.client.incoming_phone_numbers.list(phone_number=OURS)
    assert number.update(voice_url=voice_url, **params).voice_url == voice_url


def call_in(twilio: Twilio, **told: object) -> str:
    answer = twilio.control.post("/sandbox/inbound", json={"from": ANA, "to": OURS, **told})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


def test_a_person_calls_one_of_our_numbers(twilio: Twilio, customer: Customer) -> None:
    url = customer.says("/voice", "<Gather numDigits='1' action='/pressed'/>")
    customer.says("/pressed", "<Hangup/>")
    point(twilio, url, status_callback=customer.url + "/status")
    sid = call_in(twilio, digits="1")
    wait_for(lambda: twilio.status(sid) == "completed")
    [asked] = customer.at("/voice")
    assert (asked["From"], asked["To"], asked["Direction"]) == (ANA, OURS, "inbound")
    assert (asked["CallStatus"], asked["StirVerstat"]) == ("ringing", "TN-Validation-Passed-A")
    assert customer.at("/pressed")[0]["Digits"] == "1"
    [last] = customer.wait("/status")
    assert (last["CallStatus"], last["Direction"]) == ("completed", "inbound")
    assert str(twilio.client.calls(sid).fetch().direction) == "inbound"


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_call_is_rejected_before_it_is_answered(
    twilio: Twilio, customer: Customer, reason: str, status: str
) -> None:
    point(twilio, customer.says("/voice", f"<Reject reason='{reason}'/>"))
    sid = call_in(twilio)
    wait_for(lambda: twilio.status(sid) == status)
    assert twilio.client.calls(sid).fetch().duration == "0"


def test_the_fallback_of_a_number(twilio: Twilio, customer: Customer) -> None:
    fallback = customer.says("/fallback", "<Hangup/>")
    point(twilio, "http://127.0.0.1:1/voice", voice_fallback_url=fallback)
    sid = call_in(twilio)
    wait_for(lambda: twilio.status(sid) == "completed")
    assert customer.at("/fallback")[0]["ErrorCode"] == "11205"


def test_calls_to_nobody_are_refused(twilio: Twilio) -> None:
    for body in ({"from": ANA, "to": OURS}, {"from": ANA, "to": ANA}, {"from": "12", "to": OURS}):
        assert twilio.control.post("/sandbox/inbound", json=body).status_code == 422


def test_a_browser_calls_through_a_twiml_app(twilio: Twilio, customer: Customer) -> None:
    callback = f"statusCallback='{customer.url}/room' statusCallbackEvent='join'"
    url = customer.says("/app", f"<Dial><Conference {callback}>hall</Conference></Dial>")
    answer = twilio.control.post(
        "/sandbox/clients/eve/connect", json={"url": url, "params": {"session": "7", "To": "room"}}
    )
    sid = answer.json()["sid"]
    assert customer.wait("/room")[0]["CallSid"] == sid
    [asked] = customer.at("/app")
    assert (asked["From"], asked["session"], asked["To"]) == ("client:eve", "7", "room")
    twilio.control.put("/sandbox/clients/eve", json={"drop": True})
    assert twilio.status(sid) == "completed"
    assert twilio.control.post("/sandbox/clients/eve/connect", json={"url": "app"}).status_code == 422
