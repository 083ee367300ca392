"""Agent sessions: sign on to a campaign, get ready, pause, stop; and the agent's own line.

Every change of state goes through `change_state`, which writes the span of time just left and
tells the agent's pages and the floor.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from dialer.core.errors import Conflict, Invalid
from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import (
    BUSY,
    PAUSE_CODES,
    PAUSE_LINE_LOST,
    PAUSE_STARTING,
    LineState,
    SessionEvent,
    SessionState,
    next_state,
    why_line_is_down,
)
from dialer.domain.attempt import CARRIER_OUTCOMES
from dialer.services import agent_spans, unwanted_calls
from dialer.store import agent_sessions, attempts, carrier_events, users
from dialer.store.agent_sessions import AgentCampaign, AgentSession
from dialer.store.campaigns import Campaign
from dialer.store.users import User

LINE_NEWS = "agent"
"""The kind of event that tells of an agent's line."""
REDIAL_AFTER = timedelta(seconds=10)


def start(
    session: Session, user: User, campaign: Campaign, now: datetime, others: Sequence[Campaign] = ()
) -> AgentSession:
    """Sign the agent on and ring her line; she works `others` beside the campaign. A second tab finds the
    session that is there.

    Raises `Conflict` when she is signed on to other campaigns.
    """
    users.lock(session, user.id)
    works = {campaign.id, *(other.id for other in others)}
    current = agent_sessions.of_user(session, user.id, locked=True)
    if current is not None:
        before = agent_sessions.campaigns_of(session, current.id)
        if works <= before:
            return current
        names = [session.get_one(Campaign, campaign_id).name for campaign_id in sorted(before)]
        raise Conflict(f"You are signed on to {' and '.join(names)}. Stop there first.")
    agent = AgentSession(
        user_id=user.id,
        campaign_id=campaign.id,
        state=SessionState.PAUSED,
        state_since=now,
        pause_code=PAUSE_STARTING,
        started_at=now,
    )
    session.add(agent)
    session.flush()
    session.refresh(agent)
    session.add_all(AgentCampaign(agent_session_id=agent.id, campaign_id=one) for one in sorted(works))
    agent_spans.begin(session, agent, now)
    connect_line(session, agent, now)
    _tell(session, agent)
    return agent


def connect_line(session: Session, agent: AgentSession, now: datetime) -> None:
    agent.line = LineState.CONNECTING
    agent.line_call_sid = None
    agent.line_asked_at = now
    _forget_room(session, agent)
    enqueue_after_commit(session, Job.CALL_AGENT, str(agent.id))


def reconnect_line(session: Session, agent: AgentSession, now: datetime, *, anew: bool = False) -> None:
    """Ring a busy agent's lost line again, but not without a breath between: a carrier that refuses is
    not asked in a loop. The sweeper comes back to it. In a call, how long the person has waited for her
    is reckoned from the first time, `anew`."""
    asked_at = agent.line_asked_at
    if asked_at is None or now - asked_at >= REDIAL_AFTER:
        connect_line(session, agent, now)
        if agent.state is SessionState.ON_CALL and not anew:
            agent.line_asked_at = asked_at


def ring_again(session: Session, agent: AgentSession, now: datetime) -> None:
    """Her lost line, at her own word, in the middle of a call."""
    if agent.state in BUSY and agent.line is LineState.DOWN:
        connect_line(session, agent, now)
        _tell(session, agent)


def get_ready(session: Session, agent: AgentSession, now: datetime) -> None:
    """Ready as soon as the line is up; a line that is down is rung again."""
    agent.pause_after_call = None
    if agent.state is not SessionState.PAUSED:
        return
    if agent.line is LineState.UP:
        change_state(session, agent, SessionEvent.GET_READY, now)
        return
    if agent.line is LineState.DOWN:
        connect_line(session, agent, now)
    _set_pause_code(session, agent, PAUSE_STARTING, now)


def pause(session: Session, agent: AgentSession, code: str, now: datetime) -> None:
    """Pause now, or after the call that is hers. Raises `Invalid` for an unknown code."""
    if code not in PAUSE_CODES:
        raise Invalid(f"There is no pause code “{code}”. There are: {', '.join(PAUSE_CODES)}.")
    if agent.state in BUSY:
        agent.pause_after_call = code
        _tell(session, agent)
    elif agent.state is SessionState.PAUSED:
        _set_pause_code(session, agent, code, now)
    else:
        change_state(session, agent, SessionEvent.PAUSE, now, pause_code=code)


