"""What happens to an attempt once the carrier has been asked: its answers, its webhooks, its end.

Every function here takes the attempt under its row lock. Late, repeated and reordered news leave
the attempt as it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import SIGNED_IN, LineState, SessionEvent
from dialer.domain.attempt import (
    CARRIER_OUTCOMES,
    FINAL,
    AttemptEvent,
    AttemptState,
    Outcome,
    next_state,
)
from dialer.domain.campaign import CampaignEvent
from dialer.domain.compliance import needs_held_agent
from dialer.domain.detection import is_machine
from dialer.domain.disposition import NEVER_PLACED, UNUSABLE_NUMBER, system_disposition
from dialer.services import (
    abandoned_calls,
    agents,
    campaigns,
    conclusions,
    failures,
    second_calls,
    suppressions,
)
from dialer.services.answer_plans import AnswerPlan, HangUp, JoinAgent, PlayMessage, WaitForAgent
from dialer.store import agent_sessions, attempts, contacts, dispositions, legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.suppressions import SuppressionScope
from dialer.telephony.port import InDoubt, Placed, PlaceResult, Rejected, Rejection


def record_result(session: Session, attempt_id: UUID, result: PlaceResult, now: datetime) -> None:
    """What the carrier said to being asked."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None:
        return
    if isinstance(result, Placed):
        if not adopt(attempt, result.sid):
            second_calls.found(session, attempt, result.sid, now)
        attempt.state = next_state(attempt.state, AttemptEvent.ACCEPT)
        if attempt.state in FINAL:
            enqueue_after_commit(session, Job.HANG_UP, str(attempt.id))
    elif isinstance(result, InDoubt):
        doubted(session, attempt, result.message, now)
    elif attempt.state in (AttemptState.PLACING, AttemptState.IN_DOUBT):
        _refused_by_carrier(session, attempt, result, now)
    _tell(session, attempt)


def doubted(session: Session, attempt: Attempt, why: str, now: datetime) -> None:
    """Asked, and the answer is unknown. An agent for whom it was placed does not wait until it is known,
    unless the person may not be called without her; answered, it is hers if she is free then."""
    attempt.carrier_error = why
    attempt.state = next_state(attempt.state, AttemptEvent.DOUBT)
    if attempt.state is not AttemptState.IN_DOUBT or attempt.agent_session_id is None:
        return
    contact = session.get_one(Contact, attempt.contact_id)
    if not needs_held_agent(contact.abandoned_at, now):
        agents.release(session, attempt.agent_session_id, now)
        attempt.agent_session_id = None


def _refused_by_carrier(session: Session, attempt: Attempt, result: Rejected, now: datetime) -> None:
    attempt.carrier_error = f"{result.code}: {result.message}"
    if result.why is Rejection.ACCOUNT:
        campaign = session.get_one(Campaign, attempt.campaign_id)
        reason = f"Twilio refuses calls ({result.code}): {result.message}"
        campaigns.move(session, campaign, CampaignEvent.PAUSE, None, now, reason=reason)
    if result.why is Rejection.NUMBER:
        attempt.outcome = Outcome.FAILED
        attempt.state = next_state(attempt.state, AttemptEvent.END)
        _conclude_by_system(session, attempt, UNUSABLE_NUMBER, now)
        _never_dial(session, attempt.phone, f"Twilio can't call it ({result.code})", now)
        return
    release(session, attempt, now)


def _never_dial(session: Session, phone: str, reason: str, now: datetime) -> None:
    """On no list and for no campaign: the number itself is at fault."""
    everywhere = SuppressionScope.SYSTEM, 0
    suppressions.add(session, phone, *everywhere, source="carrier", reason=reason, user_id=None, now=now)


def release(session: Session, attempt: Attempt, now: datetime) -> None:
    """Surely never placed: the try does not count, and the contact may be dialled again, in its rank
    and by the agent whose call-back it is."""
    was_asked = attempt.placing_at is not None
    state = next_state(attempt.state, AttemptEvent.RELEASE)
    if state is attempt.state:
        return
    attempt.state = state
    with _try_given_back(session, attempt, was_asked):
        _conclude_by_system(session, attempt, NEVER_PLACED, now)


def taken_back(session: Session, attempt: Attempt, now: datetime) -> None:
    """We canceled the call while it waited in the carrier's queue: no callback tells of that, and nobody's
    phone rang, so the try does not count."""
    if attempt.state is AttemptState.DIALLING:
        with _try_given_back(session, attempt, True):
            _ended(session, attempt, Outcome.CANCELED, now)
        _tell(session, attempt)


