"""The carrier's webhooks: TwiML for calls that were answered, and news of calls and conferences.

Signature first; then kept, applied and committed; only then 200.
"""

from uuid import UUID

import phonenumbers
from fastapi import APIRouter, Depends, Response

from dialer.api.deps import CARRIER, Database, Now, allowed
from dialer.api.signed import Fields, Token, urls, xml
from dialer.services import carrier_webhooks
from dialer.services.attempts import AnswerPlan, HangUp, JoinAgent, PlayMessage, WaitForAgent
from dialer.store.agent_sessions import AgentSession
from dialer.telephony import twiml

router = APIRouter(prefix="/twilio", dependencies=[Depends(allowed(CARRIER))], include_in_schema=False)


@router.post("/attempts/{attempt_id}/answer")
def call_answered(
    attempt_id: UUID, fields: Fields, database: Database, now: Now, token: Token = ""
) -> Response:
    plan = carrier_webhooks.call_answered(database, attempt_id, fields, token, now)
    return xml(_document(plan, attempt_id))


@router.post("/attempts/{attempt_id}/status")
def call_status(attempt_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    carrier_webhooks.call_status(database, attempt_id, fields, now)
    return Response(status_code=204)


@router.post("/sessions/{session_id}/answer")
def agent_answered(session_id: UUID, fields: Fields, database: Database) -> Response:
    agent = database.get(AgentSession, session_id)
    if agent is None:
        return xml(twiml.hang_up())
    return xml(twiml.hold_agent_line(agent.room, urls().room_events(agent.id)))


@router.post("/sessions/{session_id}/status")
def agent_status(session_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    carrier_webhooks.agent_line_status(database, session_id, fields, now)
    return Response(status_code=204)


@router.post("/sessions/{session_id}/room")
def room_event(session_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    carrier_webhooks.room_event(database, session_id, fields, now)
    return Response(status_code=204)


def _document(plan: AnswerPlan, attempt_id: UUID) -> str:
    match plan:
        case JoinAgent(room, session_id):
            return twiml.join_agent_room(room, urls().room_events(session_id), f"attempt-{attempt_id}")
        case WaitForAgent(seconds):
            return twiml.ask_again(seconds, urls().call_answer(attempt_id))
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
