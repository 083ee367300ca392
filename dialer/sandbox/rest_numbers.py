"""REST: IncomingPhoneNumbers, and the account itself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from dialer.sandbox.addresses import formatted
from dialer.sandbox.clock import rfc2822
from dialer.sandbox.errors import not_found
from dialer.sandbox.forms import Form
from dialer.sandbox.ids import number_sid
from dialer.sandbox.paging import page
from dialer.sandbox.rest import RestContext, rest_context

router = APIRouter(prefix="/IncomingPhoneNumbers")
Context = Annotated[RestContext, Depends(rest_context)]


@router.get(".json")
async def list_numbers(request: Request, context: Context) -> Response:
    query = Form.of_query(request)
    pattern, name = query.text("PhoneNumber"), query.text("FriendlyName")
    numbers = [
        number
        for number in context.sandbox.config.numbers
        if (not pattern or pattern.strip("*") in number) and (not name or formatted(number) == name)
    ]
    since = rfc2822(context.sandbox.started_at)
    return JSONResponse(
        page(
            request.url.path,
            "incoming_phone_numbers",
            query,
            numbers,
            number_sid,
            lambda number: context.resources.number(number, since),
        )
    )


@router.get("/{sid}.json")
async def fetch(sid: str, request: Request, context: Context) -> Response:
    for number in context.sandbox.config.numbers:
        if number_sid(number) == sid:
            return JSONResponse(context.resources.number(number, rfc2822(context.sandbox.started_at)))
    raise not_found(request.url.path)


async def account(request: Request, context: Context) -> Response:
    return JSONResponse(context.resources.account(rfc2822(context.sandbox.started_at)))
