"""The carrier's webhooks about legs: our calls to supervisors and to third parties of transfers."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from dialer.api.carrier import document
from dialer.api.deps import CARRIER, Database, Now, allowed
from dialer.api.signed import Fields, Token, urls, xml
from dialer.services import leg_news
from dialer.services.answer_plans import HangUp
from dialer.services.legs import JoinAgentRoom, JoinOwnRoom, LegPlan
from dialer.store.legs import Leg
from dialer.telephony import twiml

router = APIRouter(prefix="/twilio/legs", dependencies=[Depends(allowed(CARRIER))], include_in_schema=False)


@router.post("/{leg_id}/answer")
def leg_answered(leg_id: UUID, fields: Fields, database: Database, now: Now, token: Token = "") -> Response:
    return xml(_document(leg_news.answered(database, leg_id, fields, token, now), leg_id))


@router.post("/{leg_id}/status")
def leg_status(leg_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    leg_news.status(database, leg_id, fields, now)
    return Response(status_code=204)


@router.post("/{leg_id}/person")
def person_comes(leg_id: UUID, fields: Fields, database: Database, now: Now, token: Token = "") -> Response:
    """The person who is handed on asks where to go."""
    plan = leg_news.person_comes(database, leg_id, fields, token, now)
    if isinstance(plan, JoinOwnRoom):
        return xml(twiml.join_own_room(plan.room, "person"))
    leg = database.get_one(Leg, leg_id)
    return xml(document(plan, leg.attempt_id or leg_id, is_told_of_recording=False))


def _document(plan: LegPlan, leg_id: UUID) -> str:
    label = f"leg-{leg_id}"
    match plan:
        case JoinAgentRoom(room, session_id, is_muted, coached_sid):
            events = urls().room_events(session_id)
            return twiml.join_agent_room_too(room, events, label, is_muted=is_muted, coached_sid=coached_sid)
        case JoinOwnRoom(room):
            return twiml.join_own_room(room, label)
        case HangUp():
            return twiml.hang_up()
