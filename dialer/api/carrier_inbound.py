"""The voice URL of our own numbers: what a person hears who calls one of them."""

from fastapi import APIRouter, Depends, Response

from dialer.api.deps import CARRIER, Database, Now, allowed
from dialer.api.signed import Fields, Token, urls, xml
from dialer.core.settings import get_settings
from dialer.services import inbound_news, recordings
from dialer.services.answer_plans import HangUp
from dialer.services.inbound import CallerJoins, CallerWaits, InboundPlan, NobodyFree
from dialer.services.messages import AnotherKey, OptedOut
from dialer.telephony import messages, twiml

router = APIRouter(prefix="/twilio", dependencies=[Depends(allowed(CARRIER))], include_in_schema=False)
MOMENT_SECONDS = 2


@router.post("/inbound")
def called(fields: Fields, database: Database, now: Now, token: Token = "") -> Response:
    plan = inbound_news.called(database, fields, token, now)
    is_told = isinstance(plan, CallerJoins) and recordings.announce(
        database, plan.attempt_id, get_settings().office_state, now
    )
    return xml(_document(plan, is_told_of_recording=is_told))


@router.post("/inbound/status")
def call_status(fields: Fields, database: Database, now: Now) -> Response:
    inbound_news.status(database, fields, now)
    return Response(status_code=204)


@router.post("/inbound/key")
def key_pressed(fields: Fields, database: Database, now: Now, token: Token = "") -> Response:
    match inbound_news.key_pressed(database, fields, token, now):
        case OptedOut(client_name):
            return xml(messages.opted_out(client_name))
        case AnotherKey():
            return xml(messages.another_key(urls().inbound_key_pressed()))
        case None:
            return xml(twiml.hang_up())


def _document(plan: InboundPlan, *, is_told_of_recording: bool) -> str:
    match plan:
        case CallerJoins(room, session_id, attempt_id):
            return twiml.join_agent_room(
                room,
                urls().room_events(session_id),
                f"attempt-{attempt_id}",
                is_told_of_recording=is_told_of_recording,
            )
        case CallerWaits(greet_for):
            if greet_for:
                return messages.one_moment(greet_for, urls().inbound())
            return twiml.ask_again(MOMENT_SECONDS, urls().inbound())
        case NobodyFree(client_name, number, attempt_id, may_opt_out):
            known = urls().call_key_pressed(attempt_id) if attempt_id else urls().inbound_key_pressed()
            return messages.nobody_free(client_name, number, known if may_opt_out else None)
        case HangUp():
            return twiml.hang_up()
