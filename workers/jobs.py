"""The jobs: one function a `Job`. Each re-reads its row under a lock and does nothing when it comes
late or twice. What asks the carrier for a call does so between two transactions, never inside one."""

from functools import lru_cache
from uuid import UUID

from sqlmodel import Session

from dialer.core.clock import get_clock, utc_now
from dialer.core.database import transaction
from dialer.core.log import logger
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.core.settings import get_settings
from dialer.domain.agent import LineState, SessionState
from dialer.domain.campaign import CampaignEvent
from dialer.services import (
    agents,
    campaigns,
    enquiries,
    lines,
    lost_agents,
    unwanted_calls,
)
from dialer.services.sweeper import Patience
from dialer.store import agent_sessions
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.users import User
from dialer.telephony.port import (
    AgentCallRequest,
    Carrier,
    CarrierUnreachable,
    InDoubt,
    Placed,
    Rejected,
    Rejection,
)
from dialer.telephony.twilio import TwilioCarrier
from dialer.telephony.urls import CarrierUrls
from workers.pace import ask, tokens


@lru_cache
def get_carrier() -> Carrier:
    return TwilioCarrier(get_settings())


def hang_up(attempt_id: str) -> None:
    with transaction() as session:
        attempt = session.get(Attempt, UUID(attempt_id))
        if attempt is None or attempt.call_ended_at is not None or attempt.handed_on_at is not None:
            return
        sid = attempt.call_sid
    if sid is not None:
        _hang_up(sid, attempt_id=attempt_id)


def end_call(call_sid: str) -> None:
    """Hang up a call that is nobody's, and hear whether it is over."""
    clock = get_clock()
    try:
        facts = get_carrier().hang_up(call_sid) or get_carrier().fetch_call(call_sid)
    except CarrierUnreachable as error:
        logger.warning("hang_up_failed", call_sid=call_sid, error=str(error))
        return
    with transaction() as session:
        long_ago = clock.now() - Patience.of_real(clock.span_of_real).never_placed
        unwanted_calls.left(session, call_sid, facts, long_ago)


def call_agent(session_id: str) -> None:
    """Ring the agent's line, once for each time it was asked for."""
    with transaction() as session:
        if _agent_request(session, UUID(session_id)) is None:
            return
    if not tokens(Job.CALL_AGENT, [session_id], urgent=True):
        return
    with transaction() as guard:
        if agent_sessions.try_hold_line(guard, UUID(session_id)) and _was_too_fast(UUID(session_id)):
            enqueue_after_commit(guard, Job.CALL_AGENT, session_id)


def _was_too_fast(session_id: UUID) -> bool:
    """Ask for her line while it is held, for a second job would make a second call. True when the carrier
    is to be asked again."""
    begun_at = utc_now()
    with transaction() as session:
        request = _agent_request(session, session_id)
    if request is None:
        return False
    result = ask(begun_at, lambda: get_carrier().call_agent(request))
    with transaction() as session:
        agent = agent_sessions.lock(session, session_id)
        if agent is None:
            return False
        if not isinstance(result, Placed):
            _line_not_placed(session, agent, result)
        elif not agents.is_her_line(session, agent, result.sid):
            unwanted_calls.end(session, result.sid, utc_now())
    return isinstance(result, Rejected) and result.why is Rejection.PACE


def _agent_request(session: Session, session_id: UUID) -> AgentCallRequest | None:
    """None when her line is not to be rung: she has left, or has one."""
    agent = agent_sessions.lock(session, session_id)
    if agent is None or agent.state is SessionState.OFFLINE:
        return None
    if agent.line is not LineState.CONNECTING or agent.line_call_sid is not None:
        return None
    caller_id = session.get_one(Campaign, agent.campaign_id).caller_id
    return AgentCallRequest(agent.id, lines.address_of(session.get_one(User, agent.user_id)), caller_id)


def _line_not_placed(session: Session, agent: AgentSession, result: Rejected | InDoubt) -> None:
    """Too fast for the carrier, she waits on. Where the account is at fault, the campaign stands still
    until somebody acts, and says why: without a line no call can be joined."""
    told = f"{result.code}: {result.message}" if isinstance(result, Rejected) else result.message
    code = result.code if isinstance(result, Rejected) else 0
    logger.warning("agent_line_not_placed", session_id=str(agent.id), code=code)
    if isinstance(result, Rejected) and result.why is Rejection.PACE:
        return
    if agent.line_call_sid is None:
        agents.line_is_down(session, agent, None, utc_now())
    if isinstance(result, Rejected) and result.why is Rejection.ACCOUNT:
        campaign = session.get_one(Campaign, agent.campaign_id)
        reason = f"Twilio refuses agents' lines ({told})"
        campaigns.move(session, campaign, CampaignEvent.PAUSE, None, utc_now(), reason=reason)


def hang_up_agent(session_id: str) -> None:
    """End the line of an agent who has signed off."""
    with transaction() as session:
        agent = session.get(AgentSession, UUID(session_id))
        if agent is None or agent.state is not SessionState.OFFLINE:
            return
        sid = agent.line_call_sid
    if sid is not None and not _hang_up(sid, session_id=session_id):
        return
    with transaction() as session:
        agent = agent_sessions.lock(session, UUID(session_id))
        if agent is not None and agent.line_call_sid == sid:
            agent.line = LineState.DOWN


def tell_agent_lost(attempt_id: str) -> None:
    """Send a person whose agent's line died to the message. The cron asks again for what failed."""
    with transaction() as session:
        sid = lost_agents.call_of(session, UUID(attempt_id), utc_now())
    if sid is None:
        return
    url = CarrierUrls(str(get_settings().public_url)).call_agent_lost(UUID(attempt_id))
    try:
        is_told = get_carrier().redirect(sid, url)
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", attempt_id=attempt_id, error=str(error))
        return
    with transaction() as session:
        if is_told:
            lost_agents.told(session, UUID(attempt_id), utc_now())
        else:
            enqueue_after_commit(session, Job.RECONCILE_ATTEMPT, attempt_id)


def reconcile_attempt(attempt_id: str) -> None:
    """Ask the carrier what became of a call; one that waits in its queue for too long is taken back."""
    clock = get_clock()
    patience = Patience.of_real(clock.span_of_real)
    with transaction() as session:
        enquiry = enquiries.about_call(session, UUID(attempt_id), clock.now(), patience)
    if enquiry is None:
        return
    try:
        word = enquiries.ask(get_carrier(), enquiry)
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", attempt_id=attempt_id, error=str(error))
        return
    with transaction() as session:
        enquiries.settle(session, enquiry, word, clock.now(), patience)


def check_line(session_id: str) -> None:
    clock = get_clock()
    patience = Patience.of_real(clock.span_of_real)
    with transaction() as session:
        enquiry = enquiries.about_line(session, UUID(session_id), clock.now(), patience)
    if enquiry is None:
        return
    try:
        word = enquiries.ask_about_line(get_carrier(), enquiry)
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", session_id=session_id, error=str(error))
        return
    with transaction() as session:
        enquiries.settle_line(session, enquiry, word, clock.now())


def _hang_up(sid: str, **ids: str) -> bool:
    """The sweeper finds again what could not be ended now."""
    try:
        get_carrier().hang_up(sid)
    except CarrierUnreachable as error:
        logger.warning("hang_up_failed", error=str(error), **ids)
        return False
    return True
