"""TwiML is fetched and obeyed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.sandbox.twiml import Source, TwimlError, parse
from tests.sandbox.servers import OURS, Answer, Customer, Twilio, wait_for

ANA, BEN = "+13125550142", "+13125550143"
PATIENT = {"ring_seconds": 0, "patience_seconds": 6000}


def test_verbs_run_in_order_and_redirect_moves_on(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    url = customer.says("/first/a", "<Pause length='2'/><Redirect method='GET'>b</Redirect><Say>never</Say>")
    customer.says("/first/b", "<Hangup/><Redirect>/never</Redirect>")
    twilio.wait_status(twilio.dial(ANA, url=url), "completed")
    assert [heard.path for heard in customer.heard] == ["/first/a", "/first/b"]
    assert customer.heard[1].method == "GET"


def test_gather_sends_the_keys_a_person_presses(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", digits="9", **PATIENT)
    url = customer.says("/menu", "<Gather numDigits='1' action='/pressed'><Say>Press nine</Say></Gather>")
    customer.says("/pressed", "<Hangup/>")
    twilio.wait_status(twilio.dial(ANA, url=url), "completed")
    [pressed] = customer.at("/pressed")
    assert pressed["Digits"] == "9"


def test_gather_without_keys_goes_on(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    url = customer.says("/menu", "<Gather action='/pressed' timeout='1'/><Redirect>/on</Redirect>")
    customer.says("/on", "<Hangup/>")
    twilio.wait_status(twilio.dial(ANA, url=url), "completed")
    assert (len(customer.at("/on")), len(customer.at("/pressed"))) == (1, 0)


def test_dial_bridges_a_number_and_reports(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", talk_seconds=6000, **PATIENT)
    twilio.script(BEN, "human", talk_seconds=5, **PATIENT)
    url = customer.says(
        "/twiml",
        f"<Dial action='/dialled' callerId='{OURS}'><Number statusCallback='/child' "
        f"statusCallbackEvent='initiated answered completed'>{BEN}</Number></Dial>",
    )
    customer.says("/dialled", "<Hangup/>")
    call = twilio.dial(ANA, url=url)
    twilio.wait_status(call, "completed")
    [dialled] = customer.at("/dialled")
    assert dialled["DialCallStatus"] == "completed"
    assert dialled["DialBridged"] == "true"
    customer.wait("/child", 3)
    assert customer.statuses("/child") == ["initiated", "in-progress", "completed"]
    assert {heard["ParentCallSid"] for heard in customer.at("/child")} == {call.sid}
    [child] = twilio.client.calls.list(parent_call_sid=call.sid)
    assert child.sid == dialled["DialCallSid"]
    assert str(child.direction) == "outbound-dial"


def test_dial_that_nobody_answers_goes_on_with_the_action(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    twilio.script(BEN, "busy", ring_seconds=1)
    url = customer.says("/twiml", f"<Dial action='/dialled'>{BEN}</Dial>")
    customer.says("/dialled", "<Hangup/>")
    twilio.wait_status(twilio.dial(ANA, url=url), "completed")
    [dialled] = customer.at("/dialled")
    assert (dialled["DialCallStatus"], dialled["DialBridged"]) == ("busy", "false")


def test_the_first_to_answer_wins_and_the_others_are_canceled(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", talk_seconds=6000, **PATIENT)
    twilio.script(BEN, "no_answer")
    url = customer.says("/twiml", f"<Dial><Number>{BEN}</Number><Client>eve</Client></Dial>")
    call = twilio.dial(ANA, url=url)
    wait_for(lambda: [one for one in twilio.client.calls.list(to=BEN) if str(one.status) == "canceled"])
    [eve] = twilio.client.calls.list(to="client:eve")
    assert str(eve.status) == "in-progress"
    call.update(status="completed")
    twilio.wait_status(eve, "completed")


def test_a_redirected_parent_drops_its_child(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", talk_seconds=6000, **PATIENT)
    call = twilio.dial(ANA, url=customer.says("/twiml", "<Dial><Client>eve</Client></Dial>"))
    [eve] = wait_for(lambda: twilio.client.calls.list(to="client:eve", status="in-progress"))
    call.update(twiml="<Response><Pause length='600'/></Response>")
    twilio.wait_status(eve, "completed")
    assert twilio.status(call.sid) == "in-progress"


@pytest.mark.parametrize(
    ("dial", "code"),
    [("<Dial>12</Dial>", 13223), (f"<Dial callerId='{BEN}' timeout='soon'>{BEN}</Dial>", 13214)],
)
def test_what_dial_refuses(twilio: Twilio, customer: Customer, dial: str, code: int) -> None:
    twilio.script(ANA, "human", **PATIENT)
    twilio.wait_status(twilio.dial(ANA, url=customer.says("/twiml", dial)), "completed")
    assert twilio.codes() == [code]
    assert twilio.state()["calls_placed"] == 1


def test_one_who_waits_in_a_loop_loses_patience(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", ring_seconds=0, patience_seconds=300)
    url = customer.says("/wait", "<Pause length='5'/><Redirect>/wait</Redirect>")
    call = twilio.dial(ANA, url=url)
    twilio.wait_status(call, "completed")
    assert len(customer.at("/wait")) > 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(status=500), 11200),
        (Answer("<Response>"), 12100),
        (Answer("<Reply/>"), 12102),
        (Answer("{}", content_type="application/json"), 12300),
    ],
)
def test_bad_documents_go_to_the_fallback(
    twilio: Twilio, customer: Customer, answer: Answer, code: int
) -> None:
    twilio.script(ANA, "human", **PATIENT)
    customer.answers["/twiml"] = answer
    fallback = customer.says("/fallback", "<Hangup/>")
    call = twilio.dial(ANA, url=customer.url + "/twiml", fallback_url=fallback, fallback_method="GET")
    twilio.wait_status(call, "completed")
    [heard] = customer.at("/fallback")
    assert (heard.method, heard["ErrorCode"]) == ("GET", str(code))
    assert twilio.codes() == [code]


def test_without_a_fallback_the_call_ends(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    call = twilio.dial(ANA, url="http://127.0.0.1:1/nobody")
    twilio.wait_status(call, "completed")
    assert twilio.codes() == [11205]


def test_an_unknown_verb_is_skipped_with_a_warning(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    url = customer.says("/twiml", "<say>lower case</say><Redirect>/on</Redirect>")
    customer.says("/on", "<Hangup/>")
    twilio.wait_status(twilio.dial(ANA, url=url), "completed")
    assert twilio.codes() == [12200]
    assert customer.at("/on")


@given(st.one_of(st.text(), st.text().map(lambda text: f"<Response>{text}</Response>")))
def test_whatever_comes_is_a_document_or_a_fault(text: str) -> None:
    assert fault_of(text) in (None, 12100, 12102)


def fault_of(text: str) -> int | None:
    try:
        parse(text, Source())
    except TwimlError as error:
        return error.code
    return None


def test_inline_twiml_has_no_relative_urls(twilio: Twilio) -> None:
    twilio.script(ANA, "human", **PATIENT)
    call = twilio.dial(ANA, twiml="<Response><Redirect>/on</Redirect></Response>")
    twilio.wait_status(call, "completed")
    assert twilio.codes() == [15004]
