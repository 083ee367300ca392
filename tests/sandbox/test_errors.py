"""The whole table of errors that a dialer meets: those in the answer to a request, with code, status and
body, and those that only the debugger tells, after Twilio has taken the request."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException

from dialer.sandbox.errors import REFUSALS
from dialer.sandbox.mishaps import MISHAPS
from tests.sandbox.rooms import PATIENT, joined, room_of
from tests.sandbox.servers import OURS, Answer, Customer, Twilio, wait_for

ANA, BEN = "+13125550142", "+13125550143"
CALL = {"To": ANA, "From": OURS, "Twiml": "<Response/>"}

REFUSED_FIELDS: list[tuple[int, dict[str, str]]] = [
    (21201, {"To": ""}),
    (21205, {"Url": "nowhere"}),
    (21206, {"SendDigits": "12x"}),
    (21208, {"Timeout": "0"}),
    (21209, {"Method": "PUT"}),
    (21210, {"From": "+13125550199"}),
    (21211, {"To": "12"}),
    (21212, {"From": "+15005550001"}),
    (21213, {"From": ""}),
    (21214, {"To": "+15005550002"}),
    (21215, {"To": "+15005550003"}),
    (21216, {"To": "+15005550004"}),
    (21217, {"To": "+15005550001"}),
    (21218, {"ApplicationSid": "AP" + "0" * 32}),
    (21234, {"MachineDetection": "Perhaps"}),
    (21609, {"StatusCallback": "ftp://example.com"}),
    (21609, {"StatusCallback": "http://our_host.example.com/"}),
    (32018, {"Twiml": "x" * 4001}),
]
SWITCHED = [10001, 10002, 10004, 20003, 20005, 20429, 20500, 20503, 21202, 21219, 21626, 22005]
STATUSES = {10001: 401, 10004: 403, 20003: 401, 20005: 403, 20429: 429, 20500: 500, 20503: 503, 22005: 429}


def check(answer: httpx.Response, code: int) -> None:
    status = STATUSES.get(code, 400)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body == {
        "code": code,
        "message": body["message"],
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    assert body["message"]


@pytest.mark.parametrize(("code", "fields"), REFUSED_FIELDS)
def test_refused_by_what_is_asked(twilio: Twilio, code: int, fields: dict[str, str]) -> None:
    check(twilio.raw.post("/Calls.json", data=CALL | fields), code)
    assert twilio.state()["calls_placed"] == 0


@pytest.mark.parametrize("code", sorted(REFUSALS))
@pytest.mark.parametrize("by", ["number", "switch"])
def test_refused_by_number_or_by_switch(twilio: Twilio, code: int, by: str) -> None:
    if by == "number":
        twilio.script(ANA, "human", error_code=code)
    else:
        twilio.control.put("/sandbox/faults", json={"create_refused": 1, "create_refused_code": code})
    check(twilio.raw.post("/Calls.json", data=CALL), code)
    check(twilio.raw.post("/Conferences/hall/Participants.json", data={"To": ANA, "From": OURS}), code)
    assert twilio.state()["calls_placed"] == 0
    assert twilio.state()["conferences"] == []


def test_every_code_can_be_had() -> None:
    by_fields = {code for code, _ in REFUSED_FIELDS}
    assert set(SWITCHED) <= set(REFUSALS)
    assert set(REFUSALS) <= by_fields | set(SWITCHED)


def test_refusals_that_need_a_call(twilio: Twilio) -> None:
    twilio.script(ANA, "no_answer")
    call = twilio.dial(ANA, timeout=600)
    check(twilio.raw.post(f"/Calls/{call.sid}.json", data={"Twiml": "<Response/>"}), 21220)
    unfinished = twilio.raw.delete(f"/Calls/{call.sid}.json")
    assert (unfinished.status_code, unfinished.json()["code"]) == (409, 20009)
    missing = twilio.raw.get("/Calls/CA0.json")
    assert (missing.status_code, missing.json()["code"]) == (404, 20404)


Arranged = Callable[[Twilio, Customer], object]


def called(twiml: str, time_limit: int = 14_400, **script: object) -> Arranged:
    """A person's call with this TwiML; BEN is another person."""

    def arrange(twilio: Twilio, customer: Customer) -> None:
        twilio.script(BEN, "human", **PATIENT)
        twilio.script(ANA, "human", **{**PATIENT, **script})
        customer.says("/forbidden", "<Hangup/>")
        text = f"<Response>{twiml.format(customer.url)}</Response>"
        twilio.dial(ANA, twiml=text, time_limit=time_limit)

    return arrange


