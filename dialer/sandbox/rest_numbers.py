"""REST: IncomingPhoneNumbers, and the account itself."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from dialer.sandbox.clock import rfc2822
from dialer.sandbox.errors import not_found, unknown_application
from dialer.sandbox.forms import Form
from dialer.sandbox.numbers import OwnedNumber
from dialer.sandbox.paging import page
from dialer.sandbox.rest import RestContext, rest_context

URLS = {
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "voice_fallback_url",
    "StatusCallback": "status_callback",
}
METHODS = {
    "VoiceMethod": "voice_method",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallbackMethod": "status_callback_method",
}

router = APIRouter(prefix="/IncomingPhoneNumbers")
Context = Annotated[RestContext, Depends(rest_context)]


@router.get(".json")
async def list_numbers(request: Request, context: Context) -> Response:
    query = Form.of_query(request)
    pattern, name = like(query.text("PhoneNumber")), query.text("FriendlyName")
    numbers = [
        number
        for number in context.sandbox.numbers.owned.values()
        if pattern.search(number.phone_number) and (not name or number.friendly_name == name)
    ]
    return JSONResponse(
        page(
            request.url.path,
            "incoming_phone_numbers",
            query,
            numbers,
            lambda number: number.sid,
            context.resources.number,
        )
    )


@router.get("/{sid}.json")
async def fetch(sid: str, request: Request, context: Context) -> Response:
    return JSONResponse(context.resources.number(owned(sid, request, context)))


@router.post(".json")
async def buy(request: Request, context: Context) -> Response:
    form = await Form.of(request)
    changes = changes_of(form, context)
    sandbox = context.sandbox
    number = sandbox.numbers.buy(form.text("PhoneNumber"), form.text("AreaCode"), sandbox.clock.now())
    change(number, changes, context)
    return JSONResponse(context.resources.number(number), 201)


@router.post("/{sid}.json")
async def update(sid: str, request: Request, context: Context) -> Response:
    number = owned(sid, request, context)
    change(number, changes_of(await Form.of(request), context), context)
    return JSONResponse(context.resources.number(number))


@router.delete("/{sid}.json")
async def release(sid: str, request: Request, context: Context) -> Response:
    context.sandbox.numbers.release(owned(sid, request, context))
    return Response(status_code=204)


def changes_of(form: Form, context: RestContext) -> dict[str, str]:
    """What calls to the number do; an empty URL takes it away."""
    changes = {attribute: form.url(name) or "" for name, attribute in URLS.items() if name in form}
    changes |= {attribute: form.method(name) for name, attribute in METHODS.items() if name in form}
    if form.text("FriendlyName"):
        changes["friendly_name"] = form.text("FriendlyName")
    if "VoiceApplicationSid" in form:
        sid = changes["voice_application_sid"] = form.text("VoiceApplicationSid")
        if sid and sid not in context.sandbox.applications:
            raise unknown_application(sid)
    return changes


def change(number: OwnedNumber, changes: dict[str, str], context: RestContext) -> None:
    for attribute, value in changes.items():
        setattr(number, attribute, value)
    number.updated_at = context.sandbox.clock.now()


def like(pattern: str) -> re.Pattern[str]:
    """Any part of a number; `*` is any digit."""
    return re.compile(re.escape(pattern).replace(r"\*", r"\d"))


async def account(request: Request, context: Context) -> Response:
    return JSONResponse(context.resources.account(rfc2822(context.sandbox.started_at)))


def owned(sid: str, request: Request, context: RestContext) -> OwnedNumber:
    number = context.sandbox.numbers.find(sid)
    if number is None or number.sid != sid:
        raise not_found(request.url.path)
    return number