def stop(session: Session, agent: AgentSession, now: datetime) -> None:
    """Sign off now, or after the call that is hers."""
    if agent.state in BUSY:
        agent.stop_after_call = True
        _tell(session, agent)
        return
    if change_state(session, agent, SessionEvent.STOP, now):
        agent.ended_at = now
        if agent.line_call_sid is not None:
            enqueue_after_commit(session, Job.HANG_UP_AGENT, str(agent.id))


def leave(session: Session, agent: AgentSession, campaign_id: int, now: datetime) -> None:
    """Off that campaign: on to another that she works, or signed off where it was her only one."""
    agent_sessions.drop_campaign(session, agent.id, campaign_id)
    others = agent_sessions.campaigns_of(session, agent.id)
    if not others:
        stop(session, agent, now)
    elif agent.campaign_id == campaign_id:
        count_in(session, agent, min(others), now)


def end(session: Session, agent: AgentSession, at: datetime) -> None:
    """Sign her off as of `at`, whatever she was doing: nobody is there any more."""
    agent_spans.close(session, agent, at)
    agent.state, agent.state_since, agent.ended_at = SessionState.OFFLINE, at, at
    agent.pause_code, agent.preview_contact_id, agent.line = None, None, LineState.DOWN
    _tell(session, agent)


def reserve_longest_ready(
    session: Session, campaign_id: int, now: datetime, *, inbound: bool = False
) -> AgentSession | None:
    """For a call of ours, or for somebody who called us; those wait before these."""
    leave = 0 if inbound else attempts.callers_waiting(session, campaign_id)
    agent = agent_sessions.longest_ready(session, campaign_id, inbound=inbound, leave=leave)
    if agent is not None:
        _count_in(session, agent, campaign_id, now)
        change_state(session, agent, SessionEvent.RESERVE, now)
    return agent


def reserve_ready(session: Session, campaign_id: int, user_id: int, now: datetime) -> AgentSession | None:
    """That agent, if she is ready for the campaign."""
    agent = agent_sessions.ready_of_user(session, campaign_id, user_id)
    if agent is not None:
        _count_in(session, agent, campaign_id, now)
        change_state(session, agent, SessionEvent.RESERVE, now)
    return agent


def count_in(session: Session, agent: AgentSession, campaign_id: int, now: datetime) -> None:
    """Her time belongs to that campaign from now on; she works it anyway."""
    _count_in(session, agent, campaign_id, now)
    _tell(session, agent)


def _count_in(session: Session, agent: AgentSession, campaign_id: int, now: datetime) -> None:
    if agent.campaign_id != campaign_id:
        agent_spans.close(session, agent, now)
        agent.campaign_id = campaign_id
        agent_spans.begin(session, agent, now)


def release(session: Session, agent_session_id: UUID, now: datetime) -> None:
    """The call that was hers ended before she was joined to it."""
    agent = agent_sessions.lock(session, agent_session_id)
    if agent is not None and change_state(session, agent, SessionEvent.RELEASE, now):
        _after_call(session, agent, now)


def dispositioned(
    session: Session, agent_session_id: UUID, now: datetime, pause_code: str | None = None
) -> None:
    """Her call is concluded: on to the next, or to the pause or stop that she asked for."""
    agent = agent_sessions.lock(session, agent_session_id)
    if agent is None:
        return
    code = pause_code or agent.pause_after_call
    if code is None and agent.line is not LineState.UP:
        code = PAUSE_LINE_LOST
    event = SessionEvent.DISPOSED_THEN_PAUSE if code else SessionEvent.DISPOSED
    if change_state(session, agent, event, now, pause_code=code):
        agent.pause_after_call = None
        _after_call(session, agent, now)


def is_her_line(session: Session, agent: AgentSession, call_sid: str) -> bool:
    """Whether a leg is the line of an agent who is signed in: the first one told of is, unless it has
    ended. One whose asking was in doubt is known by its answer."""
    if agent.state is SessionState.OFFLINE:
        return agent.line_call_sid == call_sid
    if agent.line_call_sid is None:
        if _has_ended(session, call_sid):
            return False
        agent.line_call_sid = call_sid
        if agent.line is LineState.DOWN:
            agent.line = LineState.CONNECTING
    return agent.line_call_sid == call_sid


