"""REST: Calls."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from dialer.sandbox.addresses import check_from, check_to
from dialer.sandbox.calls import Call, Event, Order, Status, StatusCallback
from dialer.sandbox.detection import detection_of
from dialer.sandbox.errors import TwilioError, bad_parameter, not_found, not_in_progress, unknown_application
from dialer.sandbox.forms import Form
from dialer.sandbox.paging import date_filter, page
from dialer.sandbox.prompts import play_keys
from dialer.sandbox.rest import RestContext, rest_context
from dialer.sandbox.rest_recordings import recording_of
from dialer.sandbox.twiml import Source

LONGEST_TWIML = 4000
EVENTS = frozenset(Event)

router = APIRouter(prefix="/Calls")
Context = Annotated[RestContext, Depends(rest_context)]


@router.post(".json")
async def create(request: Request, context: Context) -> Response:
    form = await Form.of(request)
    call = context.place(order_of(form, context))
    await context.confirm(call)
    return JSONResponse(context.resources.call(call), 201)


@router.get(".json")
async def list_calls(request: Request, context: Context) -> Response:
    query = Form.of_query(request)
    calls = matching(query, context)
    return JSONResponse(page(request.url.path, "calls", query, calls, lambda call: call.sid, context.read))


@router.get("/{sid}.json")
async def fetch(sid: str, request: Request, context: Context) -> Response:
    call = context.call(sid, request)
    if not context.shows(call):
        raise not_found(request.url.path)
    return JSONResponse(context.read(call))


@router.post("/{sid}.json")
async def update(sid: str, request: Request, context: Context) -> Response:
    call = context.call(sid, request)
    form = await Form.of(request)
    exchange = context.sandbox.exchange
    status = form.text("Status")
    if status not in ("", "canceled", "completed"):
        raise bad_parameter("Status", status)
    source = source_of(form, context) if "Url" in form or "Twiml" in form else None
    if (status or source) and call.is_over:
        raise not_in_progress()
    callback = form.url("StatusCallback", 21609)
    if callback:
        exchange.set_callback(call, callback, form.method("StatusCallbackMethod"))
    if form.text("TimeLimit"):
        exchange.set_time_limit(call, form.number("TimeLimit", 0, 1, 86_400))
    if status == "canceled":
        exchange.cancel(call)
    elif status == "completed":
        exchange.hang_up(call)
    elif source is not None:
        exchange.redirect(call, context.sandbox.interpreter.script(source))
    return JSONResponse(context.resources.call(call))


@router.delete("/{sid}.json")
async def delete(sid: str, request: Request, context: Context) -> Response:
    call = context.call(sid, request)
    if not call.is_over:
        raise TwilioError(20009, "Cannot delete this resource before it is complete", 409)
    context.sandbox.exchange.remove(call)
    return Response(status_code=204)


def order_of(form: Form, context: RestContext) -> Order:
    to = check_to(form.text("To"))
    from_ = check_from(form.text("From"), to, context.sandbox.numbers.owned)
    digits = digits_of(form)
    source, callback = voice_of(form, context)
    detection = None if digits else detection_of(form, "AsyncAmdStatusCallback")

    recording = recording_of(form, "OutboundAPI") if form.boolean("Record", False) else None

    async def follow(call: Call) -> None:
        if recording is not None:
            context.sandbox.recordings.record_call(call, recording)
        await play_keys(context.sandbox.interpreter, call, digits)
        fields = await context.sandbox.detector.listen(call, detection)
        await context.sandbox.interpreter.run(call, source, fields)

    return Order(
        to=to,
        from_=from_,
        script=follow,
        callback=callback,
        timeout=form.number(
            "Timeout", 60, 1, 600, lambda text: TwilioError(21208, f"Invalid Timeout: {text}")
        ),
        time_limit=form.number("TimeLimit", 14_400, 1, 86_400),
    )


def voice_of(form: Form, context: RestContext) -> tuple[Source, StatusCallback | None]:
    """The application's, where one is named: then the request's own URLs are not looked at."""
    sid = form.text("ApplicationSid")
    if not sid:
        return source_of(form, context), callback_of(form, context)
    if sid not in context.sandbox.applications:
        raise unknown_application(sid)
    voice = context.sandbox.applications[sid].voice
    return voice.source, voice.callback


def source_of(form: Form, context: RestContext) -> Source:
    url, text = form.url("Url"), form.text("Twiml")
    if len(text) > LONGEST_TWIML:
        raise TwilioError(32018, "Twiml is longer than 4000 characters")
    if not url and not text:
        raise TwilioError(21205, "Url parameter is required.")
    if url and text:
        context.sandbox.debugger.note(32019, "Url and Twiml are both given: Twiml is ignored")
    return Source(
        url=url or "",
        method=form.method("Method"),
        text=None if url else text,
        fallback_url=form.url("FallbackUrl"),
        fallback_method=form.method("FallbackMethod"),
    )


def callback_of(form: Form, context: RestContext) -> StatusCallback | None:
    """An event that Twilio does not know (several in one field, say) is left out without an error."""
    url = form.url("StatusCallback", 21609)
    if not url:
        return None
    wanted = form.texts("StatusCallbackEvent") or [Event.COMPLETED]
    unknown = set(wanted) - EVENTS
    if unknown:
        context.sandbox.debugger.note(21626, f"StatusCallbackEvent ignored: {', '.join(sorted(unknown))}")
    return StatusCallback(url, form.method("StatusCallbackMethod"), frozenset(wanted) & EVENTS)


def digits_of(form: Form) -> str:
    digits = form.text("SendDigits")
    if len(digits) > 32 or set(digits) - set("0123456789ABCDabcd#*wW"):
        raise TwilioError(21206, f"SendDigits is not valid: {digits}")
    return digits


def matching(query: Form, context: RestContext) -> Iterator[Call]:
    """Newest first."""
    exchange = context.sandbox.exchange
    to, from_, parent = query.text("To"), query.text("From"), query.text("ParentCallSid")
    status = query.text("Status")
    if status and status not in set(Status):
        raise bad_parameter("Status", status)
    started, ended = date_filter(query, "StartTime"), date_filter(query, "EndTime")
    calls = reversed(exchange.calls_to.get(to, [])) if to else reversed(exchange.calls.values())
    return (
        call
        for call in calls
        if (not from_ or call.order.from_ == from_)
        and (not status or call.status == status)
        and (not parent or (call.order.parent is not None and call.order.parent.sid == parent))
        and started(call.started_at)
        and ended(call.ended_at)
        and context.shows(call)
    )