def fetched(answer: Answer) -> Arranged:
    def arrange(twilio: Twilio, customer: Customer) -> None:
        twilio.script(ANA, "human", **PATIENT)
        customer.answers["/twiml"] = answer
        twilio.dial(ANA, url=customer.url + "/twiml", status_callback=customer.url + "/status")

    return arrange


def asked_at(url: str) -> Arranged:
    def arrange(twilio: Twilio, customer: Customer) -> None:
        twilio.script(ANA, "human", **PATIENT)
        twilio.dial(ANA, url=url)

    return arrange


def without_tls(twilio: Twilio, customer: Customer) -> None:
    asked_at(customer.url.replace("http:", "https:"))(twilio, customer)


def entering(attributes: str, *, hold: bool = False) -> Arranged:
    """A second call, which is not let into the room where an agent is."""

    def arrange(twilio: Twilio, customer: Customer) -> None:
        agent = joined(twilio, customer, "client:eve", participantLabel="agent")
        room_of(twilio).participants("agent").update(hold=hold)
        noun = f"<Conference {attributes.format(agent=agent.sid)}>hall</Conference>"
        call = twilio.dial("client:boss", twiml=f"<Response><Dial>{noun}</Dial></Response>")
        twilio.wait_status(call, "completed")
        assert [one.call_sid for one in room_of(twilio).participants.list()] == [agent.sid]

    return arrange


def crowded(twilio: Twilio, customer: Customer) -> None:
    joined(twilio, customer, "client:eve")
    twilio.control.put("/sandbox/faults", json={"most_participants": 1})
    refused = twilio.client.conferences("hall").participants.create(from_=OURS, to="client:boss")
    wait_for(lambda: twilio.status(refused.call_sid) == "completed")


def into_an_ended_room(twilio: Twilio, customer: Customer) -> None:
    joined(twilio, customer, "client:eve").update(status="completed")
    wait_for(lambda: not twilio.state()["conferences"])
    with pytest.raises(TwilioRestException) as refused:
        room_of(twilio).participants.create(from_=OURS, to=ANA)
    assert refused.value.status == 404


def unheard_status(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "busy", ring_seconds=0)
    customer.answers["/status"] = Answer(status=500)
    twilio.dial(ANA, status_callback=customer.url + "/status")


def participant(**params: Any) -> Arranged:
    def arrange(twilio: Twilio, customer: Customer) -> None:
        twilio.script(ANA, "human", answered_by="human", **PATIENT)
        data = {"To": ANA, "From": OURS, **params}
        assert twilio.raw.post("/Conferences/hall/Participants.json", data=data).status_code == 201

    return arrange


def both_url_and_twiml(twilio: Twilio, customer: Customer) -> None:
    twilio.dial(ANA, url=customer.says("/twiml", "<Hangup/>"), twiml="<Response/>")