def _has_ended(session: Session, call_sid: str) -> bool:
    told = (event for event in carrier_events.of_call(session, call_sid) if event.kind == LINE_NEWS)
    return any(event.payload.get("CallStatus") in CARRIER_OUTCOMES for event in told)


def line_is_up(session: Session, agent: AgentSession, call_sid: str, now: datetime) -> bool:
    """Her leg waits in her conference: she is ready if she was waiting for it. A second leg is ended, and
    is not her line: False."""
    if agent.state is SessionState.OFFLINE:
        agent.line, agent.line_call_sid = LineState.UP, call_sid
        enqueue_after_commit(session, Job.HANG_UP_AGENT, str(agent.id))
        return False
    if not is_her_line(session, agent, call_sid):
        unwanted_calls.end(session, call_sid, now)
        return False
    agent.line = LineState.UP
    if agent.state is SessionState.PAUSED and agent.pause_code == PAUSE_STARTING:
        change_state(session, agent, SessionEvent.GET_READY, now)
    else:
        _tell(session, agent)
    return True


def line_is_down(
    session: Session, agent: AgentSession, call_sid: str | None, now: datetime, status: str = "failed"
) -> None:
    """Her leg ended, with that word of the carrier. Ready: she is paused and told why. In a call: a line
    that was lost is rung again at once, and the person stays in the conference; a telephone that did not
    take the call waits for her word. News of a leg that she no longer has is nothing."""
    if call_sid is not None and agent.line_call_sid != call_sid:
        return
    if agent.line is LineState.DOWN or agent.state is SessionState.OFFLINE:
        agent.line = LineState.DOWN
        return
    user = session.get_one(User, agent.user_id)
    was_up = agent.line is LineState.UP
    why = why_line_is_down(user.line, status, was_up=was_up)
    agent.line = LineState.DOWN
    agent.line_call_sid = None
    agent.is_muted = False
    _forget_room(session, agent)
    if agent.state in BUSY:
        if was_up:
            reconnect_line(session, agent, now, anew=True)
        _tell(session, agent)
    elif agent.state is SessionState.PAUSED:
        _set_pause_code(session, agent, why, now)
    else:
        change_state(session, agent, SessionEvent.LINE_LOST, now, pause_code=why)


def _forget_room(session: Session, agent: AgentSession) -> None:
    """Left by all, the room is over, and one of that name is another."""
    if not agent_sessions.has_company(session, agent.id):
        agent.room_sid = None


def change_state(
    session: Session,
    agent: AgentSession,
    event: SessionEvent,
    now: datetime,
    pause_code: str | None = None,
) -> bool:
    """Advance; False when the event means nothing in the state she is in."""
    state = next_state(agent.state, event)
    if state is agent.state:
        return False
    agent_spans.close(session, agent, now)
    if agent.state is SessionState.ON_CALL and agent.is_muted:
        agent.is_muted = False
        enqueue_after_commit(session, Job.APPLY_MUTE, str(agent.id))
    agent.state = state
    agent.state_since = now
    agent.pause_code = pause_code if state is SessionState.PAUSED else None
    if state is not SessionState.OFFLINE:
        agent_spans.begin(session, agent, now)
    _tell(session, agent)
    return True


def _after_call(session: Session, agent: AgentSession, now: datetime) -> None:
    if agent.pause_after_call is not None and agent.state is SessionState.READY:
        code, agent.pause_after_call = agent.pause_after_call, None
        change_state(session, agent, SessionEvent.PAUSE, now, pause_code=code)
    if agent.stop_after_call:
        stop(session, agent, now)


def _set_pause_code(session: Session, agent: AgentSession, code: str, now: datetime) -> None:
    if agent.pause_code != code:
        agent_spans.close(session, agent, now)
        agent.pause_code = code
        agent.state_since = now
        agent_spans.begin(session, agent, now)
    _tell(session, agent)


def _tell(session: Session, agent: AgentSession) -> None:
    data = {"state": agent.state.value, "session_id": str(agent.id)}
    publish_after_commit(session, Channel.AGENT, str(agent.user_id), "state", data)
    publish_after_commit(session, Channel.FLOOR, "all", "agent", data)
