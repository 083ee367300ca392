"""REST: the Participants of a conference."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from dialer.sandbox.addresses import check_from, check_to
from dialer.sandbox.admission import LARGEST_ROOM, is_taken, may_join
from dialer.sandbox.calls import Call, Order
from dialer.sandbox.confer import stay
from dialer.sandbox.conferences import Conference, Participant, RoomStatus
from dialer.sandbox.detection import detection_of
from dialer.sandbox.errors import TwilioError, not_found
from dialer.sandbox.forms import Form
from dialer.sandbox.music import announce, hold, may_wait, wait
from dialer.sandbox.paging import page
from dialer.sandbox.participant_forms import (
    apply,
    bad_timeout,
    callback_of,
    conference_recording_of,
    participant_of,
    room_callback_of,
)
from dialer.sandbox.rest import RestContext, rest_context, source_of
from dialer.sandbox.rest_recordings import recording_of
from dialer.sandbox.twiml import Source

router = APIRouter(prefix="/Conferences/{conference_key}/Participants")
Context = Annotated[RestContext, Depends(rest_context)]
SOUNDS = {"Hold": "GET", "Announce": "POST", "Wait": "POST"}
"""How each is asked for unless the request says otherwise."""
BUFFER_SECONDS = 5
"""Twilio rings participants this much longer than asked."""


@router.post(".json")
async def create(conference_key: str, request: Request, context: Context) -> Response:
    form = await Form.of(request)
    to = check_to(form.text("To"))
    from_ = check_from(form.text("From"), to, context.sandbox.numbers.owned)
    enter, join = participant_of(form), entrance(form, context)
    detection = detection_of(form, "AmdStatusCallback", always_async=True)
    check_room(conference_key, form.text("Label"), request, context)
    if "AsyncAmd" in form:
        context.sandbox.debugger.note(21263, "Participants are always detected beside: AsyncAmd is ignored")

    async def answer(call: Call) -> None:
        await join(conference, participant)

    call = context.place(
        Order(
            to=to,
            from_=from_,
            script=context.sandbox.detector.while_running(detection, answer),
            callback=callback_of(form),
            timeout=BUFFER_SECONDS + form.number("Timeout", 60, 5, 600, bad_timeout),
            time_limit=form.number("TimeLimit", 14_400, 1, 86_400),
        )
    )
    conference = room_for(conference_key, context)
    participant = enter(call, call.created_at, call.created_at)
    call.detach = lambda cause: context.sandbox.conferences.leave(conference, participant, cause)
    context.sandbox.conferences.expect(conference, participant)
    await context.confirm(call)
    return JSONResponse(context.resources.participant(conference, participant), 201)


def entrance(form: Form, context: RestContext) -> Callable[[Conference, Participant], Awaitable[None]]:
    """How one who has answered comes into the room."""
    sandbox = context.sandbox
    room_callback = room_callback_of(form)
    recording = recording_of(form, "OutboundAPI") if form.boolean("Record", False) else None
    mix = conference_recording_of(form)
    music = source_of(form, "Wait")
    most = form.number("MaxParticipants", LARGEST_ROOM, 2, LARGEST_ROOM)

    async def join(conference: Conference, participant: Participant) -> None:
        if recording is not None:
            sandbox.recordings.record_call(participant.call, recording)
        if (
            music is not None
            and conference.status is RoomStatus.INIT
            and not await may_wait(sandbox.interpreter, participant.call, music)
        ):
            return
        if not may_join(sandbox.interpreter, conference, participant, most):
            return
        if mix is not None and not conference.seen:
            sandbox.recordings.record_conference(conference, mix)
        await stay(sandbox.conferences, conference, participant, room_callback)

    return join


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
    sounds = {name: source_of(form, name, method) for name, method in SOUNDS.items()}
    for event in apply(form, participant, conference):
        context.sandbox.conferences.changed(conference, participant, event)
    if participant.joined:
        sound(context, conference, participant, sounds)
    return JSONResponse(context.resources.participant(conference, participant))


def sound(
    context: RestContext, conference: Conference, participant: Participant, sounds: dict[str, Source | None]
) -> None:
    """Starts and ends what the participant hears; Twilio's own music takes no asking."""
    interpreter = context.sandbox.interpreter
    if not participant.hold:
        participant.call.hush("hold")
    elif sounds["Hold"]:
        hold(interpreter, participant, sounds["Hold"])
    if sounds["Announce"]:
        announce(interpreter, conference, participant, sounds["Announce"])
    if sounds["Wait"] and conference.status is RoomStatus.INIT:
        wait(interpreter, participant, sounds["Wait"])


@router.delete("/{key}.json")
async def kick(conference_key: str, key: str, request: Request, context: Context) -> Response:
    conference = context.active_conference(conference_key, request)
    participant = context.participant(conference, key, request)
    context.sandbox.conferences.kick(conference, participant)
    return Response(status_code=204)


def check_room(key: str, label: str, request: Request, context: RestContext) -> None:
    """A SID must be that of an active room; a name makes the room if there is none."""
    if not key:
        raise not_found(request.url.path)
    conferences = context.sandbox.conferences
    conference = conferences.by_sid.get(key) if is_sid(key) else conferences.named(key)
    if is_sid(key) and (conference is None or conference.status is RoomStatus.COMPLETED):
        context.sandbox.debugger.note(16022, f"Conference {key} does not exist or is completed")
        raise not_found(request.url.path)
    if label and conference is not None and is_taken(label, conference):
        raise TwilioError(16026, f"Participant label {label} is in use by another participant")


def room_for(key: str, context: RestContext) -> Conference:
    conferences = context.sandbox.conferences
    return conferences.by_sid[key] if is_sid(key) else conferences.open(key)


def is_sid(key: str) -> bool:
    return key.startswith("CF") and len(key) == 34
