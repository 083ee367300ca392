"""Dial into a conference: how a call comes in, stays, and leaves."""

from xml.etree.ElementTree import Element

from dialer.sandbox.admission import LARGEST_ROOM, may_join, may_join_as
from dialer.sandbox.attributes import address, recording_of
from dialer.sandbox.calls import Call, Status
from dialer.sandbox.clock import seconds_between
from dialer.sandbox.conferences import Conference, Conferences, Participant, RoomCallback, RoomStatus
from dialer.sandbox.interpreter import Interpreter
from dialer.sandbox.music import may_wait
from dialer.sandbox.twiml import Document, Source, number

NOT_JOINED = {"DialCallStatus": Status.FAILED, "DialBridged": "false"}


async def confer(interpreter: Interpreter, call: Call, noun: Element, document: Document) -> dict[str, str]:
    """The fields of the Dial's action, once the call is out of the room."""
    conference = interpreter.conferences.open((noun.text or "").strip())
    participant = participant_of(interpreter, call, noun)
    music = address(noun, "waitUrl", document)
    conference.dialling += 1
    try:
        if music and conference.status is RoomStatus.INIT:
            source = Source(music, noun.get("waitMethod", "POST"))
            if not await may_wait(interpreter, call, source):
                return {**NOT_JOINED}
        most = int(number(noun, "maxParticipants", LARGEST_ROOM))
        if not may_join_as(interpreter, conference, participant):
            return {**NOT_JOINED}
        if not may_join(interpreter, conference, participant, most):
            return {**NOT_JOINED}
        if noun.get("record") == "record-from-start" and not conference.seen:
            recording = recording_of(interpreter, call, noun, document, "Conference")
            interpreter.recordings.record_conference(conference, recording)
        await stay(interpreter.conferences, conference, participant, room_callback_of(noun, document))
    finally:
        call.hush("wait")
        conference.dialling -= 1
        interpreter.conferences.drop_unused(conference)
    seconds = seconds_between(participant.created_at, interpreter.clock.now())
    return {"DialCallStatus": "answered", "DialCallDuration": str(seconds), "DialBridged": "true"}


def participant_of(interpreter: Interpreter, call: Call, noun: Element) -> Participant:
    now = interpreter.clock.now()
    return Participant(
        call,
        created_at=now,
        updated_at=now,
        label=noun.get("participantLabel"),
        muted=noun.get("muted") == "true",
        start_on_enter=noun.get("startConferenceOnEnter") != "false",
        end_on_exit=noun.get("endConferenceOnExit") == "true",
        coaching=bool(noun.get("coach")),
        call_sid_to_coach=noun.get("coach"),
    )


def room_callback_of(noun: Element, document: Document) -> RoomCallback | None:
    url = address(noun, "statusCallback", document)
    if not url:
        return None
    events = frozenset(noun.get("statusCallbackEvent", "").split())
    return RoomCallback(url, noun.get("statusCallbackMethod", "POST"), events)


async def stay(
    conferences: Conferences, conference: Conference, participant: Participant, callback: RoomCallback | None
) -> None:
    """In the room until the call ends, is redirected or kicked, or the room ends."""
    if conference.status is RoomStatus.COMPLETED:
        return
    call = participant.call
    call.detach = lambda cause: conferences.leave(conference, participant, cause)
    conferences.join(conference, participant, callback)
    await participant.left.wait()
    call.detach = None
