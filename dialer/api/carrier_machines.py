"""The carrier's webhooks of machines and messages: verdicts, the message for a machine, keys pressed."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from dialer.api.deps import CARRIER, Database, Now, allowed
from dialer.api.signed import Fields, Token, urls, xml
from dialer.services import machine_news
from dialer.services import messages as message_service
from dialer.services.answer_plans import HangUp
from dialer.services.machines import LeaveMessage
from dialer.services.messages import AnotherKey, OptedOut
from dialer.telephony import messages, twiml

router = APIRouter(prefix="/twilio", dependencies=[Depends(allowed(CARRIER))], include_in_schema=False)


@router.post("/attempts/{attempt_id}/machine")
def verdict(attempt_id: UUID, fields: Fields, database: Database, now: Now, token: Token = "") -> Response:
    machine_news.verdict(database, attempt_id, fields, token, now)
    return Response(status_code=204)


@router.post("/attempts/{attempt_id}/voicemail")
def voicemail(attempt_id: UUID, fields: Fields, database: Database, now: Now, token: Token = "") -> Response:
    plan = machine_news.message_asked_for(database, attempt_id, fields, token, now)
    return xml(twiml.hang_up() if isinstance(plan, HangUp) else left(plan, attempt_id))


@router.post("/attempts/{attempt_id}/key")
def key_pressed(
    attempt_id: UUID, fields: Fields, database: Database, now: Now, token: Token = ""
) -> Response:
    match message_service.key_pressed(database, attempt_id, fields, token, now):
        case OptedOut(client_name):
            return xml(messages.opted_out(client_name))
        case AnotherKey():
            return xml(messages.another_key(urls().call_key_pressed(attempt_id)))
        case None:
            return xml(twiml.hang_up())


def left(plan: LeaveMessage, attempt_id: UUID) -> str:
    key_url = urls().call_key_pressed(attempt_id)
    return messages.voicemail(
        plan.client_name, plan.words, plan.toll_free, key_url, is_recorded=plan.is_recorded
    )
