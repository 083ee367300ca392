"""The carrier's requests: only signed ones come in, and TwiML goes out."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Header, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect

from dialer.core.clock import utc_now
from dialer.core.errors import Forbidden
from dialer.core.log import logger
from dialer.core.settings import get_settings
from dialer.services import alarms
from dialer.store import counters
from dialer.telephony.port import Carrier
from dialer.telephony.urls import CarrierUrls

LARGEST_FORM_BYTES, MOST_FIELDS = 65_536, 500


async def signed_fields(
    request: Request, signature: Annotated[str, Header(alias="X-Twilio-Signature")] = ""
) -> dict[str, str]:
    """The form's fields, once the signature over the public address and the raw path holds."""
    form = await _form_of(request)
    carrier: Carrier = request.app.state.carrier
    path: str = request.scope["raw_path"].decode("latin-1")
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{str(get_settings().public_url).rstrip('/')}{path}{query}"
    if not signature or not carrier.signature_is_valid(url, form, signature):
        await run_in_threadpool(_count_bad_signature, request.url.path)
        raise Forbidden("The signature does not fit.")
    return {key: str(value) for key, value in form.items()}


async def _form_of(request: Request) -> FormData:
    """Whoever sends more than the carrier ever does is not listened to; nobody knows yet who it is."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_FORM_BYTES:
                raise Forbidden("The form is too large.")
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        return FormData([*pairs])
    except ValueError as error:
        raise Forbidden("The form can't be read.") from error
    except ClientDisconnect as error:
        raise Forbidden("The form broke off.") from error


def _count_bad_signature(path: str) -> None:
    logger.warning("webhook_signature_refused", path=path)
    alarms.count(counters.BAD_SIGNATURES, utc_now())


Fields = Annotated[dict[str, str], Depends(signed_fields)]
Token = Annotated[str, Header(alias="I-Twilio-Idempotency-Token")]


def urls() -> CarrierUrls:
    return CarrierUrls(str(get_settings().public_url))


def xml(document: str) -> Response:
    return Response(document, media_type="text/xml")
