"""The life of a call, as the real twilio library and the status callbacks tell it."""

import re
from datetime import UTC, datetime

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.servers import Customer, Twilio, running_sandbox, wait_for

ANA = "+13125550142"
ALL = ["initiated", "ringing", "answered", "completed"]


def test_a_call_is_created_queued(twilio: Twilio) -> None:
    call = twilio.dial(ANA)
    assert str(call.status) == "queued"
    assert re.fullmatch(r"CA[0-9a-f]{32}", call.sid or "")
    assert (call.to, call.direction, call.queue_time) == (ANA, "outbound-api", "0")
    assert call.start_time is None
    assert call.end_time is None
    assert (call.duration, call.price) == (None, None)
    assert call.to_formatted == "(312) 555-0142"


def test_a_person_answers_hears_the_message_and_the_call_completes(
    twilio: Twilio, customer: Customer
) -> None:
    twilio.script(ANA, "human", ring_seconds=5, patience_seconds=600)
    url = customer.says("/twiml", "<Say>one two three four five</Say>")
    call = twilio.dial(ANA, url=url, status_callback=customer.url + "/status", status_callback_event=ALL)
    twilio.wait_status(call, "completed")
    customer.wait("/status", 4)
    assert customer.statuses() == ["initiated", "ringing", "in-progress", "completed"]
    assert [
        heard["SequenceNumber"] for heard in sorted(customer.at("/status"), key=lambda h: h["SequenceNumber"])
    ] == list("0123")
    [last] = customer.at("/status", CallStatus="completed")
    assert last["CallbackSource"] == "call-progress-events"
    assert last["CallSid"] == call.sid
    assert last["SipResponseCode"] == "200"
    assert int(last["CallDuration"]) >= 1
    assert last["Duration"] == "1"
    assert last["ToCity"] == ""
    assert datetime.strptime(last["Timestamp"], "%a, %d %b %Y %H:%M:%S %z").tzinfo == UTC
    [asked] = customer.at("/twiml")
    assert (asked["CallStatus"], asked["To"], asked["Direction"]) == ("in-progress", ANA, "outbound-api")


def test_only_the_end_is_told_unless_more_is_asked(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "busy", ring_seconds=1)
    twilio.dial(ANA, status_callback=customer.url + "/status")
    [last] = customer.wait("/status")
    assert (last["CallStatus"], last["SequenceNumber"], last["SipResponseCode"]) == ("busy", "0", "486")
    assert last["CallDuration"] == "0"


@pytest.mark.parametrize(
    ("behaviour", "told", "status", "sip_code"),
    [
        ("busy", {"ring_seconds": 1}, "busy", 486),
        ("reject", {"ring_seconds": 1}, "busy", 603),
        ("failed", {}, "failed", 404),
        ("failed", {"sip_code": 503}, "failed", 503),
        ("no_answer", {}, "no-answer", 487),
        ("human", {"ring_seconds": 30}, "no-answer", 487),
    ],
)
def test_calls_that_nobody_answers(
    twilio: Twilio, behaviour: str, told: dict[str, object], status: str, sip_code: int
) -> None:
    twilio.script(ANA, behaviour, **told)
    call = twilio.dial(ANA, timeout=20)
    twilio.wait_status(call, status)
    [account] = twilio.control.get("/sandbox/calls", params={"to": ANA}).json()
    assert account["sip_code"] == sip_code
    assert account["answered_at"] is None
    assert call.fetch().duration == "0"


def test_a_cancel_while_queued_is_silent(customer: Customer) -> None:
    with running_sandbox(cps=0.001) as twilio:
        twilio.dial(ANA)
        call = twilio.dial(ANA, status_callback=customer.url + "/status", status_callback_event=ALL)
        assert int(call.queue_time or 0) > 900_000
        assert str(call.update(status="canceled").status) == "canceled"
        assert twilio.status(call.sid) == "canceled"
        assert twilio.state()["webhooks_sent"] == 0
    assert customer.heard == []


def test_a_cancel_while_ringing_is_told(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "no_answer")
    call = twilio.dial(ANA, timeout=600, status_callback=customer.url + "/status")
    twilio.wait_status(call, "ringing")
    call.update(status="canceled")
    [last] = customer.wait("/status")
    assert (last["CallStatus"], last["SipResponseCode"]) == ("canceled", "487")


