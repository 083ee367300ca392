"""Whom a recording tells of itself, whatever asked for it, and which voice is on which channel."""

import io
import struct
import wave
from itertools import pairwise
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.rooms import PATIENT
from tests.sandbox.servers import OURS, SEEN, Customer, Twilio, wait_for
from tests.sandbox.test_webhooks import is_signed

ANA = "+13125550142"
EVENTS = "in-progress completed absent"


def attributes(customer: Customer, events: str = EVENTS) -> str:
    return f"recordingStatusCallback='{customer.url}/recording' recordingStatusCallbackEvent='{events}'"


def by_twiml(twilio: Twilio, customer: Customer, twiml: str) -> str:
    return twilio.dial(ANA, twiml=f"<Response>{twiml}</Response>").sid or ""


def by_dial(twilio: Twilio, customer: Customer) -> str:
    asked = f"<Dial record='record-from-answer-dual' {attributes(customer)}><Client>eve</Client></Dial>"
    return by_twiml(twilio, customer, asked)


def by_record(twilio: Twilio, customer: Customer) -> str:
    return by_twiml(twilio, customer, f"<Record maxLength='9000' timeout='9000' {attributes(customer)}/>")


def by_conference(twilio: Twilio, customer: Customer) -> str:
    room = "<Dial><Conference endConferenceOnExit='true' {}>hall</Conference></Dial>"
    sid = by_twiml(twilio, customer, room.format(f"record='record-from-start' {attributes(customer)}"))
    wait_for(lambda: [one for one in twilio.state()["conferences"] if one["participants"]])
    twilio.dial("client:eve", twiml=f"<Response>{room.format('')}</Response>")
    return sid


def by_participant(twilio: Twilio, customer: Customer, prefix: str = "", **more: Any) -> str:
    callback = {
        f"{prefix}RecordingStatusCallback": customer.url + "/recording",
        f"{prefix}RecordingStatusCallbackEvent": EVENTS,
    }
    data = {"To": ANA, "From": OURS, "EndConferenceOnExit": "true", **callback, **more}
    person = twilio.raw.post("/Conferences/hall/Participants.json", data=data).json()
    twilio.client.conferences("hall").participants.create(from_=OURS, to="client:eve")
    return str(person["call_sid"])


def by_participants_leg(twilio: Twilio, customer: Customer) -> str:
    return by_participant(twilio, customer, Record="true", RecordingChannels="dual")


def by_participants_room(twilio: Twilio, customer: Customer) -> str:
    return by_participant(twilio, customer, "Conference", ConferenceRecord="record-from-start")


def by_create(twilio: Twilio, customer: Customer) -> str:
    call = twilio.dial(
        ANA,
        record=True,
        recording_channels="dual",
        recording_status_callback=customer.url + "/recording",
        recording_status_callback_event=EVENTS.split(),
    )
    return call.sid or ""


def by_api(twilio: Twilio, customer: Customer) -> str:
    call = twilio.dial(ANA)
    twilio.wait_status(call, "in-progress")
    call.recordings.create(
        recording_channels="dual",
        recording_status_callback=customer.url + "/recording",
        recording_status_callback_event=EVENTS.split(),
    )
    return call.sid or ""


