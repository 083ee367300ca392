"""REST manners: who may ask, what is refused and how, and how lists are walked."""

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.servers import OURS, Twilio, running_sandbox

ANA = "+13125550142"
TWIML = "<Response/>"


def test_another_token_is_refused(twilio: Twilio) -> None:
    for auth in (("AC" + "0" * 32, "wrong"), None):
        answer = twilio.control.get("/2010-04-01/Accounts/AC" + "0" * 32 + "/Calls.json", auth=auth)
        assert answer.status_code == 401
        assert answer.json()["code"] == 20003
        assert answer.json()["message"] == "Authenticate"


def test_an_api_key_opens_the_door(twilio: Twilio) -> None:
    path = "/2010-04-01/Accounts/AC" + "0" * 32 + "/Calls.json"
    answers = [
        twilio.control.get(path, auth=auth)
        for auth in (("SK" + "0" * 32, "sandbox"), ("SK" + "0" * 32, "wrong"), ("SK" + "1" * 32, "sandbox"))
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 401]
    assert answers[1].json()["code"] == 20003


def test_what_is_not_there_is_404(twilio: Twilio) -> None:
    with pytest.raises(TwilioRestException) as missing:
        twilio.client.calls("CA" + "1" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)
    assert twilio.raw.get("/Nothing.json").json()["code"] == 20404
    assert twilio.raw.put("/Calls.json").json() == {
        "code": 20004,
        "message": "Method not allowed",
        "more_info": "https://www.twilio.com/docs/errors/20004",
        "status": 405,
    }


def test_every_answer_has_twilios_headers(twilio: Twilio) -> None:
    headers = twilio.raw.get("/Calls.json").headers
    assert headers["Twilio-Request-Id"].startswith("RQ")
    assert headers["Twilio-Concurrent-Requests"] == "1"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": ""}, 21201),
        ({"To": "12"}, 21211),
        ({"To": "+1312555014"}, 21211),
        ({"To": OURS}, 21211),
        ({"To": "+15005550001"}, 21217),
        ({"To": "+15005550002"}, 21214),
        ({"To": "+15005550003"}, 21215),
        ({"To": "+15005550004"}, 21216),
        ({"From": ""}, 21213),
        ({"From": "+15005550001"}, 21212),
        ({"From": "+13125550199"}, 21210),
        ({"From": "Acme"}, 21212),
        ({"Twiml": ""}, 21205),
        ({"Url": "example.com/twiml"}, 21205),
        ({"Twiml": "x" * 4001}, 32018),
        ({"ApplicationSid": "AP" + "0" * 32}, 21218),
        ({"Method": "PUT"}, 21209),
        ({"Timeout": "0"}, 21208),
        ({"SendDigits": "12x"}, 21206),
        ({"StatusCallback": "ftp://example.com"}, 21609),
        ({"TimeLimit": "soon"}, 20001),
    ],
)
def test_refusals_of_a_create(twilio: Twilio, fields: dict[str, str], code: int) -> None:
    answer = twilio.raw.post("/Calls.json", data={"To": ANA, "From": OURS, "Twiml": TWIML} | fields)
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (400, 400, code)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert twilio.state()["calls_placed"] == 0


def test_unknown_fields_and_american_spelling_are_accepted(twilio: Twilio) -> None:
    fields = {"To": "(312) 555-0142", "From": OURS, "Twiml": TWIML, "RecordingConfigurationId": "x"}
    answer = twilio.raw.post("/Calls.json", data=fields)
    assert (answer.status_code, answer.json()["to"]) == (201, ANA)


def test_events_in_one_field_are_not_understood(twilio: Twilio) -> None:
    twilio.dial(ANA, status_callback="http://127.0.0.1:1/", status_callback_event=["ringing answered"])
    assert twilio.codes() == [21626]


def test_lists_are_walked_page_by_page(twilio: Twilio) -> None:
    placed = [twilio.dial(ANA, timeout=600).sid for _ in range(7)]
    assert [call.sid for call in twilio.client.calls.list(page_size=3)] == placed[::-1]
    assert [call.sid for call in twilio.client.calls.list(limit=2)] == placed[:-3:-1]
    first = twilio.raw.get("/Calls.json", params={"PageSize": 3}).json()
    assert (first["page"], first["page_size"], first["start"], first["end"]) == (0, 3, 0, 2)
    assert first["previous_page_uri"] is None
    twilio.dial(ANA, timeout=600)
    second = twilio.control.get(first["next_page_uri"], auth=twilio.raw.auth).json()
    assert [call["sid"] for call in second["calls"]] == placed[3:0:-1]
    back = twilio.control.get(second["previous_page_uri"], auth=twilio.raw.auth).json()
    assert [call["sid"] for call in back["calls"]] == [call["sid"] for call in first["calls"]]
    last = twilio.control.get(second["next_page_uri"], auth=twilio.raw.auth).json()
    assert ([call["sid"] for call in last["calls"]], last["next_page_uri"]) == (placed[:1], None)


def test_calls_are_filtered(twilio: Twilio) -> None:
    twilio.script(ANA, "busy", ring_seconds=0)
    busy = twilio.dial(ANA)
    other = twilio.dial("+13125550143", from_="+14155550100", timeout=600)
    twilio.wait_status(busy, "busy")
    started = busy.fetch().start_time
    assert started is not None
    listed = twilio.client.calls.list
    assert [call.sid for call in listed(to=ANA)] == [busy.sid]
    assert [call.sid for call in listed(from_="+14155550100")] == [other.sid]
    assert [call.sid for call in listed(status="busy")] == [busy.sid]
    assert [call.sid for call in listed(to=ANA, start_time=started)] == [busy.sid]
    assert [call.sid for call in listed(to=ANA, start_time_after=started)] == [busy.sid]
    assert listed(to=ANA, start_time_before=started.replace(year=2000)) == []
    assert twilio.raw.get("/Calls.json", params={"StartTime>": "soon"}).status_code == 400


def test_owned_numbers(twilio: Twilio) -> None:
    numbers = twilio.client.incoming_phone_numbers.list()
    assert [number.phone_number for number in numbers] == list(twilio.config.numbers)
    [ours] = twilio.client.incoming_phone_numbers.list(phone_number=OURS)
    assert ours.fetch().phone_number == OURS
    assert (ours.sid or "").startswith("PN")


def test_the_queue_has_an_end() -> None:
    with running_sandbox(cps=1 / 80_000) as twilio:
        twilio.dial(ANA)
        twilio.dial(ANA)
        with pytest.raises(TwilioRestException) as refused:
            twilio.dial(ANA)
        assert (refused.value.status, refused.value.code) == (429, 22005)