@contextmanager
def _try_given_back(session: Session, attempt: Attempt, was_counted: bool) -> Iterator[None]:
    """The contact keeps its rank, its tries, and the agent whose call-back it is."""
    contact = contacts.lock(session, attempt.contact_id)
    if contact is None:
        raise LookupError(f"attempt {attempt.id} has no contact")
    contact.attempts_made -= was_counted
    rank = contact.priority, contact.call_back_agent_id
    yield
    contact.priority, contact.call_back_agent_id = rank


def adopt(attempt: Attempt, call_sid: str) -> bool:
    """The carrier's id for the attempt; the first one stands. False for another call's."""
    if attempt.call_sid is None:
        attempt.call_sid = call_sid
    return attempt.call_sid == call_sid


def progress(
    session: Session,
    attempt: Attempt,
    call_sid: str,
    status: str,
    sequence: int | None,
    now: datetime,
    since: datetime | None = None,
) -> None:
    """A status of the call, by webhook (with its sequence number, and since when it is so) or by asking."""
    if not adopt(attempt, call_sid):
        second_calls.found(session, attempt, call_sid, now, is_over=status in CARRIER_OUTCOMES)
        return
    if sequence is not None:
        if sequence <= attempt.carrier_sequence:
            return
        attempt.carrier_sequence = sequence
    attempt.checked_at = now
    if status in CARRIER_OUTCOMES:
        _ended(session, attempt, CARRIER_OUTCOMES[status], now)
    elif status in ("queued", "initiated"):
        attempt.state = next_state(attempt.state, AttemptEvent.ACCEPT)
    elif status == "ringing":
        _rings(attempt, now)
    elif status == "in-progress":
        attempt.state = next_state(attempt.state, AttemptEvent.ANSWER)
        attempt.answered_at = min(attempt.answered_at or now, max(since or now, attempt.placing_at or now))
    _tell(session, attempt)


def _rings(attempt: Attempt, now: datetime) -> None:
    attempt.state = next_state(attempt.state, AttemptEvent.RING)
    if attempt.state is AttemptState.RINGING:
        attempt.rang_at = attempt.rang_at or now


def answer(session: Session, attempt: Attempt, call_sid: str, now: datetime) -> AnswerPlan:
    """The person picked up: the longest-ready agent, or a short wait, or the client's message.

    Asked again for the same call (the carrier repeats what got no answer), it says the same.
    """
    if not adopt(attempt, call_sid):
        second_calls.found(session, attempt, call_sid, now)
        return HangUp()
    if attempt.state is AttemptState.RELEASED:
        return _rang_after_all(session, attempt, now)
    if attempt.state in FINAL | {AttemptState.WRAP_UP}:
        return HangUp()
    attempt.state = next_state(attempt.state, AttemptEvent.ANSWER)
    attempt.answered_at = attempt.answered_at or now
    if attempt.state is AttemptState.ABANDONED:
        return abandoned_calls.message(session, attempt, now)
    agent = agent_for(session, attempt, now)
    _tell(session, attempt)
    if agent is not None:
        return JoinAgent(agent.room, agent.id)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    if now - attempt.answered_at < timedelta(seconds=campaign.abandon_seconds):
        return WaitForAgent()
    miss(session, attempt, now)
    return abandoned_calls.message(session, attempt, now)


def miss(session: Session, attempt: Attempt, now: datetime) -> None:
    """A person answered, and nobody was there for her in time."""
    attempt.state = next_state(attempt.state, AttemptEvent.MISS)
    abandoned_calls.missed(session, attempt, now)


def _rang_after_all(session: Session, attempt: Attempt, now: datetime) -> PlayMessage:
    """A call that was given up as never placed, and was: a person answered, and nobody is there."""
    attempt.answered_at = attempt.answered_at or now
    abandoned_calls.missed(session, attempt, now)
    return abandoned_calls.message(session, attempt, now)


def agent_for(session: Session, attempt: Attempt, now: datetime) -> AgentSession | None:
    if attempt.agent_session_id is not None:
        agent = agent_sessions.lock(session, attempt.agent_session_id)
        if agent is not None and agent.state in SIGNED_IN and agent.line is LineState.UP:
            return agent
        agents.release(session, attempt.agent_session_id, now)
    campaign_id, user_id, inbound = attempt.campaign_id, attempt.agent_id, attempt.is_inbound
    own = agents.reserve_ready(session, campaign_id, user_id, now) if user_id is not None else None
    agent = own or agents.reserve_longest_ready(session, campaign_id, now, inbound=inbound)
    attempt.agent_session_id = agent.id if agent else None
    attempt.agent_id = agent.user_id if agent else None
    return agent


