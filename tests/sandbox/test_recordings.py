"""Recordings: their lives, their callbacks, and that they are real WAV files behind a password."""

import io
import wave
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest.api.v2010.account.call import CallInstance

from dialer.sandbox.sound import play_seconds, wav
from tests.sandbox.rooms import PATIENT
from tests.sandbox.servers import OURS, Customer, Twilio, wait_for

ANA = "+13125550142"


def in_progress(twilio: Twilio, **params: Any) -> CallInstance:
    twilio.script(ANA, "human", **PATIENT)
    call = twilio.dial(ANA, **params)
    twilio.wait_status(call, "in-progress")
    return call


def sound_of(twilio: Twilio, sid: str | None, **params: int) -> Any:
    answer = twilio.raw.get(f"/Recordings/{sid}", params=params)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/x-wav"
    return wave.open(io.BytesIO(answer.content))


def test_a_recorded_call(twilio: Twilio, customer: Customer) -> None:
    call = in_progress(
        twilio,
        record=True,
        recording_channels="dual",
        recording_status_callback=customer.url + "/recording",
        recording_status_callback_event=["in-progress", "completed"],
        status_callback=customer.url + "/status",
    )
    [running] = wait_for(lambda: call.recordings.list())
    assert (str(running.status), running.duration, str(running.source)) == (
        "in-progress",
        None,
        "OutboundAPI",
    )
    assert twilio.raw.get(f"/Recordings/{running.sid}").status_code == 404
    call.update(status="completed")
    [done] = customer.wait("/recording", RecordingStatus="completed")
    assert (done["CallSid"], done["RecordingSid"], done["RecordingChannels"]) == (call.sid, running.sid, "2")
    [last] = customer.at("/status")
    assert last["RecordingUrl"] == done["RecordingUrl"] == f"{twilio.raw.base_url}Recordings/{running.sid}"
    with sound_of(twilio, running.sid) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, 8000)
        assert sound.getnframes() / 8000 == pytest.approx(int(done["RecordingDuration"]), abs=1)
        assert any(sound.readframes(80))
    with sound_of(twilio, running.sid, RequestedChannels=1) as sound:
        assert sound.getnchannels() == 1
    fetched = twilio.client.recordings(running.sid or "").fetch()
    assert (str(fetched.status), fetched.media_url) == ("completed", done["RecordingUrl"])
    [held] = twilio.control.get("/sandbox/recordings").json()
    assert (held["sid"], held["call_sid"], held["status"]) == (running.sid, call.sid, "completed")
    assert held["bytes"] == len(twilio.raw.get(f"/Recordings/{running.sid}").content)
    assert not held["is_media_missing"]


def test_sound_needs_the_token(twilio: Twilio) -> None:
    call = in_progress(twilio, record=True)
    call.update(status="completed")
    recording = wait_for(lambda: twilio.client.recordings.list(call_sid=call.sid or ""))[0]
    wait_for(lambda: str(recording.fetch().status) == "completed")
    url = recording.fetch().media_url
    assert url is not None
    assert twilio.control.get(url).status_code == 401
    assert twilio.raw.get(url).status_code == 200
    twilio.control.put("/sandbox/faults", json={"media_missing": 1})
    assert twilio.raw.get(url).status_code == 404


def test_pause_resume_and_stop(twilio: Twilio) -> None:
    call = in_progress(twilio)
    recording = call.recordings.create()
    current: Any = call.recordings("Twilio.CURRENT")  # the library declares its statuses to be no strings
    assert str(current.update(status="paused", pause_behavior="skip").status) == "paused"
    assert str(current.update(status="in-progress").status) == "in-progress"
    current.update(status="stopped")
    wait_for(lambda: str(recording.fetch().status) in ("completed", "absent"))
    with pytest.raises(TwilioRestException) as none:
        current.update(status="paused")
    assert none.value.code == 20404


