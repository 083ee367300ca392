"""What the carrier's news mean for a transfer, and what the sweeper finds of it.

A person counts as moved when the carrier asks where she goes: that question can't be lost, for
without its answer she does not move. Where nobody is there to take her, the answer is the agent's room.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import LineState, SessionEvent, SessionState
from dialer.domain.attempt import AttemptEvent, AttemptState, next_state
from dialer.domain.leg import LegPurpose, LegState
from dialer.services import (
    agents,
    attempts,
    call_control,
    carrier_webhooks,
    colleagues,
    recordings,
    supervision,
    transfers,
)
from dialer.services.answer_plans import AnswerPlan, HangUp
from dialer.services.legs import JoinOwnRoom
from dialer.services.sweeper import BATCH, Patience
from dialer.store import agent_sessions
from dialer.store import attempts as attempt_rows
from dialer.store.attempts import Attempt
from dialer.store.legs import LINE, Leg

LONG_PAST = timedelta(hours=4)
"""Nothing is looked for any more."""


def to_pass_on(session: Session, attempt_id: UUID, from_id: UUID, to_id: UUID, now: datetime) -> str | None:
    """The person's call, to be sent to another agent; None when there is nobody to send (any more)."""
    attempt = attempt_rows.lock(session, attempt_id)
    is_hers = attempt is not None and _is_with(attempt, from_id)
    if attempt is not None and is_hers and colleagues.may_be_given(session, attempt_id, to_id):
        return attempt.call_sid
    _give_back(session, attempt_id, to_id, now)
    return None


def not_passed_on(session: Session, attempt_id: UUID, to_id: UUID, now: datetime) -> None:
    """The carrier did not do it, or the other agent is gone: she keeps the person."""
    attempt = attempt_rows.lock(session, attempt_id)
    _give_back(session, attempt_id, to_id, now)
    if attempt is not None and attempt.state is AttemptState.CONNECTED:
        call_control.set_hold(session, attempt, False, now)
        text = "The person could not be passed on. You are with the person again."
        call_control.tell(session, attempt.agent_id, text)


def passed_on(
    session: Session,
    attempt_id: UUID,
    from_id: UUID,
    to_id: UUID,
    fields: Mapping[str, str],
    token: str,
    now: datetime,
) -> AnswerPlan:
    """The person has left the first agent's room: she is free, and the other one has the call."""
    call_sid = fields.get("CallSid", "")
    carrier_webhooks.keep(session, "passed_on", f"{call_sid}:{token}", fields, attempt_id, now)
    attempt = attempt_rows.lock(session, attempt_id)
    if attempt is None or attempt.call_sid != call_sid:
        return HangUp()
    is_home = colleagues.may_be_given(session, attempt_id, to_id)
    other = agent_sessions.lock(session, to_id)
    is_there = is_home and other is not None and other.line is LineState.UP and _is_idle(session, to_id)
    if other is not None and is_there and _is_with(attempt, from_id):
        colleagues.waits_no_longer(session, attempt_id, to_id, now)
        attempt.state = next_state(attempt.state, AttemptEvent.PASS_ON)
        attempt.agent_session_id, attempt.agent_id, attempt.held_at = other.id, other.user_id, None
        agents.dispositioned(session, from_id, now)
    elif attempt.agent_session_id != to_id:
        attempt.held_at = None
        not_passed_on(session, attempt_id, to_id, now)
    return attempts.answer(session, attempt, call_sid, now)


def _is_with(attempt: Attempt, session_id: UUID) -> bool:
    return attempt.state is AttemptState.CONNECTED and attempt.agent_session_id == session_id


def _is_idle(session: Session, session_id: UUID) -> bool:
    """Reserved, and for no call that she has already."""
    agent = agent_sessions.lock(session, session_id)
    return (
        agent is not None
        and agent.state is SessionState.RESERVED
        and agent.preview_contact_id is None
        and attempt_rows.open_of_session(session, session_id) is None
    )


def _give_back(session: Session, attempt_id: UUID, session_id: UUID, now: datetime) -> None:
    if colleagues.waits_no_longer(session, attempt_id, session_id, now) and _is_idle(session, session_id):
        agents.release(session, session_id, now)


def leg_answered(session: Session, leg: Leg) -> None:
    """Somebody waits in the leg's own room: the person is sent there."""
    if leg.purpose is LegPurpose.HAND_ON and leg.state is LegState.JOINED:
        enqueue_after_commit(session, Job.HAND_ON, str(leg.id))
    else:
        _look_again(session, leg)


def to_hand_on(session: Session, leg_id: UUID) -> str | None:
    """The person's call, to be sent to the leg's room."""
    leg = session.get(Leg, leg_id)
    attempt = session.get(Attempt, leg.attempt_id) if leg is not None and leg.attempt_id else None
    if leg is None or attempt is None or attempt.state is not AttemptState.CONNECTED:
        return None
    return attempt.call_sid if _has_room(leg) else None