def joined(session: Session, attempt: Attempt, now: datetime, since: datetime | None = None) -> None:
    """The person is in the agent's conference, or was at the latest `since`. With the agent's line down
    nobody is joined to anybody; her line coming up says it again."""
    agent = agent_sessions.lock(session, attempt.agent_session_id) if attempt.agent_session_id else None
    if agent is None or agent.line is not LineState.UP:
        return
    attempt.answered_at = attempt.answered_at or now
    attempt.state = next_state(attempt.state, AttemptEvent.ANSWER)
    attempt.state = next_state(attempt.state, AttemptEvent.JOIN)
    if attempt.state is AttemptState.CONNECTED:
        agents.change_state(session, agent, SessionEvent.JOIN, now)
    if attempt.state is AttemptState.CONNECTED and attempt.connected_at is None:
        attempt.connected_at = now
        abandoned_calls.joined(session, attempt, since or now)
        if attempt.is_inbound or attempt.recording_announced_at is not None:
            enqueue_after_commit(session, Job.START_RECORDING, str(attempt.id))
    _tell(session, attempt)


def _ended(session: Session, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
    """The call is over at the carrier. What an agent talked on waits for her disposition; anything
    else is concluded here, in the same transaction."""
    attempt.call_ended_at = attempt.call_ended_at or now
    abandoned_calls.message_is_over(attempt, now)
    _nobody_waits_with(session, attempt)
    if attempt.state in FINAL | {AttemptState.WRAP_UP}:
        return
    _settle_wait(session, attempt, outcome, now)
    attempt.outcome = outcome
    heed_verdict(session, attempt)
    attempt.state = next_state(attempt.state, AttemptEvent.END)
    if attempt.state is AttemptState.WRAP_UP:
        agent = agent_sessions.lock(session, attempt.agent_session_id) if attempt.agent_session_id else None
        if agent is not None:
            agents.change_state(session, agent, SessionEvent.CALL_ENDED, now)
    elif attempt.state is AttemptState.CLOSED:
        _conclude_ended(session, attempt, now)


def _conclude_ended(session: Session, attempt: Attempt, now: datetime) -> None:
    if failures.shows_no_number(session, attempt):
        _conclude_by_system(session, attempt, UNUSABLE_NUMBER, now)
        _never_dial(session, attempt.phone, "the network knows no such number", now)
    elif attempt.outcome is not None:
        code = system_disposition(attempt.outcome, attempt.is_abandoned)
        _conclude_by_system(session, attempt, code, now)


def _settle_wait(session: Session, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
    """Whether somebody who answered had met an agent by the end."""
    if attempt.state is AttemptState.ANSWERED:
        abandoned_calls.was_left(session, attempt, now)
    elif outcome is Outcome.ANSWERED and attempt.answered_at is None:
        attempt.answered_at = now  # at the latest: the carrier never had a word of ours for her
        abandoned_calls.missed(session, attempt, now)


def heed_verdict(session: Session, attempt: Attempt) -> bool:
    """A machine by the carrier's word, with no agent there to know better, is no person: nobody was
    abandoned. True when its outcome is another by that."""
    if not is_machine(attempt.answered_by) or attempt.connected_at is not None or attempt.is_inbound:
        return False
    abandoned_calls.was_nobody(session, attempt)
    if attempt.outcome is not Outcome.ANSWERED:
        return False
    attempt.outcome = Outcome.MACHINE
    return True


def _nobody_waits_with(session: Session, attempt: Attempt) -> None:
    """The person is gone: off hold, and whoever was called in for her is hung up on."""
    attempt.held_at = None
    for leg in legs.open_of_attempt(session, attempt.id):
        enqueue_after_commit(session, Job.END_LEG, str(leg.id))


def _conclude_by_system(session: Session, attempt: Attempt, code: str, now: datetime) -> None:
    disposition = dispositions.by_code(session, attempt.campaign_id, code)
    if disposition is None:
        raise LookupError(f"campaign {attempt.campaign_id} has no disposition {code}")
    conclusions.apply(session, attempt, disposition, conclusions.Conclusion(), now)
    if attempt.agent_session_id is not None:
        agents.release(session, attempt.agent_session_id, now)


def _tell(session: Session, attempt: Attempt) -> None:
    publish_after_commit(
        session,
        Channel.FLOOR,
        "all",
        "attempt",
        {"campaign_id": attempt.campaign_id, "state": attempt.state.value},
    )
