"""News of legs, from the carrier and from our own jobs: kept, applied, and told to what the leg is for."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.domain.leg import TRANSFER
from dialer.services import carrier_webhooks, legs, supervision, transfer_news
from dialer.services.answer_plans import AnswerPlan, HangUp
from dialer.services.legs import JoinOwnRoom, LegPlan
from dialer.store import attempts
from dialer.store import legs as leg_rows
from dialer.store.legs import Leg
from dialer.telephony.port import CallFacts, PlaceResult


def answered(session: Session, leg_id: UUID, fields: Mapping[str, str], token: str, now: datetime) -> LegPlan:
    """What to do with somebody who picked up."""
    call_sid = fields.get("CallSid", "")
    carrier_webhooks.keep(session, "leg_answer", f"{call_sid}:{token}", fields, None, now)
    leg = locked(session, leg_id)
    if leg is None:
        return HangUp()
    plan = legs.answer(session, leg, call_sid, now)
    if leg.purpose in TRANSFER:
        transfer_news.leg_answered(session, leg)
    else:
        supervision.joined(session, leg)
    return plan


def person_comes(
    session: Session, leg_id: UUID, fields: Mapping[str, str], token: str, now: datetime
) -> AnswerPlan | JoinOwnRoom:
    """The person is on the way to the leg's own room."""
    leg = locked(session, leg_id)
    return HangUp() if leg is None else transfer_news.handed_on(session, leg, fields, token, now)


def status(session: Session, leg_id: UUID, fields: Mapping[str, str], now: datetime) -> None:
    call_sid, word = fields.get("CallSid", ""), fields.get("CallStatus", "")
    key = f"{call_sid}:{fields.get('SequenceNumber')}:{word}"
    if not carrier_webhooks.keep(session, "leg", key, fields, None, now):
        return
    leg = locked(session, leg_id)
    if leg is not None and legs.progress(session, leg, call_sid, word, now):
        _ended(session, leg, now)


def called(session: Session, leg_id: UUID, result: PlaceResult, now: datetime) -> None:
    """What the carrier said to being asked for the call."""
    leg = locked(session, leg_id)
    if leg is not None and legs.record_result(session, leg, result, now):
        _ended(session, leg, now)


def looked_up(session: Session, leg_id: UUID, facts: CallFacts | None, now: datetime) -> None:
    """The carrier was asked about the leg's call; None: it has none, not even to be hung up on."""
    leg = locked(session, leg_id)
    if leg is None:
        return
    if facts is not None:
        over = legs.progress(session, leg, facts.sid, facts.status, now)
    else:
        over = legs.ended(leg, now, "failed")
    if over:
        _ended(session, leg, now)


def end(session: Session, leg_id: UUID, now: datetime) -> None:
    """End it by our own wish."""
    leg = locked(session, leg_id)
    if leg is not None and legs.end(session, leg, now):
        _ended(session, leg, now)


def hung_up(session: Session, leg_id: UUID, now: datetime) -> None:
    """We ended it, or it was never called."""
    leg = locked(session, leg_id)
    if leg is not None and legs.ended(leg, now, leg.carrier_error or ""):
        _ended(session, leg, now)


def locked(session: Session, leg_id: UUID) -> Leg | None:
    """The leg, with its attempt locked first."""
    seen = session.get(Leg, leg_id)
    if seen is not None and seen.attempt_id is not None:
        attempts.lock(session, seen.attempt_id)
    return leg_rows.lock(session, leg_id)


def _ended(session: Session, leg: Leg, now: datetime) -> None:
    """What the leg's end means for the call that it was made for."""
    if leg.is_supervisors:
        supervision.ended(session, leg, now)
    elif leg.purpose in TRANSFER:
        transfer_news.leg_ended(session, leg, now)