def test_a_call_in_progress_is_not_canceled_but_completed(twilio: Twilio) -> None:
    twilio.script(ANA, "human", ring_seconds=1, patience_seconds=6000)
    call = twilio.dial(ANA)
    twilio.wait_status(call, "in-progress")
    assert str(call.update(status="canceled").status) == "in-progress"
    assert str(call.update(status="completed").status) == "completed"


def test_redirect_of_a_call_in_progress(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", ring_seconds=1, patience_seconds=6000)
    call = twilio.dial(ANA)
    twilio.wait_status(call, "in-progress")
    call.update(url=customer.says("/next", "<Hangup/>"), method="GET")
    twilio.wait_status(call, "completed")
    [asked] = customer.at("/next")
    assert (asked.method, asked["CallSid"]) == ("GET", call.sid)


@pytest.mark.parametrize("behaviour", ["no_answer", "busy"])
def test_redirect_of_a_call_not_in_progress_is_refused(twilio: Twilio, behaviour: str) -> None:
    twilio.script(ANA, behaviour, ring_seconds=0)
    call = twilio.dial(ANA, timeout=600)
    twilio.wait_status(call, "ringing" if behaviour == "no_answer" else "busy")
    with pytest.raises(TwilioRestException) as refused:
        call.update(twiml="<Response/>")
    assert (refused.value.status, refused.value.code) == (400, 21220)


def test_calls_beyond_the_rate_wait_in_the_queue() -> None:
    with running_sandbox(cps=0.01, speed=1) as twilio:
        waits = [int(twilio.dial(ANA).queue_time or 0) for _ in range(4)]
        assert waits == [0] + [pytest.approx(n * 100_000, abs=30_000) for n in (1, 2, 3)]
        assert "queued" in {str(call.status) for call in twilio.client.calls.list()}


def test_the_time_limit_ends_a_call(twilio: Twilio) -> None:
    twilio.script(ANA, "human", ring_seconds=1, patience_seconds=6000)
    call = twilio.dial(ANA, time_limit=60)
    twilio.wait_status(call, "completed")
    assert int(call.fetch().duration or 0) >= 60


def test_the_price_comes_later(twilio: Twilio) -> None:
    twilio.script(ANA, "human", ring_seconds=1)
    call = twilio.dial(ANA, twiml="<Response><Hangup/></Response>")
    twilio.wait_status(call, "completed")
    assert wait_for(lambda: call.fetch().price) == "-0.01400"
    assert call.fetch().price_unit == "USD"


def test_a_person_whose_patience_is_over_hangs_up(twilio: Twilio) -> None:
    twilio.script(ANA, "human", ring_seconds=1, patience_seconds=5)
    twilio.wait_status(twilio.dial(ANA), "completed")


def test_an_agents_browser_answers_at_once_and_stays(twilio: Twilio) -> None:
    call = twilio.dial("client:ana?shift=1")
    twilio.wait_status(call, "in-progress")
    twilio.control.put("/sandbox/clients/ana", json={"drop": True})
    assert twilio.status(call.sid) == "completed"


def test_a_browser_that_is_not_registered_does_not_answer(twilio: Twilio) -> None:
    twilio.control.put("/sandbox/clients/ana", json={"registered": False})
    call = twilio.dial("client:ana")
    twilio.wait_status(call, "no-answer")
    assert twilio.control.get("/sandbox/calls").json()[0]["sip_code"] == 480
    twilio.control.put("/sandbox/clients/ana", json={"registered": True})
    twilio.wait_status(twilio.dial("client:ana"), "in-progress")


def test_an_ended_call_can_be_deleted(twilio: Twilio) -> None:
    twilio.script(ANA, "busy", ring_seconds=0)
    call = twilio.dial(ANA)
    twilio.wait_status(call, "busy")
    assert call.delete()
    assert twilio.client.calls.list(to=ANA) == []
    twilio.script(ANA, "no_answer")
    with pytest.raises(TwilioRestException) as refused:
        twilio.dial(ANA, timeout=600).delete()
    assert refused.value.code == 20009
