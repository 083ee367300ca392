"""Colleagues: another agent is asked before a person is passed on to her, and her own line moves for it.

A browser takes no second call, so nobody is called: the line that she holds open in her own room is sent
to the first agent's, and home again. The leg, whose address is the name of her room, tells where her line
belongs, and she stays reserved until it is home: nobody is joined to an empty room. Her line has moved
when it asks where to go. Locks are taken in the order attempt, leg, agent session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegEvent, LegPurpose, LegState, next_state
from dialer.services import agents, call_control, legs
from dialer.services.sweeper import Patience
from dialer.store import agent_sessions, attempts
from dialer.store import legs as leg_rows
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.legs import Leg
from dialer.store.users import User

DID_NOT_COME = "failed"


def ask(session: Session, attempt: Attempt, other: AgentSession, now: datetime) -> Leg:
    """Send for the line of `other`, who is reserved, to the room of the attempt's agent."""
    agent = session.get_one(AgentSession, attempt.agent_session_id)
    consult, by = LegPurpose.CONSULT, agent.user_id
    return legs.ask(
        session, agent, consult, other.room, by, now, attempt_id=attempt.id, user_id=other.user_id
    )


def leg_of(session: Session, session_id: UUID) -> Leg | None:
    """The open leg of the agent's own line, locked, and its attempt before it."""
    seen = leg_rows.of_line(session, session_id)
    if seen is None:
        return None
    if seen.attempt_id is not None:
        attempts.lock(session, seen.attempt_id)
    leg = leg_rows.lock(session, seen.id)
    return leg if leg is not None and leg.state is not LegState.ENDED else None


def room_for(
    session: Session, agent: AgentSession, leg: Leg | None, call_sid: str, now: datetime
) -> AgentSession:
    """Her line asks where to go: the session in whose room it belongs."""
    if leg is None:
        return agent
    attempt = session.get(Attempt, leg.attempt_id)
    if attempt is None or not _is_with_first(attempt, leg) or leg.ended_at is not None:
        _is_home(session, leg, agent, now)
        return agent
    if leg.purpose is LegPurpose.HAND_ON:
        leg.joined_at = leg.joined_at or now
        _send_person(session, leg)
        return agent
    leg.state = next_state(leg.state, LegEvent.JOIN)
    leg.joined_at = leg.joined_at or now
    agents.line_is_up(session, agent, call_sid, now)
    call_control.look_again(session, leg.asked_by_id)
    return session.get_one(AgentSession, leg.agent_session_id)


def _is_with_first(attempt: Attempt, leg: Leg) -> bool:
    return attempt.state is AttemptState.CONNECTED and attempt.agent_session_id == leg.agent_session_id


def is_there(session: Session, leg: Leg) -> bool:
    """Whether she can be heard in the first agent's room: a line that was lost meanwhile comes back."""
    agent = session.get(AgentSession, leg.line_of)
    return agent is not None and agent.line is LineState.UP and leg.state is LegState.JOINED


def go_home(session: Session, leg: Leg) -> None:
    """To her own room, where the person comes to her."""
    leg.purpose, leg.joined_at = LegPurpose.HAND_ON, None
    enqueue_after_commit(session, Job.MOVE_LINE, str(leg.id))
    call_control.look_again(session, leg.user_id)


def may_be_given(session: Session, attempt_id: UUID, session_id: UUID) -> bool:
    """Whether a person who is passed on to the agent would find her in her own room."""
    seen = leg_rows.of_line(session, session_id)
    if seen is None or seen.attempt_id != attempt_id:
        return seen is None
    leg = leg_of(session, session_id)
    return leg is None or _waits_at_home(leg)


def _waits_at_home(leg: Leg) -> bool:
    return leg.purpose is LegPurpose.HAND_ON and leg.joined_at is not None and leg.ended_at is None


def waits_no_longer(session: Session, attempt_id: UUID, session_id: UUID, now: datetime) -> bool:
    """The person for whom she waited at home has come, or will not. False while her line is elsewhere."""
    if not may_be_given(session, attempt_id, session_id):
        return False
    leg = leg_of(session, session_id)
    if leg is not None:
        _end(leg, now)
    return True


