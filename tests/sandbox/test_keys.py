"""Keys: those a person presses, and those that are sent down the line."""

import pytest

from tests.sandbox.rooms import PATIENT
from tests.sandbox.servers import OURS, Customer, Twilio, wait_for

ANA, BEN = "+13125550142", "+13125550143"


def gathering(twilio: Twilio, customer: Customer, menu: str) -> str:
    """A call that waits for keys."""
    twilio.script(ANA, "human", **PATIENT)
    customer.says("/pressed", "<Hangup/>")
    customer.says("/nothing", "<Hangup/>")
    url = customer.says("/menu", menu + "<Redirect>/nothing</Redirect>")
    sid = twilio.dial(ANA, url=url).sid or ""
    wait_for(lambda: twilio.account(sid)["gathering"])
    return sid


def press(twilio: Twilio, sid: str, digits: str) -> int:
    return twilio.control.post(f"/sandbox/calls/{sid}/digits", json={"digits": digits}).status_code


def test_a_key_breaks_off_the_prompt(twilio: Twilio, customer: Customer) -> None:
    sid = gathering(
        twilio, customer, "<Gather action='/pressed' numDigits='1'><Pause length='9000'/></Gather>"
    )
    assert press(twilio, sid, "9") == 200
    [heard] = customer.wait("/pressed")
    assert (heard["Digits"], heard["CallSid"]) == ("9", sid)


def test_keys_are_gathered_until_there_are_enough(twilio: Twilio, customer: Customer) -> None:
    sid = gathering(twilio, customer, "<Gather action='/pressed' numDigits='3' timeout='9000'/>")
    press(twilio, sid, "1")
    press(twilio, sid, "23")
    assert customer.wait("/pressed")[0]["Digits"] == "123"


@pytest.mark.parametrize(
    ("finish", "keys", "gathered"), [("", "12#", "12"), ("finishOnKey='*'", "1#*", "1#")]
)
def test_the_last_key_is_not_gathered(
    twilio: Twilio, customer: Customer, finish: str, keys: str, gathered: str
) -> None:
    sid = gathering(twilio, customer, f"<Gather action='/pressed' timeout='9000' {finish}/>")
    press(twilio, sid, keys)
    assert customer.wait("/pressed")[0]["Digits"] == gathered


def test_gathering_ends_when_no_more_keys_come(twilio: Twilio, customer: Customer) -> None:
    sid = gathering(twilio, customer, "<Gather action='/pressed' timeout='200'/>")
    press(twilio, sid, "4")
    assert customer.wait("/pressed")[0]["Digits"] == "4"


def test_nothing_but_the_last_key_is_nothing(twilio: Twilio, customer: Customer) -> None:
    sid = gathering(twilio, customer, "<Gather action='/pressed' timeout='9000'/>")
    press(twilio, sid, "#")
    customer.wait("/nothing")
    assert customer.at("/pressed") == []


def test_keys_that_nobody_gathers_are_lost(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    call = twilio.dial(ANA)
    twilio.wait_status(call, "in-progress")
    assert press(twilio, call.sid or "", "9") == 200
    assert press(twilio, call.sid or "", "nine") == 422
    call.update(status="completed")
    assert press(twilio, call.sid or "", "9") == 409
    assert press(twilio, "CA0", "9") == 404


def test_a_redirected_gather_hears_no_more(twilio: Twilio, customer: Customer) -> None:
    sid = gathering(twilio, customer, "<Gather action='/pressed' timeout='9000'/>")
    twilio.client.calls(sid).update(twiml="<Response><Pause length='9000'/></Response>")
    wait_for(lambda: not twilio.account(sid)["gathering"])
    press(twilio, sid, "9")
    assert twilio.status(sid) == "in-progress"
    assert customer.at("/pressed") == []


def test_keys_are_sent_before_the_twiml_and_by_it(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    url = customer.says("/twiml", "<Play digits='wW9*'/><Redirect>/on</Redirect>")
    customer.says("/on", "<Pause length='9000'/>")
    call = twilio.dial(ANA, url=url, send_digits="W1w2#")
    customer.wait("/twiml")
    assert twilio.account(call.sid)["digits_heard"][:3] == "12#"
    customer.wait("/on")
    assert twilio.account(call.sid)["digits_heard"] == "12#9*"


def test_dial_sends_keys_to_the_one_it_dials(twilio: Twilio) -> None:
    for number in (ANA, BEN):
        twilio.script(number, "human", **PATIENT)
    dial = f"<Dial callerId='{OURS}'><Number sendDigits='ww55'>{BEN}</Number></Dial>"
    call = twilio.dial(ANA, twiml=f"<Response>{dial}</Response>")
    [child] = wait_for(lambda: twilio.client.calls.list(to=BEN))
    wait_for(lambda: twilio.account(child.sid)["digits_heard"] == "55")
    assert twilio.account(call.sid)["digits_heard"] == ""