def test_a_call_not_in_progress_cannot_be_recorded(twilio: Twilio) -> None:
    twilio.script(ANA, "no_answer")
    with pytest.raises(TwilioRestException) as refused:
        twilio.dial(ANA, timeout=600).recordings.create()
    assert refused.value.code == 21220


def test_a_recording_of_nothing_is_absent(twilio: Twilio, customer: Customer) -> None:
    call = in_progress(twilio)
    call.recordings.create(
        recording_status_callback=customer.url + "/recording",
        recording_status_callback_event=["absent", "completed"],
    )
    current: Any = call.recordings("Twilio.CURRENT")
    current.update(status="paused", pause_behavior="skip")
    call.update(status="completed")
    [told] = customer.wait("/recording")
    assert told["RecordingStatus"] == ("absent" if told["RecordingDuration"] == "0" else "completed")


def test_deleted_recordings_are_remembered(twilio: Twilio) -> None:
    call = in_progress(twilio)
    recording = call.recordings.create()
    with pytest.raises(TwilioRestException) as refused:
        recording.delete()
    assert refused.value.code == 20009
    call.update(status="completed")
    assert recording.delete()
    assert twilio.client.recordings.list() == []
    [kept] = twilio.client.recordings.list(include_soft_deleted=True)
    assert (kept.sid, str(kept.status)) == (recording.sid, "deleted")


def test_a_conference_is_recorded_from_its_start(twilio: Twilio, customer: Customer) -> None:
    room = (
        "<Response><Dial><Conference record='record-from-start' "
        f"recordingStatusCallback='{customer.url}/recording' recordingStatusCallbackEvent='completed absent'"
        " endConferenceOnExit='true'>hall</Conference></Dial></Response>"
    )
    twilio.dial("client:eve", twiml=room)
    wait_for(lambda: twilio.state()["conferences"])
    assert twilio.client.recordings.list() == []
    call = in_progress(twilio, twiml=room)
    [recording] = wait_for(lambda: twilio.client.recordings.list())
    assert (recording.call_sid, str(recording.source)) == (None, "Conference")
    call.update(status="completed")
    [told] = customer.wait("/recording")
    assert told["ConferenceSid"] == recording.conference_sid


def test_dial_and_record_verbs(twilio: Twilio, customer: Customer) -> None:
    callback = f"recordingStatusCallback='{customer.url}/dial'"
    dial = f"<Dial record='record-from-answer-dual' {callback}><Client>eve</Client></Dial>"
    call = in_progress(twilio, url=customer.says("/twiml", dial))
    [recording] = wait_for(lambda: call.recordings.list())
    assert (str(recording.source), recording.channels) == ("DialVerb", 2)
    customer.says("/spoken", "<Hangup/>")
    url = customer.says("/record", "<Record action='/spoken' maxLength='7'/>")
    call.update(url=url)
    twilio.wait_status(call, "completed")
    [spoken] = customer.at("/spoken")
    assert int(spoken["RecordingDuration"]) >= 7
    assert customer.wait("/dial")[0]["RecordingSid"] == recording.sid


def test_a_participants_leg_and_its_room_are_recorded(twilio: Twilio) -> None:
    room = twilio.client.conferences("hall")
    twilio.script(ANA, "human", **PATIENT)
    room.participants.create(from_=OURS, to="client:eve", conference_record="true")
    wait_for(lambda: [one for one in twilio.state()["conferences"] if one["participants"]])
    room.participants.create(from_=OURS, to=ANA, record=True)
    sources = {"OutboundAPI", "StartConferenceRecordingAPI"}
    wait_for(lambda: {str(one.source) for one in twilio.client.recordings.list()} == sources)


def test_wav_files_have_the_length_of_their_stretches() -> None:
    sound = wav([(1.25, True), (0.5, False)], 2)
    assert play_seconds(sound) == pytest.approx(1.75)
    assert sound.endswith(bytes(1000))
    assert play_seconds(b"x" * 32_000) == 2
