"""Enqueue, Leave and Dial's Queue: how a call waits, is taken out, or goes."""

import pytest
from twilio.rest.api.v2010.account.call import CallInstance

from tests.sandbox.rooms import PATIENT
from tests.sandbox.servers import Customer, Twilio, wait_for
from tests.sandbox.test_webhooks import is_signed

ANA, BEN = "+13125550142", "+13125550143"
DIAL = "<Response><Dial action='{}'><Queue{}>support</Queue></Dial></Response>"


def waiting(twilio: Twilio, customer: Customer, number: str = ANA, music: str = "<Pause/>") -> CallInstance:
    """A call in the queue, which has heard its place."""
    twilio.script(number, "human", **PATIENT)
    customer.says("/music", music)
    customer.says("/left", "<Pause length='6000'/>")
    customer.says("/after", "<Pause length='6000'/>")
    enqueue = "<Enqueue waitUrl='/music' action='/left'>support</Enqueue><Redirect>/after</Redirect>"
    call = twilio.dial(number, url=customer.says("/enqueue", enqueue))
    customer.wait("/music", CallSid=call.sid or "")
    return call


def agent(twilio: Twilio, customer: Customer, attributes: str = "") -> CallInstance:
    twilio.control.put("/sandbox/clients/eve", json={"answer_seconds": 0})
    return twilio.dial("client:eve", twiml=DIAL.format(customer.url + "/dialled", attributes))


def test_those_who_wait_are_told_their_place(twilio: Twilio, customer: Customer) -> None:
    first, second = waiting(twilio, customer), waiting(twilio, customer, BEN)
    asked = customer.wait("/music", 2, CallSid=second.sid or "")
    assert is_signed(asked[0], twilio)
    assert (asked[0]["QueuePosition"], asked[0]["CurrentQueueSize"], asked[0]["AvgQueueTime"]) == (
        "2",
        "2",
        "0",
    )
    assert asked[0]["QueueSid"].startswith("QU")
    assert int(asked[1]["QueueTime"]) >= 1
    first.update(status="completed")
    wait_for(lambda: customer.at("/music", CallSid=second.sid or "")[-1]["QueuePosition"] == "1")


def test_an_agent_takes_the_longest_waiting(twilio: Twilio, customer: Customer) -> None:
    first, second = waiting(twilio, customer), waiting(twilio, customer, BEN)
    customer.says("/whisper", "<Play digits='1'/>")
    call = agent(twilio, customer, f" url='{customer.url}/whisper'")
    wait_for(lambda: twilio.account(first.sid)["bridged"] and twilio.account(call.sid)["bridged"])
    [whispered] = customer.at("/whisper")
    assert (whispered["CallSid"], whispered["DequeueingCallSid"]) == (first.sid, call.sid)
    assert twilio.account(first.sid)["digits_heard"] == "1"
    assert not twilio.account(second.sid)["bridged"]
    call.update(status="completed")
    [left] = customer.wait("/left")
    assert (left["CallSid"], left["QueueResult"], left["CallStatus"]) == (first.sid, "bridged", "in-progress")
    assert not twilio.account(first.sid)["bridged"]


def test_the_agents_call_goes_on_when_the_person_leaves(twilio: Twilio, customer: Customer) -> None:
    customer.says("/dialled", "<Pause length='6000'/>")
    person = waiting(twilio, customer)
    call = agent(twilio, customer)
    wait_for(lambda: twilio.account(person.sid)["bridged"])
    person.update(status="completed")
    [dialled] = customer.wait("/dialled")
    assert (dialled["CallSid"], dialled["DialCallSid"]) == (call.sid, person.sid)
    assert (dialled["DialCallStatus"], dialled["DialBridged"]) == ("answered", "true")
    [left] = customer.wait("/left")
    assert (left["QueueResult"], left["CallStatus"]) == ("bridged", "completed")


def test_an_agent_waits_for_the_next_to_come(twilio: Twilio, customer: Customer) -> None:
    first = waiting(twilio, customer)
    first.update(status="completed")
    [left] = customer.wait("/left")
    assert left["QueueResult"] == "hangup"
    twiml = DIAL.format(customer.url + "/dialled", "").replace("<Dial", "<Dial timeout='6000'")
    call = twilio.dial("client:eve", twiml=twiml)
    twilio.wait_status(call, "in-progress")
    twilio.script(BEN, "human", **PATIENT)
    second = twilio.dial(BEN, url=customer.url + "/enqueue")
    wait_for(lambda: twilio.account(second.sid)["bridged"])
    second.update(twiml="<Response><Pause length='6000'/></Response>")
    [left] = customer.wait("/left", CallSid=second.sid or "")
    assert left["QueueResult"] == "redirected-from-bridged"
    assert twilio.status(second.sid) == "in-progress"


@pytest.mark.parametrize("exists", [True, False])
def test_an_agent_whom_nobody_waits_for(twilio: Twilio, customer: Customer, exists: bool) -> None:
    if exists:
        waiting(twilio, customer).update(status="completed")
        customer.wait("/left")
    agent(twilio, customer)
    [dialled] = customer.wait("/dialled")
    status = "no-answer" if exists else "failed"
    assert (dialled["DialCallStatus"], dialled["DialBridged"]) == (status, "false")


@pytest.mark.parametrize(
    ("music", "result"),
    [
        ("<Leave/>", "leave"),
        ("<Gather numDigits='1' action='/keys' timeout='6000'/>", "leave"),
        ("<Response>", "error"),
    ],
)
def test_ways_out_of_the_queue(twilio: Twilio, customer: Customer, music: str, result: str) -> None:
    customer.says("/keys", "<Leave/>")
    person = waiting(twilio, customer, music=music)
    if "Gather" in music:
        wait_for(lambda: twilio.account(person.sid)["gathering"])
        twilio.control.post(f"/sandbox/calls/{person.sid}/digits", json={"digits": "1"})
    [left] = customer.wait("/left")
    assert (left["QueueResult"], left["CallSid"]) == (result, person.sid)
    assert twilio.status(person.sid) == "in-progress"


def test_a_hangup_while_waiting_ends_the_call(twilio: Twilio, customer: Customer) -> None:
    person = waiting(twilio, customer, music="<Hangup/>")
    twilio.wait_status(person, "completed")
    [left] = customer.wait("/left")
    assert (left["QueueResult"], left["CallStatus"]) == ("hangup", "completed")


def test_a_redirected_call_is_out_of_the_queue(twilio: Twilio, customer: Customer) -> None:
    person = waiting(twilio, customer, music="<Pause length='6000'/>")
    person.update(twiml="<Response><Pause length='6000'/></Response>")
    [left] = customer.wait("/left")
    assert left["QueueResult"] == "redirected"
    other = waiting(twilio, customer, BEN)
    assert customer.at("/music", CallSid=other.sid or "")[0]["QueuePosition"] == "1"


def test_dial_has_no_place_in_the_music(twilio: Twilio, customer: Customer) -> None:
    waiting(twilio, customer, music="<Dial>+13125550144</Dial><Leave/>")
    customer.wait("/left")
    assert twilio.codes() == [12200]
    assert twilio.state()["calls_placed"] == 1