@pytest.mark.parametrize(
    ("begin", "source", "channels"),
    [
        (by_dial, "DialVerb", "2"),
        (by_record, "RecordVerb", "1"),
        (by_conference, "Conference", "1"),
        (by_participants_leg, "OutboundAPI", "2"),
        (by_participants_room, "StartConferenceRecordingAPI", "1"),
        (by_create, "OutboundAPI", "2"),
        (by_api, "StartCallRecordingAPI", "2"),
    ],
)
def test_a_recording_tells_of_its_beginning_and_end(
    twilio: Twilio, customer: Customer, begin: Any, source: str, channels: str
) -> None:
    twilio.script(ANA, "human", **PATIENT)
    sid = begin(twilio, customer)
    [begun] = customer.wait("/recording")
    twilio.client.calls(sid).update(status="completed")
    [ended] = customer.wait("/recording", RecordingStatus="completed")
    assert begun["RecordingStatus"] == "in-progress"
    assert begun.get("RecordingDuration") is None
    assert int(ended["RecordingDuration"]) >= 1
    for told in (begun, ended):
        assert is_signed(told, twilio)
        assert (told["RecordingSource"], told["RecordingChannels"]) == (source, channels)
        assert told["RecordingSid"] == begun["RecordingSid"]
        assert told["RecordingUrl"].endswith(f"/Recordings/{begun['RecordingSid']}")
        assert told["RecordingTrack"] == "both"
        assert told["RecordingStartTime"]
        about = ("ConferenceSid", "CallSid") if "Conf" in source else ("CallSid", "ConferenceSid")
        assert told[about[0]]
        assert told.get(about[1]) is None
        assert told.get("CallSid") in (sid, None)


def test_only_the_end_is_told_unless_more_is_asked(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    callback = f"recordingStatusCallback='{customer.url}/recording'"
    by_twiml(twilio, customer, f"<Record maxLength='5' {callback}/>")
    [told] = customer.wait("/recording")
    assert told["RecordingStatus"] == "completed"


def test_the_recording_of_a_room_is_paused_and_stopped(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    by_conference(twilio, customer)
    [begun] = customer.wait("/recording")
    current: Any = twilio.client.conferences(begun["ConferenceSid"]).recordings("Twilio.CURRENT")
    for status in ("paused", "in-progress", "stopped"):
        assert current.update(status=status).status in (status, "processing")
    customer.wait("/recording", 2)
    with pytest.raises(TwilioRestException) as none:
        current.update(status="paused")
    assert none.value.status == 404
    SEEN.clear()  # the document at hand leaves the recordings of conferences out


def test_a_pause_is_silence_or_left_out(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    lengths = {}
    for behaviour in ("silence", "skip"):
        call = twilio.client.calls(by_api(twilio, customer))
        current: Any = call.recordings("Twilio.CURRENT")  # the library declares its statuses to be no strings
        sid = current.update(status="paused", pause_behavior=behaviour).sid
        url = customer.says("/wait", "<Redirect>/over</Redirect>")
        customer.says("/over", "<Pause length='60'/><Redirect>/later</Redirect>")
        customer.says("/later", "<Pause length='6000'/>")
        call.update(url=url)
        customer.wait("/later", CallSid=call.fetch().sid or "")
        current.update(status="in-progress")
        call.update(status="completed")
        wait_for(lambda: str(call.recordings(sid).fetch().status) in ("completed", "absent"))  # noqa: B023 (called at once)
        lengths[behaviour] = int(call.recordings(sid).fetch().duration or 0)
    assert lengths["silence"] >= 60 > lengths["skip"]


def test_the_person_called_is_on_the_first_channel(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    sid = by_dial(twilio, customer)
    customer.wait("/recording")
    twilio.client.calls(sid).update(status="completed")
    [told] = customer.wait("/recording", RecordingStatus="completed")
    assert told["CallSid"] == sid
    media = twilio.raw.get(told["RecordingUrl"] + ".wav").content
    assert [round(pitch, -1) for pitch in pitches(media)] == [440, 330]


def pitches(media: bytes) -> list[float]:
    """Hertz of each channel's tone, by how often it crosses zero upwards in the first second."""
    with wave.open(io.BytesIO(media)) as sound:
        channels, rate = sound.getnchannels(), sound.getframerate()
        frames = min(rate, sound.getnframes())
        samples = struct.unpack(f"<{frames * channels}h", sound.readframes(frames))
    return [
        sum(before < 0 <= after for before, after in pairwise(samples[channel::channels])) * rate / frames
        for channel in range(channels)
    ]
