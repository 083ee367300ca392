"""The carrier's webhooks: TwiML for calls that were answered, and news of calls and conferences.

Signature first; then kept, applied and committed; only then 200.
"""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from dialer.api.carrier_machines import left
from dialer.api.deps import CARRIER, Database, Now, allowed
from dialer.api.signed import Fields, Token, urls, xml
from dialer.core.settings import get_settings
from dialer.services import carrier_webhooks, colleagues, lines, lost_agents, recordings
from dialer.services.answer_plans import HangUp, JoinAgent, PlayMessage, WaitForAgent
from dialer.services.machines import LeaveMessage, MachinePlan
from dialer.store.agent_sessions import AgentSession
from dialer.telephony import messages, twiml

router = APIRouter(prefix="/twilio", dependencies=[Depends(allowed(CARRIER))], include_in_schema=False)


@router.post("/attempts/{attempt_id}/answer")
def call_answered(
    attempt_id: UUID, fields: Fields, database: Database, now: Now, token: Token = ""
) -> Response:
    plan = carrier_webhooks.call_answered(database, attempt_id, fields, token, now)
    joins = isinstance(plan, JoinAgent)
    is_told = joins and recordings.announce(database, attempt_id, get_settings().office_state, now)
    return xml(document(plan, attempt_id, is_told_of_recording=is_told))


@router.post("/attempts/{attempt_id}/status")
def call_status(attempt_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    carrier_webhooks.call_status(database, attempt_id, fields, now)
    return Response(status_code=204)


@router.post("/attempts/{attempt_id}/agent-lost")
def agent_lost(attempt_id: UUID, fields: Fields, database: Database, now: Now, token: Token = "") -> Response:
    message = lost_agents.message(database, attempt_id, fields, token, now)
    if message is None:
        return xml(twiml.hang_up())
    key_url = urls().call_key_pressed(attempt_id)
    return xml(messages.agent_lost(message.client_name, message.client_number, key_url))


@router.post("/sessions/{session_id}/answer")
def agent_answered(
    session_id: UUID, fields: Fields, database: Database, now: Now, token: Token = ""
) -> Response:
    leg = colleagues.leg_of(database, session_id)
    agent = carrier_webhooks.agent_line_answered(database, session_id, fields, token, now)
    if agent is None:
        return xml(twiml.hang_up())
    if lines.asks_for_key(database, agent):
        return xml(twiml.ask_for_key(urls().agent_key_pressed(agent.id)))
    host = colleagues.room_for(database, agent, leg, fields["CallSid"], now)
    return xml(_agent_document(agent, host, fields["CallSid"]))


@router.post("/sessions/{session_id}/key")
def agent_key_pressed(
    session_id: UUID, fields: Fields, database: Database, now: Now, token: Token = ""
) -> Response:
    leg = colleagues.leg_of(database, session_id)
    agent = carrier_webhooks.agent_key_pressed(database, session_id, fields, token, now)
    if agent is None:
        return xml(twiml.hang_up())
    host = colleagues.room_for(database, agent, leg, fields["CallSid"], now)
    return xml(_agent_document(agent, host, fields["CallSid"]))


@router.post("/sessions/{session_id}/status")
def agent_status(session_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    carrier_webhooks.agent_line_status(database, session_id, fields, now)
    return Response(status_code=204)


@router.post("/sessions/{session_id}/room")
def room_event(session_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    carrier_webhooks.room_event(database, session_id, fields, now)
    return Response(status_code=204)


def _agent_document(agent: AgentSession, host: AgentSession, call_sid: str) -> str:
    """An agent's own line waits in her own room, or joins the agent who asks her about a call."""
    join = twiml.hold_agent_line if host is agent else twiml.bring_agent_line
    return join(host.room, urls().room_events(host.id), call_sid)


def document(plan: MachinePlan, attempt_id: UUID, *, is_told_of_recording: bool) -> str:
    match plan:
        case JoinAgent(room, session_id):
            return twiml.join_agent_room(
                room,
                urls().room_events(session_id),
                f"attempt-{attempt_id}",
                is_told_of_recording=is_told_of_recording,
            )
        case WaitForAgent(seconds):
            return twiml.ask_again(seconds, urls().call_answer(attempt_id))
        case PlayMessage(client_name, number):
            return messages.abandoned(client_name, number, urls().call_key_pressed(attempt_id))
        case LeaveMessage():
            return left(plan, attempt_id)
        case HangUp():
            return twiml.hang_up()
