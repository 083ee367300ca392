"""The carrier's webhooks: kept as they came, once each, then applied under the row's lock, all in
one transaction. A call that nobody knows is kept and does nothing."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from uuid import UUID

from sqlmodel import Session

from dialer.domain.agent import SIGNED_IN
from dialer.domain.attempt import FINAL
from dialer.domain.leg import LegState
from dialer.services import (
    abandoned_calls,
    agents,
    attempts,
    failures,
    inbound,
    joins,
    machines,
    recordings,
    supervision,
)
from dialer.services.answer_plans import HangUp
from dialer.services.machines import MachinePlan
from dialer.store import agent_sessions, carrier_events, legs
from dialer.store import attempts as attempt_rows
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.carrier_events import CarrierEvent
from dialer.telephony.port import RecordingFacts
from dialer.telephony.twiml import AGENT_LABEL

ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


def call_answered(
    session: Session, attempt_id: UUID, fields: Mapping[str, str], token: str, now: datetime
) -> MachinePlan:
    """What to do with whoever picked up. `token` tells a repeat of one request from the next."""
    call_sid = fields.get("CallSid", "")
    keep(session, "answer", f"{call_sid}:{token}", fields, attempt_id, now)
    attempt = attempt_rows.lock(session, attempt_id)
    if attempt is None:
        return HangUp()
    return machines.answer(session, attempt, call_sid, fields.get("AnsweredBy"), now)


def call_status(session: Session, attempt_id: UUID, fields: Mapping[str, str], now: datetime) -> None:
    sequence = _number(fields.get("SequenceNumber"))
    call_sid, status = fields.get("CallSid", ""), fields.get("CallStatus", "")
    if not keep(session, "status", f"{call_sid}:{sequence}:{status}", fields, attempt_id, now):
        return
    attempt = attempt_rows.lock(session, attempt_id)
    if attempt is not None:
        machines.remember(attempt, fields.get("AnsweredBy"))
        if status == "failed" and attempt.call_sid in (None, call_sid):
            failures.note(attempt, _number(fields.get("SipResponseCode")))
        since = _time(fields.get("Timestamp"))
        attempts.progress(session, attempt, call_sid, status, sequence, now, since)
        machines.correct(session, attempt)


def agent_line_answered(
    session: Session, session_id: UUID, fields: Mapping[str, str], token: str, now: datetime
) -> AgentSession | None:
    """The agent whose line picked up; None for a leg that is not her line."""
    call_sid = fields.get("CallSid", "")
    keep(session, "agent-answer", f"{call_sid}:{token}", fields, None, now)
    agent = agent_sessions.lock(session, session_id)
    return agent if agent is not None and agents.is_her_line(session, agent, call_sid) else None


def agent_key_pressed(
    session: Session, session_id: UUID, fields: Mapping[str, str], token: str, now: datetime
) -> AgentSession | None:
    """She is at her telephone herself: from here on her line is up."""
    agent = agent_line_answered(session, session_id, fields, token, now)
    if agent is not None and agent.state in SIGNED_IN:
        agents.line_is_up(session, agent, fields.get("CallSid", ""), now)
    return agent


def agent_line_status(session: Session, session_id: UUID, fields: Mapping[str, str], now: datetime) -> None:
    """The agent's own leg. Answered is told by her conference; here it can only end."""
    call_sid, status = fields.get("CallSid", ""), fields.get("CallStatus", "")
    key = f"{call_sid}:{fields.get('SequenceNumber')}:{status}"
    if not keep(session, agents.LINE_NEWS, key, fields, None, now):
        return
    agent = agent_sessions.lock(session, session_id)
    if agent is not None and status in ENDED:
        agents.line_is_down(session, agent, call_sid, now, status)


def room_event(session: Session, session_id: UUID, fields: Mapping[str, str], now: datetime) -> None:
    """Somebody joined or left the agent's conference: the agent herself, or the person. Who is muted or
    on hold there is kept, for the sweeper of rooms to read."""
    event, call_sid = fields.get("StatusCallbackEvent", ""), fields.get("CallSid", "")
    key = f"{fields.get('ConferenceSid')}:{fields.get('SequenceNumber')}:{event}:{call_sid}"
    if not keep(session, "room", key, fields, None, now):
        return
    if event == "conference-end":
        _room_is_over(session, session_id, fields.get("ConferenceSid"))
    elif event == "participant-join":
        _somebody_joined(session, session_id, fields, now)
    elif event == "participant-leave":
        attempt = attempt_rows.lock_by_call_sid(session, call_sid)
        if attempt is not None:
            _person_left(session, session_id, attempt, now)
            inbound.left(session, attempt, fields.get("ParticipantCallStatus", ""), now)