DEBUGGER: list[tuple[int, Arranged]] = [
    (11100, called("<Redirect>http://[</Redirect>")),
    (11200, fetched(Answer(status=404))),
    (11205, asked_at("http://127.0.0.1:1/")),
    (11210, asked_at("http://nobody.invalid/")),
    (11220, without_tls),
    (12100, fetched(Answer("<Response>"))),
    (12102, fetched(Answer("<Reply/>"))),
    (12200, called("<Sing/>")),
    (12300, fetched(Answer("{}", content_type="application/json"))),
    (13214, called(f"<Dial callerId='{BEN}'>+13125550144</Dial>")),
    (13223, called("<Dial>12</Dial>")),
    (13224, called("<Dial>+15005550001</Dial>")),
    (13224, called("<Dial>+15005550002</Dial>")),
    (13225, called("<Dial>+15005550004</Dial>")),
    (13227, called("<Dial>+15005550003</Dial>")),
    (13238, called("<Dial><Conference waitUrl='{}/forbidden'>a</Conference></Dial>")),
    (13240, entering("coach='CA1'")),
    (13247, called(f"<Dial callerId='+15005550001'>{BEN}</Dial>")),
    (13256, called(f"<Dial record='true' recordingStatusCallback='ftp://a'>{BEN}</Dial>")),
    (15003, unheard_status),
    (15004, called("<Redirect>/relative</Redirect>")),
    (16020, entering("maxParticipants='1'")),
    (16021, crowded),
    (16022, into_an_ended_room),
    (16023, entering("participantLabel='a/b'")),
    (16025, entering("participantLabel='agent'")),
    (16027, entering("coach='{agent}'", hold=True)),
    (16028, entering(f"coach='CA{'0' * 32}'")),
    (21262, participant(MachineDetection="Enable")),
    (21263, participant(AsyncAmd="true")),
    (32015, called("<Pause length='9000'/>", time_limit=60)),
    (32019, both_url_and_twiml),
    *((code, called("<Pause length='9000'/>", error_code=code)) for code in MISHAPS),
]


@pytest.mark.parametrize(("code", "arrange"), DEBUGGER, ids=lambda value: str(value) * isinstance(value, int))
def test_told_by_the_debugger_alone(twilio: Twilio, customer: Customer, code: int, arrange: Arranged) -> None:
    arrange(twilio, customer)
    wait_for(lambda: code in twilio.codes())
    [note] = [one for one in twilio.control.get("/sandbox/notifications").json() if one["code"] == code]
    assert note["message"]
    assert note["at"]


@pytest.mark.parametrize("code", sorted(MISHAPS))
def test_how_a_call_ends_that_has_gone_wrong(twilio: Twilio, customer: Customer, code: int) -> None:
    twilio.script(ANA, "human", error_code=code, **PATIENT)
    call = twilio.dial(ANA, status_callback=customer.url + "/status")
    [end] = customer.wait("/status")
    sip_code = MISHAPS[code].sip_code
    assert end["CallStatus"] == ("failed" if sip_code else "completed")
    assert end["SipResponseCode"] == str(sip_code or 200)
    [note] = twilio.control.get("/sandbox/notifications").json()
    assert (note["code"], note["call_sid"]) == (code, call.sid)


def test_a_label_in_use_is_refused(twilio: Twilio, customer: Customer) -> None:
    joined(twilio, customer, "client:eve", participantLabel="agent")
    data = {"To": ANA, "From": OURS, "Label": "agent"}
    check(twilio.raw.post("/Conferences/hall/Participants.json", data=data), 16026)
    check(twilio.raw.post("/Conferences/hall/Participants.json", data=data | {"Label": "a/b"}), 16023)


def test_coaching_one_who_is_not_there_is_refused(twilio: Twilio, customer: Customer) -> None:
    boss = joined(twilio, customer, "client:boss")
    url = f"/Conferences/{room_of(twilio).sid}/Participants/{boss.sid}.json"
    check(twilio.raw.post(url, data={"Coaching": "true", "CallSidToCoach": "CA" + "0" * 32}), 16028)


def test_a_number_is_scripted_with_a_code_that_is_known(twilio: Twilio) -> None:
    told = {"behaviour": "human", "error_code": 1}
    assert twilio.control.put(f"/sandbox/numbers/{ANA}", json=told).status_code == 422