def _has_room(leg: Leg) -> bool:
    return leg.purpose is LegPurpose.HAND_ON and leg.state is LegState.JOINED


def handed_on(
    session: Session, leg: Leg, fields: Mapping[str, str], token: str, now: datetime
) -> AnswerPlan | JoinOwnRoom:
    """The person has left the agent's room for the leg's; with the leg gone meanwhile, back to her."""
    call_sid = fields.get("CallSid", "")
    carrier_webhooks.keep(session, "handed_on", f"{call_sid}:{token}", fields, leg.attempt_id, now)
    attempt = session.get(Attempt, leg.attempt_id) if leg.attempt_id else None
    if attempt is None or attempt.call_sid != call_sid:
        return HangUp()
    if attempt.state is AttemptState.CONNECTED and _has_room(leg):
        attempt.state = next_state(attempt.state, AttemptEvent.HAND_ON)
        attempt.handed_on_at, attempt.held_at = now, None
        agent = agent_sessions.lock(session, leg.agent_session_id)
        if agent is not None:
            agents.change_state(session, agent, SessionEvent.CALL_ENDED, now)
        recordings.cease(session, attempt, now)
        told = {"campaign_id": attempt.campaign_id, "state": attempt.state.value}
        publish_after_commit(session, Channel.FLOOR, "all", "attempt", told)
    if attempt.handed_on_at is not None:
        return JoinOwnRoom(leg.room) if _has_room(leg) else HangUp()
    return attempts.answer(session, attempt, call_sid, now)


def not_left(session: Session, leg: Leg) -> None:
    """The carrier did not move the third party out of the agent's room."""
    if leg.purpose is LegPurpose.HAND_ON and leg.state is LegState.JOINED and leg.joined_at is None:
        leg.joined_at = leg.asked_at
        if leg.is_supervisors:
            supervision.not_taken_over(session, leg)
            return
        leg.purpose = LegPurpose.CONSULT
        text = "You have not left the call: the carrier did not do it. Try again."
        call_control.tell(session, leg.asked_by_id, text)


def leg_ended(session: Session, leg: Leg, now: datetime) -> None:
    """The third party is gone. A person who waited to be handed on is with the agent again."""
    attempt = session.get(Attempt, leg.attempt_id) if leg.attempt_id else None
    if attempt is None or attempt.state is not AttemptState.CONNECTED:
        return
    what = transfers.farewell(session, leg)
    if leg.purpose is LegPurpose.HAND_ON:
        call_control.set_hold(session, attempt, False, now)
        call_control.tell(session, attempt.agent_id, f"{what} You are with the person again.".strip())
    elif attempt.held_at is not None:
        call_control.tell(session, attempt.agent_id, f"{what} The person is on hold.")
    else:
        _look_again(session, leg)


def _look_again(session: Session, leg: Leg) -> None:
    call_control.look_again(session, leg.asked_by_id)


def sweep(session: Session, now: datetime, patience: Patience) -> int:
    """Transfers whose job was lost go on; agents reserved for nobody are ready again; a person who was
    handed on and sits alone is hung up on."""
    late = now - patience.job_lost
    moving = session.exec(
        select(Leg, Attempt)
        .join(Attempt, col(Attempt.id) == Leg.attempt_id)
        .where(Leg.purpose == LegPurpose.HAND_ON, col(Leg.asked_at) > now - LONG_PAST)
        .where(~col(Leg.address).startswith(LINE))
        .where(col(Attempt.call_ended_at).is_(None), col(Attempt.call_sid).is_not(None))
        .limit(BATCH)
    ).all()
    for leg, attempt in moving:
        if leg.state is LegState.JOINED and attempt.state is AttemptState.CONNECTED:
            if leg.joined_at is None:
                enqueue_after_commit(session, Job.MOVE_LEG, str(leg.id))
            elif leg.joined_at < late:
                enqueue_after_commit(session, Job.HAND_ON, str(leg.id))
        elif _left_alone(leg, attempt, late):
            enqueue_after_commit(session, Job.END_CALL, str(attempt.call_sid))
    idle = agent_sessions.reserved_for_nothing(session, now - patience.claim_stale)
    for agent in idle:
        agents.release(session, agent.id, now)
    return len(moving) + len(idle) + colleagues.sweep(session, now, patience)


def _left_alone(leg: Leg, attempt: Attempt, late: datetime) -> bool:
    """Whether the person sits in this leg's room without it. A leg that ended before she was handed on
    had her never: she is with another one, or hears a message."""
    if leg.ended_at is None or attempt.handed_on_at is None:
        return False
    return attempt.handed_on_at <= leg.ended_at < late
