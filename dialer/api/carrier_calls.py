"""The carrier's webhooks of call control: what a person on hold hears, keypad tones,
and the way from one agent's room to another's."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from dialer.api.carrier import document
from dialer.api.deps import CARRIER, Database, Now, allowed
from dialer.api.signed import Fields, Token, urls, xml
from dialer.services import call_control, transfer_news
from dialer.telephony import twiml

router = APIRouter(prefix="/twilio", dependencies=[Depends(allowed(CARRIER))], include_in_schema=False)


@router.post("/hold")
def on_hold(_: Fields) -> Response:
    return xml(twiml.hold(urls().hold_music()))


@router.post("/attempts/{attempt_id}/tones/{digits}")
def tones(attempt_id: UUID, digits: str, _: Fields) -> Response:
    told = call_control.tones_of(digits)
    return xml(twiml.tones(told) if told is not None else twiml.hang_up())


@router.post("/attempts/{attempt_id}/passed-on/{from_id}/{to_id}")
def passed_on(
    attempt_id: UUID,
    from_id: UUID,
    to_id: UUID,
    fields: Fields,
    database: Database,
    now: Now,
    token: Token = "",
) -> Response:
    """The person has left one agent's room and asks where to go."""
    plan = transfer_news.passed_on(database, attempt_id, from_id, to_id, fields, token, now)
    return xml(document(plan, attempt_id, is_told_of_recording=False))
