"""REST: Recordings, of a call, of a conference, and of the account, with their sound."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from dialer.sandbox.calls import Call
from dialer.sandbox.conferences import Conference
from dialer.sandbox.errors import bad_parameter, not_found
from dialer.sandbox.forms import Form
from dialer.sandbox.paging import date_filter, page
from dialer.sandbox.recordings import (
    EVENTS,
    RUNNING,
    Recording,
    RecordingCallback,
    RecordingOrder,
    RecordingStatus,
)
from dialer.sandbox.rest import RestContext, rest_context
from dialer.sandbox.sound import wav

CURRENT = "Twilio.CURRENT"
CHANNELS = {"mono": 1, "dual": 2}

router = APIRouter()
Context = Annotated[RestContext, Depends(rest_context)]


@router.post("/Calls/{call_sid}/Recordings.json")
async def create(call_sid: str, request: Request, context: Context) -> Response:
    form = await Form.of(request)
    call = context.call(call_sid, request)
    recording = context.sandbox.recordings.record_call(call, recording_of(form, "StartCallRecordingAPI"))
    return JSONResponse(context.resources.call_recording(recording), 201)


@router.get("/{owner}/{owner_sid}/Recordings.json")
async def list_of_owner(owner: str, owner_sid: str, request: Request, context: Context) -> Response:
    recordings = context.sandbox.recordings.of(owner_of(owner, owner_sid, request, context))
    return listed(recordings, request, context)


@router.get("/{owner}/{owner_sid}/Recordings/{sid}.json")
async def fetch_of_owner(
    owner: str, owner_sid: str, sid: str, request: Request, context: Context
) -> Response:
    subject = owner_of(owner, owner_sid, request, context)
    return JSONResponse(context.resources.call_recording(of_owner(subject, sid, request, context)))


@router.post("/{owner}/{owner_sid}/Recordings/{sid}.json")
async def update(owner: str, owner_sid: str, sid: str, request: Request, context: Context) -> Response:
    form = await Form.of(request)
    subject = owner_of(owner, owner_sid, request, context)
    recording = of_owner(subject, sid, request, context)
    recordings = context.sandbox.recordings
    match form.text("Status"):
        case "paused":
            recordings.pause(recording, skip=form.text("PauseBehavior", "silence") == "skip")
        case "in-progress":
            recordings.resume(recording)
        case "stopped":
            recordings.stop(recording)
        case other:
            raise bad_parameter("Status", other)
    return JSONResponse(context.resources.call_recording(recording))


@router.delete("/{owner}/{owner_sid}/Recordings/{sid}.json")
async def delete_of_owner(
    owner: str, owner_sid: str, sid: str, request: Request, context: Context
) -> Response:
    subject = owner_of(owner, owner_sid, request, context)
    context.sandbox.recordings.delete(of_owner(subject, sid, request, context))
    return Response(status_code=204)


@router.get("/Recordings.json")
async def list_all(request: Request, context: Context) -> Response:
    query = Form.of_query(request)
    call_sid, conference_sid = query.text("CallSid"), query.text("ConferenceSid")
    recordings = (
        recording
        for recording in reversed(context.sandbox.recordings.by_sid.values())
        if (not call_sid or (recording.call is not None and recording.call.sid == call_sid))
        and (
            not conference_sid
            or (recording.conference is not None and recording.conference.sid == conference_sid)
        )
    )
    return listed(recordings, request, context)


@router.get("/Recordings/{sid}.json")
async def fetch(sid: str, request: Request, context: Context) -> Response:
    return JSONResponse(context.resources.recording(by_sid(sid, request, context)))


@router.delete("/Recordings/{sid}.json")
async def delete(sid: str, request: Request, context: Context) -> Response:
    context.sandbox.recordings.delete(by_sid(sid, request, context))
    return Response(status_code=204)


@router.get("/Recordings/{sid}")
@router.get("/Recordings/{sid}.wav")
async def media(sid: str, request: Request, context: Context) -> Response:
    """WAV only: no MP3 is made here. `RequestedChannels` mixes two down to one, or doubles one."""
    recording = by_sid(sid, request, context)
    if not recording.is_ready or context.sandbox.faults.hits("media_missing", recording.key):
        raise not_found(request.url.path)
    channels = Form.of_query(request).number("RequestedChannels", recording.order.channels, 1, 2)
    stretches = [(stretch.seconds, stretch.sounding) for stretch in recording.stretches]
    return Response(wav(stretches, channels), media_type="audio/x-wav")


def listed(recordings: Iterable[Recording], request: Request, context: RestContext) -> Response:
    query = Form.of_query(request)
    deleted_too = query.boolean("IncludeSoftDeleted", False)
    created = date_filter(query, "DateCreated")
    seen = [
        recording
        for recording in recordings
        if (deleted_too or recording.status is not RecordingStatus.DELETED) and created(recording.started_at)
    ]
    of_account = request.url.path.endswith(f"{context.resources.root}/Recordings.json")
    render = context.resources.recording if of_account else context.resources.call_recording
    return JSONResponse(
        page(request.url.path, "recordings", query, seen, lambda recording: recording.sid, render)
    )


def owner_of(owner: str, sid: str, request: Request, context: RestContext) -> Call | Conference:
    if owner == "Calls":
        return context.call(sid, request)
    if owner == "Conferences":
        return context.conference(sid, request)
    raise not_found(request.url.path)


def of_owner(subject: Call | Conference, key: str, request: Request, context: RestContext) -> Recording:
    for recording in reversed(context.sandbox.recordings.of(subject)):
        current = key == CURRENT and recording.status in RUNNING
        if current or (recording.sid == key and recording.status is not RecordingStatus.DELETED):
            return recording
    raise not_found(request.url.path)


def by_sid(sid: str, request: Request, context: RestContext) -> Recording:
    recording = context.sandbox.recordings.by_sid.get(sid)
    deleted_too = Form.of_query(request).boolean("IncludeSoftDeleted", False)
    if recording is None or (recording.status is RecordingStatus.DELETED and not deleted_too):
        raise not_found(request.url.path)
    return recording


def recording_of(form: Form, source: str) -> RecordingOrder:
    channels = form.text("RecordingChannels", "mono")
    if channels not in CHANNELS:
        raise bad_parameter("RecordingChannels", channels)
    track = form.text("RecordingTrack", "both")
    if track not in ("inbound", "outbound", "both"):
        raise bad_parameter("RecordingTrack", track)
    url = form.url("RecordingStatusCallback", 21609)
    callback = None
    if url:
        events = " ".join(form.texts("RecordingStatusCallbackEvent")).split() or ["completed"]
        method = form.method("RecordingStatusCallbackMethod")
        callback = RecordingCallback(url, method, frozenset(events) & EVENTS)
    return RecordingOrder(source, CHANNELS[channels], track, callback)
