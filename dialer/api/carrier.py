"""The carrier's webhooks: TwiML for calls that were answered, and news of calls and conferences.

Signature first; then kept, applied and committed; only then 200.
"""

from typing import Annotated
from uuid import UUID

import phonenumbers
from fastapi import APIRouter, Depends, Header, Request, Response
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool

from dialer.api.deps import CARRIER, Database, Now, allowed
from dialer.core.clock import utc_now
from dialer.core.errors import Forbidden
from dialer.core.log import logger
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.services import carrier_webhooks, reports
from dialer.services.attempts import AnswerPlan, HangUp, JoinAgent, PlayMessage, WaitForAgent
from dialer.store import counters
from dialer.store.agent_sessions import AgentSession
from dialer.telephony import twiml
from dialer.telephony.port import Carrier
from dialer.telephony.urls import CarrierUrls

router = APIRouter(prefix="/twilio", dependencies=[Depends(allowed(CARRIER))], include_in_schema=False)


async def signed_fields(
    request: Request, signature: Annotated[str, Header(alias="X-Twilio-Signature")] = ""
) -> dict[str, str]:
    """The form's fields, once the signature over the public address and the raw path holds."""
    form = await request.form()
    carrier: Carrier = request.app.state.carrier
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{str(get_settings().public_url).rstrip('/')}{request.url.path}{query}"
    if not signature or not carrier.signature_is_valid(url, form, signature):
        await run_in_threadpool(_count_bad_signature, request.url.path)
        raise Forbidden("The signature does not fit.")
    return {key: str(value) for key, value in form.items()}


def _count_bad_signature(path: str) -> None:
    logger.warning("webhook_signature_refused", path=path)
    try:
        today = reports.day_of(utc_now(), get_settings().office_time_zone)
        counters.count(get_redis(), counters.BAD_SIGNATURES, today)
    except RedisError as error:
        logger.warning("redis_unreachable", error=str(error))


Fields = Annotated[dict[str, str], Depends(signed_fields)]
Token = Annotated[str, Header(alias="I-Twilio-Idempotency-Token")]


@router.post("/attempts/{attempt_id}/answer")
def call_answered(
    attempt_id: UUID, fields: Fields, database: Database, now: Now, token: Token = ""
) -> Response:
    plan = carrier_webhooks.call_answered(database, attempt_id, fields, token, now)
    return _xml(_document(plan, attempt_id))


@router.post("/attempts/{attempt_id}/status")
def call_status(attempt_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    carrier_webhooks.call_status(database, attempt_id, fields, now)
    return Response(status_code=204)


@router.post("/sessions/{session_id}/answer")
def agent_answered(session_id: UUID, fields: Fields, database: Database) -> Response:
    agent = database.get(AgentSession, session_id)
    if agent is None:
        return _xml(twiml.hang_up())
    return _xml(twiml.hold_agent_line(agent.room, _urls().room_events(agent.id)))


@router.post("/sessions/{session_id}/status")
def agent_status(session_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    carrier_webhooks.agent_line_status(database, session_id, fields, now)
    return Response(status_code=204)


@router.post("/sessions/{session_id}/room")
def room_event(session_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    carrier_webhooks.room_event(database, session_id, fields, now)
    return Response(status_code=204)


def _urls() -> CarrierUrls:
    return CarrierUrls(str(get_settings().public_url))


def _document(plan: AnswerPlan, attempt_id: UUID) -> str:
    match plan:
        case JoinAgent(room, session_id):
            return twiml.join_agent_room(room, _urls().room_events(session_id), f"attempt-{attempt_id}")
        case WaitForAgent(seconds):
            return twiml.ask_again(seconds, _urls().call_answer(attempt_id))
        case PlayMessage(client_name, number):
            return twiml.abandoned_message(client_name, _spoken(number))
        case HangUp():
            return twiml.hang_up()


def _spoken(number: str) -> str:
    """A number as it is read out: its national form, digit by digit."""
    national = phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)
    return ", ".join(
        " ".join(group)
        for group in "".join(character if character.isdigit() else " " for character in national).split()
    )


def _xml(document: str) -> Response:
    return Response(document, media_type="text/xml")