def line_to_move(session: Session, leg_id: UUID, now: datetime) -> tuple[UUID, str] | None:
    """Her session and her line's call, to be sent where it belongs; None when it is there, or is none.
    A line that is lost asks by itself when it comes back; where nobody waits for that, she is let go."""
    seen = session.get(Leg, leg_id)
    leg = leg_of(session, seen.line_of) if seen is not None and seen.line_of is not None else None
    if leg is None or leg.id != leg_id or leg.line_of is None or not _moves(leg):
        return None
    agent = agent_sessions.lock(session, leg.line_of)
    if agent is None:
        return None
    if agent.line is LineState.UP and agent.state is not SessionState.OFFLINE:
        return (agent.id, agent.line_call_sid) if agent.line_call_sid is not None else None
    if leg.ended_at is not None:
        _is_home(session, leg, agent, now)
    return None


def _moves(leg: Leg) -> bool:
    """Whether her line is elsewhere than it should be."""
    on_the_way_home = leg.purpose is LegPurpose.HAND_ON and leg.joined_at is None
    return leg.state is LegState.CALLING or leg.ended_at is not None or on_the_way_home


def _send_person(session: Session, leg: Leg) -> None:
    ids = (leg.attempt_id, leg.agent_session_id, leg.line_of)
    enqueue_after_commit(session, Job.PASS_ON, *map(str, ids))


def _is_home(session: Session, leg: Leg, agent: AgentSession, now: datetime) -> None:
    """She is free: for the next call, or for what she wished after this one."""
    _end(leg, now)
    if agent.state is SessionState.RESERVED and agent.line is LineState.CONNECTING:
        agents.release(session, agent.id, now)
    elif agent.state is SessionState.RESERVED:
        agents.dispositioned(session, agent.id, now)
    call_control.look_again(session, leg.asked_by_id)


def _end(leg: Leg, now: datetime) -> None:
    """What is left of it says that she was asked: whoever had the person last has it by her own name."""
    leg.purpose = LegPurpose.CONSULT
    legs.ended(leg, leg.ended_at or now, leg.carrier_error or "")


def sweep(session: Session, now: datetime, patience: Patience) -> int:
    """Lines whose job was lost are moved again; one that does not come is not waited for."""
    found: Sequence[Leg] = leg_rows.open_of_lines(session)
    for seen in found:
        leg = leg_of(session, seen.line_of) if seen.line_of is not None else None
        if leg is None or leg.id != seen.id or leg.asked_at > now - patience.job_lost:
            continue
        if leg.ended_at is None and _is_late(session, leg, now, patience):
            leg.carrier_error = DID_NOT_COME if leg.joined_at is None else None
            legs.end(session, leg, now)
            call_control.look_again(session, leg.asked_by_id)
        elif _moves(leg):
            enqueue_after_commit(session, Job.MOVE_LINE, str(leg.id))
        elif _waits_at_home(leg) and leg.joined_at is not None and leg.joined_at < now - patience.job_lost:
            _send_person(session, leg)
    return len(found)


def _is_late(session: Session, leg: Leg, now: datetime, patience: Patience) -> bool:
    """Asked for and not come, or lost and not come back."""
    agent = session.get_one(AgentSession, leg.line_of)
    if agent.state is SessionState.OFFLINE or agent.line is LineState.DOWN:
        return True
    if agent.line is LineState.CONNECTING:
        return agent.line_asked_at is None or agent.line_asked_at < now - patience.claim_stale
    return leg.state is LegState.CALLING and leg.asked_at < now - patience.claim_stale


@dataclass(frozen=True)
class Question:
    """What an agent is asked about, for her desk."""

    by: str
    attempt: Attempt


def asked(session: Session, agent: AgentSession) -> Question | None:
    leg = leg_rows.of_line(session, agent.id)
    if leg is None or leg.ended_at is not None or leg.attempt_id is None:
        return None
    by = session.get_one(User, leg.asked_by_id).full_name
    return Question(by, session.get_one(Attempt, leg.attempt_id))
