"""REST: the Participants of a conference."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from dialer.sandbox.addresses import check_from, check_to
from dialer.sandbox.calls import Call, Event, Order, StatusCallback
from dialer.sandbox.conferences import Conference, Participant, RoomCallback, RoomStatus
from dialer.sandbox.detection import detection_of
from dialer.sandbox.dial import stay
from dialer.sandbox.errors import TwilioError, not_found
from dialer.sandbox.forms import Form
from dialer.sandbox.paging import page
from dialer.sandbox.recordings import RecordingCallback, RecordingOrder
from dialer.sandbox.rest import RestContext, rest_context
from dialer.sandbox.rest_recordings import recording_of

router = APIRouter(prefix="/Conferences/{conference_key}/Participants")
Context = Annotated[RestContext, Depends(rest_context)]
BUFFER_SECONDS = 5
"""Twilio rings participants this much longer than asked."""
LONGEST_LABEL = 128


@router.post(".json")
async def create(conference_key: str, request: Request, context: Context) -> Response:
    form = await Form.of(request)
    to = check_to(form.text("To"))
    from_ = check_from(form.text("From"), to, context.sandbox.config.numbers)
    enter = participant_of(form)
    room_callback = room_callback_of(form)
    detection = detection_of(form, "AmdStatusCallback", always_async=True)
    conference = room_for(conference_key, request, context)

    recording = recording_of(form, "OutboundAPI") if form.boolean("Record", False) else None
    mix = conference_recording_of(form)

    async def join(call: Call) -> None:
        if recording is not None:
            context.sandbox.recordings.record_call(call, recording)
        if mix is not None and not conference.seen:
            context.sandbox.recordings.record_conference(conference, mix)
        await stay(context.sandbox.conferences, conference, participant, room_callback)

    order = Order(
        to=to,
        from_=from_,
        script=context.sandbox.detector.while_running(detection, join),
        callback=callback_of(form),
        timeout=BUFFER_SECONDS + form.number("Timeout", 60, 5, 600, bad_timeout),
        time_limit=form.number("TimeLimit", 14_400, 1, 86_400),
    )
    call = context.place(order)
    participant = enter(call, call.created_at, call.created_at)
    call.detach = lambda cause: context.sandbox.conferences.leave(conference, participant, cause)
    context.sandbox.conferences.expect(conference, participant)
    await context.confirm(call)
    return JSONResponse(context.resources.participant(conference, participant), 201)


@router.get(".json")
async def list_participants(conference_key: str, request: Request, context: Context) -> Response:
    query = Form.of_query(request)
    conference = context.conference(conference_key, request)
    present = conference.participants.values() if conference.status is not RoomStatus.COMPLETED else ()
    wanted = {
        "muted": query.text("Muted"),
        "hold": query.text("Hold"),
        "coaching": query.text("Coaching"),
    }
    participants = [
        participant
        for participant in present
        if all(not text or getattr(participant, name) is (text == "true") for name, text in wanted.items())
    ]
    return JSONResponse(
        page(
            request.url.path,
            "participants",
            query,
            participants,
            lambda participant: participant.call.sid,
            lambda participant: context.resources.participant(conference, participant),
        )
    )


@router.get("/{key}.json")
async def fetch(conference_key: str, key: str, request: Request, context: Context) -> Response:
    conference = context.active_conference(conference_key, request)
    participant = context.participant(conference, key, request)
    return JSONResponse(context.resources.participant(conference, participant))


@router.post("/{key}.json")
async def update(conference_key: str, key: str, request: Request, context: Context) -> Response:
    conference = context.active_conference(conference_key, request)
    participant = context.participant(conference, key, request)
    form = await Form.of(request)
    for name in ("HoldUrl", "AnnounceUrl", "WaitUrl"):
        form.url(name)
    for event in apply(form, participant, conference):
        context.sandbox.conferences.changed(conference, participant, event)
    return JSONResponse(context.resources.participant(conference, participant))


@router.delete("/{key}.json")
async def kick(conference_key: str, key: str, request: Request, context: Context) -> Response:
    conference = context.active_conference(conference_key, request)
    participant = context.participant(conference, key, request)
    context.sandbox.conferences.kick(conference, participant)
    return Response(status_code=204)


def room_for(key: str, request: Request, context: RestContext) -> Conference:
    """A SID must be that of an active room; a name makes the room if there is none."""
    if key.startswith("CF") and len(key) == 34:
        return context.active_conference(key, request)
    if not key:
        raise not_found(request.url.path)
    return context.sandbox.conferences.open(key)


def participant_of(form: Form) -> Callable[..., Participant]:
    label = form.text("Label")
    if len(label) > LONGEST_LABEL or "/" in label or (label.startswith("CA") and len(label) == 34):
        raise TwilioError(16023, f"Label is not valid: {label}")
    coached = form.text("CallSidToCoach") or None
    return partial(
        Participant,
        label=label or None,
        muted=form.boolean("Muted", False),
        start_on_enter=form.boolean("StartConferenceOnEnter", True),
        end_on_exit=form.boolean("EndConferenceOnExit", False),
        coaching=form.boolean("Coaching", coached is not None),
        call_sid_to_coach=coached,
    )


def apply(form: Form, participant: Participant, conference: Conference) -> list[str]:
    """Changes the participant and tells which events that makes."""
    events = []
    muted, hold = form.boolean("Muted", participant.muted), form.boolean("Hold", participant.hold)
    coaching = form.boolean("Coaching", participant.coaching)
    coached = form.text("CallSidToCoach") or participant.call_sid_to_coach
    end_on_exit = form.boolean("EndConferenceOnExit", participant.end_on_exit)
    if coaching and (coached is None or conference.find(coached) is None):
        raise TwilioError(16028, "The participant to coach is not in the conference")
    if muted is not participant.muted:
        events.append("participant-mute" if muted else "participant-unmute")
    if hold is not participant.hold:
        events.append("participant-hold" if hold else "participant-unhold")
    coached = coached if coaching else None
    before = (participant.coaching, participant.call_sid_to_coach, participant.end_on_exit)
    if before != (coaching, coached, end_on_exit):
        events.append("participant-modify")
    participant.muted, participant.hold = muted, hold
    participant.coaching, participant.call_sid_to_coach = coaching, coached
    participant.end_on_exit = end_on_exit
    return events


def callback_of(form: Form) -> StatusCallback | None:
    """Unlike a call's, these events may share one field."""
    url = form.url("StatusCallback", 21609)
    if not url:
        return None
    events = " ".join(form.texts("StatusCallbackEvent")).split() or [Event.COMPLETED]
    return StatusCallback(url, form.method("StatusCallbackMethod"), frozenset(events))


def room_callback_of(form: Form) -> RoomCallback | None:
    url = form.url("ConferenceStatusCallback", 21609)
    if not url:
        return None
    events = " ".join(form.texts("ConferenceStatusCallbackEvent")).split() or ["start", "end"]
    return RoomCallback(url, form.method("ConferenceStatusCallbackMethod"), frozenset(events))


def conference_recording_of(form: Form) -> RecordingOrder | None:
    if form.text("ConferenceRecord", "false") not in ("true", "record-from-start"):
        return None
    url = form.url("ConferenceRecordingStatusCallback", 21609)
    events = " ".join(form.texts("ConferenceRecordingStatusCallbackEvent")).split() or ["completed"]
    method = form.method("ConferenceRecordingStatusCallbackMethod")
    callback = RecordingCallback(url, method, frozenset(events)) if url else None
    return RecordingOrder("StartConferenceRecordingAPI", callback=callback)


def bad_timeout(text: str) -> TwilioError:
    return TwilioError(21208, f"Invalid Timeout: {text}")
