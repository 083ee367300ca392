"""Our numbers, bought and given back, and the applications that answer for them."""

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.servers import OURS, Customer, Twilio, wait_for

ANA, NEW = "+13125550142", "+12065550123"
APP = "AP" + "1" * 32


def define(twilio: Twilio, customer: Customer, **more: str) -> None:
    application = {"voice_url": customer.url + "/app", "status_callback": customer.url + "/end", **more}
    assert twilio.control.put(f"/sandbox/applications/{APP}", json=application).status_code == 200


def test_a_number_is_bought_used_and_given_back(twilio: Twilio, customer: Customer) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.dial(ANA, from_=NEW)
    assert refused.value.code == 21210
    numbers = twilio.client.incoming_phone_numbers
    bought = numbers.create(
        phone_number=NEW, friendly_name="Seattle", voice_url=customer.says("/voice", "<Reject/>")
    )
    assert (bought.phone_number, bought.friendly_name) == (NEW, "Seattle")
    assert twilio.dial(ANA, from_=NEW).sid
    assert twilio.control.post("/sandbox/inbound", json={"from": ANA, "to": NEW}).status_code == 201
    customer.wait("/voice")
    assert bought.delete()
    assert numbers.list(phone_number=NEW) == []
    with pytest.raises(TwilioRestException):
        bought.fetch()
    with pytest.raises(TwilioRestException):
        twilio.dial(ANA, from_=NEW)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"PhoneNumber": "+15005550000"}, 21422),
        ({"PhoneNumber": "+15005550001"}, 21421),
        ({"PhoneNumber": "12"}, 21421),
        ({}, 21421),
        ({"PhoneNumber": "+13125550100"}, 21422),
        ({"PhoneNumber": "+13125551234"}, 21422),
        ({"AreaCode": "533"}, 21452),
        ({"AreaCode": "12"}, 21452),
        ({"PhoneNumber": NEW, "VoiceApplicationSid": APP}, 21218),
        ({"PhoneNumber": NEW, "VoiceUrl": "nowhere"}, 21205),
    ],
)
def test_numbers_that_cannot_be_had(twilio: Twilio, fields: dict[str, str], code: int) -> None:
    answer = twilio.raw.post("/IncomingPhoneNumbers.json", data=fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert len(twilio.client.incoming_phone_numbers.list()) == len(twilio.config.numbers)


def test_any_number_of_an_area(twilio: Twilio) -> None:
    create = twilio.client.incoming_phone_numbers.create
    assert create(area_code="206").phone_number == "+12065550100"
    assert create(area_code="206").phone_number == "+12065550101"
    assert create(area_code="500").phone_number == OURS
    assert create(phone_number="+447700900123").phone_number == "+447700900123"


def test_numbers_are_filtered(twilio: Twilio) -> None:
    numbers = twilio.client.incoming_phone_numbers
    numbers.create(phone_number=NEW, friendly_name="Seattle")

    def found(**filters: str) -> list[str | None]:
        return [number.phone_number for number in numbers.list(**filters)]  # type: ignore[arg-type]  # limit is a number

    assert found(phone_number="+1206*550123") == [NEW]
    assert found(phone_number="206555") == [NEW]
    assert found(phone_number="*206") == [NEW]
    assert found(phone_number="206*") == [NEW]
    assert found(friendly_name="Seattle") == [NEW]
    assert found(friendly_name="Seattle", phone_number="312") == []
    assert len(found(phone_number="5550100")) == 5


def test_an_application_answers_for_a_call(twilio: Twilio, customer: Customer) -> None:
    define(twilio, customer, voice_method="GET")
    customer.says("/app", "<Hangup/>")
    twilio.script(ANA, "human", ring_seconds=0)
    call = twilio.client.calls.create(
        to=ANA, from_=OURS, application_sid=APP, status_callback=customer.url + "/unheard"
    )
    [end] = customer.wait("/end")
    assert (end["CallSid"], end["CallStatus"]) == (call.sid, "completed")
    assert [asked.method for asked in customer.at("/app")] == ["GET"]
    assert customer.at("/unheard") == []


def test_an_application_answers_for_a_number(twilio: Twilio, customer: Customer) -> None:
    define(twilio, customer)
    customer.says("/app", "<Hangup/>")
    bought = twilio.client.incoming_phone_numbers.create(phone_number=NEW, voice_application_sid=APP)
    assert bought.voice_application_sid == APP
    assert twilio.control.post("/sandbox/inbound", json={"from": ANA, "to": NEW}).status_code == 201
    customer.wait("/end")
    assert customer.at("/app")[0]["To"] == NEW


def test_a_browser_calls_out_through_an_application(twilio: Twilio, customer: Customer) -> None:
    define(twilio, customer)
    customer.says("/app", "<Hangup/>")
    connect = "/sandbox/clients/eve/connect"
    told = {"application_sid": APP, "params": {"lead": "7"}}
    assert twilio.control.post(connect, json=told).status_code == 201
    [asked] = customer.wait("/app")
    assert (asked["From"], asked["lead"]) == ("client:eve", "7")
    assert twilio.control.post(connect, json={"application_sid": "AP0"}).status_code == 422


@pytest.mark.parametrize(
    ("sid", "body"),
    [("AP1", {"voice_url": "http://127.0.0.1:1/"}), (APP, {"voice_url": "nowhere"}), (APP, {})],
)
def test_applications_that_make_no_sense(twilio: Twilio, sid: str, body: dict[str, str]) -> None:
    assert twilio.control.put(f"/sandbox/applications/{sid}", json=body).status_code == 422


def test_a_reset_takes_bought_numbers_back(twilio: Twilio) -> None:
    twilio.client.incoming_phone_numbers.create(phone_number=NEW)
    twilio.control.post("/sandbox/reset")
    wait_for(lambda: len(twilio.client.incoming_phone_numbers.list()) == len(twilio.config.numbers))
