"""Every kind of answer, against Twilio's published OpenAPI. The other tests' answers are checked too."""

import json

import pytest

from tests.sandbox.openapi import OpenApi, Seen
from tests.sandbox.servers import OURS, SEEN, Customer, Twilio, wait_for
from tests.shared_data import shared_path

ANA = "+13125550142"
pytestmark = pytest.mark.shared


@pytest.fixture
def document() -> OpenApi:
    return OpenApi(shared_path("reference", "twilio_api_v2010_voice.json"))


def test_every_resource_in_every_state(twilio: Twilio, customer: Customer, document: OpenApi) -> None:
    client = twilio.client
    twilio.script(ANA, "human", ring_seconds=0, talk_seconds=60000, dead_air_seconds=60000)
    agent = client.conferences("hall").participants.create(from_=OURS, to="client:eve", label="agent")
    room = client.conferences(agent.conference_sid or "")
    room.fetch()
    person = twilio.dial(ANA, twiml="<Response><Dial><Conference>hall</Conference></Dial></Response>")
    wait_for(lambda: str(room.fetch().status) == "in-progress")
    room.participants("agent").fetch()
    room.participants("agent").update(hold=True)
    room.participants.list()
    recording = person.recordings.create()
    person.recordings.list()
    recording.fetch()
    recording.update(status="paused")  # type: ignore[arg-type]  # the library declares its statuses to be no strings
    room.participants("agent").delete()
    person.update(status="completed")
    wait_for(lambda: person.fetch().price)
    room.update(status="completed")
    room.fetch()
    client.conferences.list()
    client.calls.list()
    client.recordings.list()
    client.recordings(recording.sid or "").fetch()
    recording.delete()
    [ours] = client.incoming_phone_numbers.list(phone_number=OURS)
    ours.fetch()
    client.api.accounts(twilio.config.account_sid).fetch()
    person.delete()
    assert len({(seen.method, seen.path.rpartition("/")[2][:2]) for seen in SEEN}) > 10
    assert [fault for seen in SEEN for fault in document.faults(seen)] == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"sid": "XX1"}, "does not match"),
        ({"status": "dreaming"}, "is not one of"),
        ({"queue_time": 0}, "is no string"),
        ({"weather": "fine"}, "is unknown"),
        ({"date_created": "2026-01-31"}, "is no date"),
    ],
)
def test_the_check_can_fail(twilio: Twilio, document: OpenApi, change: dict[str, object], fault: str) -> None:
    answer = twilio.raw.post("/Calls.json", data={"To": ANA, "From": OURS, "Twiml": "<Response/>"})
    path = f"/2010-04-01/Accounts/{twilio.config.account_sid}/Calls.json"
    good = Seen("POST", path, 201, answer.text)
    assert document.faults(good) == []
    bad = Seen("POST", path, 201, json.dumps(answer.json() | change))
    assert any(fault in found for found in document.faults(bad))
