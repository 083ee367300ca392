"""REST: IncomingPhoneNumbers, and the account itself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from dialer.sandbox.clock import rfc2822
from dialer.sandbox.errors import not_found
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
    pattern, name = query.text("PhoneNumber"), query.text("FriendlyName")
    numbers = [
        number
        for number in context.sandbox.numbers.all
        if (not pattern or pattern.strip("*") in number.phone_number)
        and (not name or number.friendly_name == name)
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


@router.post("/{sid}.json")
async def update(sid: str, request: Request, context: Context) -> Response:
    """What calls to the number do; an empty URL takes it away."""
    number = owned(sid, request, context)
    form = await Form.of(request)
    changes = {attribute: form.url(name) or "" for name, attribute in URLS.items() if name in form}
    changes |= {attribute: form.method(name) for name, attribute in METHODS.items() if name in form}
    if form.text("FriendlyName"):
        changes["friendly_name"] = form.text("FriendlyName")
    for attribute, value in changes.items():
        setattr(number, attribute, value)
    number.updated_at = context.sandbox.clock.now()
    return JSONResponse(context.resources.number(number))


async def account(request: Request, context: Context) -> Response:
    return JSONResponse(context.resources.account(rfc2822(context.sandbox.started_at)))


def owned(sid: str, request: Request, context: RestContext) -> OwnedNumber:
    number = context.sandbox.numbers.find(sid)
    if number is None or number.sid != sid:
        raise not_found(request.url.path)
    return number