def _room_is_over(session: Session, session_id: UUID, room_sid: str | None) -> None:
    agent = agent_sessions.lock(session, session_id)
    if agent is not None and agent.room_sid == room_sid:
        agent.room_sid = None


def _room_is_open(session: Session, session_id: UUID, room_sid: str | None) -> None:
    agent = agent_sessions.lock(session, session_id)
    if agent is not None and room_sid:
        agent.room_sid = room_sid


def _somebody_joined(session: Session, session_id: UUID, fields: Mapping[str, str], now: datetime) -> None:
    call_sid, room_sid = fields.get("CallSid", ""), fields.get("ConferenceSid")
    attempt = attempt_rows.lock_by_call_sid(session, call_sid)
    if attempt is not None:
        if attempt.agent_session_id == session_id:
            if attempt.call_ended_at is None:
                _room_is_open(session, session_id, room_sid)
            attempts.joined(session, attempt, now)
        return
    leg = legs.by_call_sid(session, call_sid)
    if leg is not None:
        supervision.entered(session, leg.id)
        if leg.agent_session_id == session_id and leg.state is not LegState.ENDED:
            _room_is_open(session, session_id, room_sid)
    elif fields.get("ParticipantLabel", "").startswith(AGENT_LABEL):
        _her_line_joined(session, session_id, call_sid, room_sid, now)


def _her_line_joined(
    session: Session, session_id: UUID, call_sid: str, room_sid: str | None, now: datetime
) -> None:
    """Whoever waits for her in her room is with her now."""
    waiting = attempt_rows.open_of_session(session, session_id)
    attempt = attempt_rows.lock(session, waiting.id) if waiting is not None else None
    whisperers = supervision.whispering(session, session_id)
    agent = agent_sessions.lock(session, session_id)
    if agent is None or not agents.line_is_up(session, agent, call_sid, now):
        return
    agent.room_sid = room_sid
    supervision.line_came_up(session, whisperers)
    if attempt is not None and attempt.agent_session_id == agent.id and attempt.answered_at is not None:
        attempts.joined(session, attempt, now)


def _person_left(session: Session, session_id: UUID, attempt: Attempt, now: datetime) -> None:
    """Who leaves the room was in it, though nobody told of her joining, be it after the end of her call."""
    if attempt.agent_session_id != session_id or attempt.handed_on_at is not None:
        return
    since = joins.sent_at(session, attempt)
    if attempt.state in FINAL and attempt.connected_at is None and since is not None:
        abandoned_calls.met_after_all(session, attempt, since)
    else:
        attempts.joined(session, attempt, now, since)


def keep(
    session: Session, kind: str, key: str, fields: Mapping[str, str], attempt_id: UUID | None, now: datetime
) -> bool:
    return carrier_events.keep(
        session,
        CarrierEvent(
            key=f"{kind}:{key}"[:200],
            kind=kind,
            call_sid=fields.get("CallSid") or None,
            attempt_id=attempt_id,
            payload=dict(fields),
            received_at=now,
        ),
    )


def recording_status(session: Session, attempt_id: UUID, fields: Mapping[str, str], now: datetime) -> None:
    """A recording of the attempt's call has begun, is there to be fetched, or is none."""
    sid, status = fields.get("RecordingSid", ""), fields.get("RecordingStatus", "")
    is_new = keep(session, "recording", f"{sid}:{status}", fields, attempt_id, now)
    attempt = attempt_rows.lock(session, attempt_id)
    if not sid or not is_new or attempt is None:
        return
    seconds, channels = _number(fields.get("RecordingDuration")), _number(fields.get("RecordingChannels"))
    recordings.heard(session, attempt, RecordingFacts(sid, status, seconds, channels or 1), now)


def _time(text: str | None) -> datetime | None:
    try:
        told = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
