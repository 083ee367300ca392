"""Answering machine detection: before the TwiML, beside it, and all seven verdicts."""

import pytest

from dialer.sandbox.detection import Detection, Verdict, verdict_on
from dialer.sandbox.people import VERDICTS, Behaviour, Person
from tests.sandbox.servers import OURS, Customer, Twilio

ANA = "+13125550142"
HUMAN = Person(Behaviour.HUMAN)
MACHINE = Person(Behaviour.MACHINE, greeting_seconds=10)
START, END = Detection(message_end=False), Detection(message_end=True)


@pytest.mark.parametrize(
    ("person", "detection", "verdict"),
    [
        (HUMAN, START, Verdict("human", 2.2)),
        (HUMAN, END, Verdict("human", 2.2)),
        (HUMAN, Detection(message_end=False, timeout=2), Verdict("unknown", 2)),
        (MACHINE, START, Verdict("machine_start", 2.9)),
        (MACHINE, END, Verdict("machine_end_beep", 12.4)),
        (MACHINE, Detection(message_end=True, timeout=10), Verdict("machine_end_other", 10)),
        (Person(Behaviour.MACHINE, greeting_share=0.8), END, Verdict("machine_end_silence", 2.4)),
        (Person(Behaviour.MACHINE, greeting_share=0.95), END, Verdict("machine_end_other", 2.4)),
        (Person(Behaviour.HUMAN, answered_by="fax"), START, Verdict("fax", 2.2)),
        (Person(Behaviour.HUMAN, answered_by="unknown"), START, Verdict("unknown", 5)),
        (Person(Behaviour.HUMAN, detection_share=0.99), START, Verdict("unknown", 5)),
        (Person(Behaviour.HUMAN, detection_share=0.95), START, Verdict("machine_start", 2.9)),
    ],
)
def test_verdicts(person: Person, detection: Detection, verdict: Verdict) -> None:
    assert verdict_on(person, detection) == verdict


def test_verdicts_of_each_kind_add_up() -> None:
    assert {kind: sum(shares.values()) for kind, shares in VERDICTS.items()} == {
        "human": pytest.approx(1),
        "machine": pytest.approx(1),
    }


@pytest.mark.parametrize("answered_by", ["human", "machine_start", "fax", "unknown"])
def test_a_sync_verdict_comes_with_the_request_for_twiml(
    twilio: Twilio, customer: Customer, answered_by: str
) -> None:
    twilio.script(ANA, "human", ring_seconds=0, patience_seconds=600, answered_by=answered_by)
    url = customer.says("/twiml", "<Hangup/>")
    call = twilio.dial(ANA, url=url, machine_detection="Enable")
    twilio.wait_status(call, "completed")
    [asked] = customer.at("/twiml")
    assert asked["AnsweredBy"] == answered_by
    assert call.fetch().answered_by == answered_by


def test_an_async_verdict_comes_later_to_a_callback_of_its_own(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "machine", ring_seconds=0, greeting_seconds=12, answered_by="machine_end_beep")
    call = twilio.dial(
        ANA,
        url=customer.says("/twiml", "<Pause length='600'/>"),
        machine_detection="DetectMessageEnd",
        async_amd="true",
        async_amd_status_callback=customer.url + "/amd",
    )
    [verdict] = customer.wait("/amd")
    [asked] = customer.at("/twiml")
    assert asked.get("AnsweredBy") is None
    assert verdict["CallSid"] == call.sid
    assert verdict["AnsweredBy"] == "machine_end_beep"
    assert verdict["MachineDetectionDuration"] == "14400"
    assert call.fetch().answered_by == "machine_end_beep"


def test_no_verdict_comes_once_the_call_is_over(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "machine", ring_seconds=0, greeting_seconds=5, answered_by="machine_end_beep")
    call = twilio.dial(
        ANA,
        twiml="<Response><Hangup/></Response>",
        machine_detection="DetectMessageEnd",
        async_amd="true",
        async_amd_status_callback=customer.url + "/amd",
    )
    twilio.wait_status(call, "completed")
    twilio.script("+13125550143", "machine", ring_seconds=10, answered_by="machine_start")
    twilio.dial(
        "+13125550143",
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=customer.url + "/later",
    )
    customer.wait("/later")
    assert customer.at("/amd") == []


def test_participants_and_dialled_numbers_are_detected_beside(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "machine", ring_seconds=0, answered_by="machine_start")
    twilio.client.conferences("hall").participants.create(
        from_=OURS, to=ANA, machine_detection="Enable", amd_status_callback=customer.url + "/amd"
    )
    number = f"<Number machineDetection='Enable' amdStatusCallback='{customer.url}/child'>{ANA}</Number>"
    twilio.dial("client:eve", twiml=f"<Response><Dial>{number}</Dial></Response>")
    assert customer.wait("/amd")[0]["AnsweredBy"] == "machine_start"
    assert customer.wait("/child")[0]["AnsweredBy"] == "machine_start"


@pytest.mark.parametrize(
    "fields",
    [
        {"MachineDetection": "Maybe"},
        {"AsyncAmd": "True"},
        {"MachineDetectionTimeout": "60"},
        {"MachineDetectionSpeechThreshold": "999"},
        {"MachineDetectionSpeechEndThreshold": "5001"},
        {"MachineDetectionSilenceTimeout": "x"},
    ],
)
def test_values_out_of_range_are_refused(twilio: Twilio, fields: dict[str, str]) -> None:
    base = {"To": ANA, "From": OURS, "Twiml": "<Response/>", "MachineDetection": "Enable"}
    assert twilio.raw.post("/Calls.json", data=base | fields).json()["code"] == 21234


def test_keys_to_send_switch_detection_off(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", ring_seconds=0)
    url = customer.says("/twiml", "<Hangup/>")
    twilio.dial(ANA, url=url, machine_detection="Enable", send_digits="1")
    [asked] = customer.wait("/twiml")
    assert asked.get("AnsweredBy") is None
