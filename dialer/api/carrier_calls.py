"""The carrier's webhooks of call control: what a person on hold hears, and keypad tones."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from dialer.api.deps import CARRIER, allowed
from dialer.api.signed import Fields, urls, xml
from dialer.services import call_control
from dialer.telephony import twiml

router = APIRouter(prefix="/twilio", dependencies=[Depends(allowed(CARRIER))], include_in_schema=False)


@router.post("/hold")
def on_hold(_: Fields) -> Response:
    return xml(twiml.hold(urls().hold_music()))


@router.post("/attempts/{attempt_id}/tones/{digits}")
def tones(attempt_id: UUID, digits: str, _: Fields) -> Response:
    told = call_control.tones_of(digits)
    return xml(twiml.tones(told) if told is not None else twiml.hang_up())
