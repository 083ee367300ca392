"""The sweeper: finds what a crash or a lost webhook left behind, and brings it to an end.

Each function finds rows by time alone and is safe to run at any moment, twice, or by two processes
at once. Spans named `real` are machine time: they are not sped up with the clock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from dialer.core.database import under_lock
from dialer.core.log import logger
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import BUSY, PAUSE_NO_DISPOSITION, AgentLine, LineState, SessionState
from dialer.domain.attempt import AT_CARRIER, FINAL, OPEN, AttemptState
from dialer.domain.contact import ContactState
from dialer.domain.disposition import NO_DISPOSITION
from dialer.services import agents, attempts, conclusions, previews
from dialer.store import agent_sessions
from dialer.store import attempts as attempt_rows
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.users import User

BATCH = 200


@dataclass(frozen=True)
class Patience:
    """How long each thing may be silent before somebody looks. On the house's clock."""

    job_lost: timedelta
    """A claimed attempt whose job never ran: it is queued again."""
    claim_stale: timedelta
    """A claim so old that its decision is no longer good: released."""
    placing_lost: timedelta
    """Longer than the carrier's timeouts: the worker died while it asked."""
    never_placed: timedelta
    """In doubt, unknown to the carrier for so long: surely never placed. The carrier's own timeouts are
    machine time; what it then takes to show a call is its own."""
    unheard: timedelta
    """A call that the carrier took and of which nothing was heard: it may wait in its queue."""
    queued: timedelta
    """A call that waits in the carrier's queue for so long is taken back."""
    silent: timedelta
    """A call at the carrier of which nothing was heard: the carrier is asked."""
    unjoined: timedelta
    """A person sent to an agent's room of whose joining nobody told: the room is asked. She hears it."""
    line_silent: timedelta
    """An agent's leg asked for and not up. Longer than the carrier's timeouts."""

    @classmethod
    def of_real(cls, span: Callable[[float], timedelta]) -> "Patience":
        return cls(
            job_lost=span(5),
            claim_stale=span(30),
            placing_lost=span(20),
            never_placed=span(20) + timedelta(seconds=40),
            unheard=span(3),
            queued=span(10),
            silent=span(20),
            unjoined=timedelta(seconds=3),
            line_silent=span(20),
        )


def claims(session: Session, now: datetime, patience: Patience) -> int:
    """Claims whose job was lost are queued again; stale ones are released."""
    late = _attempts(
        session, Attempt.state == AttemptState.CLAIMED, col(Attempt.claimed_at) < now - patience.job_lost
    )
    for attempt in late:
        if attempt.claimed_at < now - patience.claim_stale:
            _alone(session, attempt, lambda row: attempts.release(session, row, now))
        else:
            enqueue_after_commit(session, Job.PLACE_CALLS, str(attempt.id))
    return len(late)


def lost_placings(session: Session, now: datetime, patience: Patience) -> int:
    """The worker died while it asked: nobody knows, so nobody dials."""
    lost = _attempts(
        session,
        Attempt.state == AttemptState.PLACING,
        col(Attempt.placing_at) < now - patience.placing_lost,
    )
    for attempt in lost:
        attempts.doubted(session, attempt, "the worker was lost while it asked", now)
    return len(lost)


def wrap_ups(session: Session, now: datetime) -> int:
    """Wrap-ups past their campaign's limit get the default disposition."""
    waiting = session.exec(
        select(Attempt, AgentSession, Campaign)
        .join(AgentSession, col(AgentSession.id) == Attempt.agent_session_id)
        .join(Campaign, col(Campaign.id) == Attempt.campaign_id)
        .where(Attempt.state == AttemptState.WRAP_UP)
    ).all()
    over = [
        found.id
        for found, _, campaign in waiting
        if now - (found.handed_on_at or found.call_ended_at or found.claimed_at)
        >= timedelta(seconds=campaign.wrap_up_seconds)
    ]
    for attempt_id in over:
        attempt = attempt_rows.lock(session, attempt_id)
        if attempt is not None:
            _alone(session, attempt, lambda row: _wrap_up(session, row, now))
    return len(over)


def _wrap_up(session: Session, attempt: Attempt, now: datetime) -> None:
    conclusions.wrap_up_ran_out(session, attempt, NO_DISPOSITION, PAUSE_NO_DISPOSITION, now)


def held_by_nobody(session: Session, now: datetime) -> int:
    """Contacts that are held though no attempt and no preview holds them."""
    orphans = session.exec(
        under_lock(
            select(Contact)
            .where(
                Contact.state == ContactState.HELD,
                ~select(Attempt.id)
                .where(col(Attempt.contact_id) == Contact.id, col(Attempt.state).in_(OPEN))
                .exists(),
                ~select(AgentSession.id).where(col(AgentSession.preview_contact_id) == Contact.id).exists(),
            )
            .limit(BATCH),
            skip_locked=True,
        )
    ).all()
    for contact in orphans:
        contact.state = ContactState.WAITING
        contact.updated_at = now
    return len(orphans)


def overdue_call_backs(session: Session, now: datetime, wait: timedelta) -> int:
    """Call-backs that their agent did not make in time go to anyone."""
    late = session.exec(
        under_lock(
            select(Contact)
            .where(
                Contact.state == ContactState.WAITING,
                col(Contact.call_back_agent_id).is_not(None),
                col(Contact.next_call_at) < now - wait,
            )
            .limit(BATCH),
            skip_locked=True,
        )
    ).all()
    for contact in late:
        contact.call_back_agent_id = None
    return len(late)


def attempts_to_ask_about(session: Session, now: datetime, patience: Patience) -> Sequence[UUID]:
    """Attempts that the carrier must be asked about: in doubt, silent for long, perhaps in its queue, on
    the way to an agent for long, or closed by us while the call may still be up. Those that were never
    asked about come first."""
    heard_at = func.coalesce(Attempt.checked_at, Attempt.placing_at)
    last_heard = heard_at < now - patience.silent
    unheard = and_(
        col(Attempt.state) == AttemptState.DIALLING,
        col(Attempt.carrier_sequence) < 0,
        heard_at < now - patience.unheard,
    )
    unjoined = and_(
        col(Attempt.state) == AttemptState.ANSWERED,
        col(Attempt.agent_session_id).is_not(None),
        col(Attempt.answered_at) < now - patience.unjoined,
        heard_at < now - patience.unheard,
    )
    at_carrier = and_(col(Attempt.state).in_(AT_CARRIER | {AttemptState.WRAP_UP}), last_heard)
    in_doubt = col(Attempt.state) == AttemptState.IN_DOUBT
    not_hung_up = and_(
        col(Attempt.state).in_(FINAL),
        col(Attempt.call_sid).is_not(None),
        col(Attempt.call_ended_at).is_(None),
        or_(
            last_heard,
            and_(col(Attempt.handed_on_at).is_(None), col(Attempt.closed_at) < now - patience.job_lost),
        ),
    )
    return session.exec(
        select(Attempt.id)
        .where(or_(at_carrier, in_doubt, unheard, unjoined, not_hung_up))
        .order_by(col(Attempt.checked_at).asc().nulls_first())
        .limit(BATCH)
    ).all()


def lost_lines(session: Session, now: datetime) -> int:
    """Lines of busy agents that are down are rung again; telephones only at their agents' word."""
    browsers = select(User.id).where(User.line == AgentLine.BROWSER)
    lost = session.exec(
        under_lock(
            select(AgentSession)
            .where(
                col(AgentSession.state).in_(BUSY),
                AgentSession.line == LineState.DOWN,
                col(AgentSession.user_id).in_(browsers),
            )
            .limit(BATCH),
            skip_locked=True,
        )
    ).all()
    for agent in lost:
        agents.reconnect_line(session, agent, now)
    return len(lost)


def late_previews(session: Session, now: datetime) -> int:
    """Previews that were neither dialled nor skipped in time are dialled, or go back and the agent is
    paused, as the campaign has it; how many."""
    late = agent_sessions.previews_until(session, now, previews.LIMIT, BATCH)
    for agent in late:
        previews.time_is_up(session, agent, now)
    return len(late)


def silent_lines(session: Session, now: datetime, patience: Patience) -> Sequence[UUID]:
    """Agent sessions whose own line must be asked about."""
    return session.exec(
        select(AgentSession.id)
        .where(
            AgentSession.line == LineState.CONNECTING,
            AgentSession.state != SessionState.OFFLINE,
            col(AgentSession.line_asked_at) < now - patience.line_silent,
        )
        .limit(BATCH)
    ).all()


def lines_that_are_up(session: Session) -> Sequence[UUID]:
    return session.exec(
        select(AgentSession.id).where(
            AgentSession.line == LineState.UP, AgentSession.state != SessionState.OFFLINE
        )
    ).all()


def lines_left_up(session: Session) -> Sequence[UUID]:
    """Agent sessions that are over and whose line was not seen to end."""
    return session.exec(
        select(AgentSession.id)
        .where(AgentSession.state == SessionState.OFFLINE, AgentSession.line != LineState.DOWN)
        .limit(BATCH)
    ).all()


def _alone(session: Session, attempt: Attempt, do: Callable[[Attempt], None]) -> None:
    """An attempt that lacks what its end needs is told of and left, and stops no other."""
    attempt_id = attempt.id
    try:
        with session.begin_nested():
            do(attempt)
    except LookupError as error:
        logger.error("attempt_not_swept", attempt_id=str(attempt_id), error=str(error))


def _attempts(session: Session, *conditions: ColumnElement[bool] | bool) -> Sequence[Attempt]:
    return session.exec(under_lock(select(Attempt).where(*conditions).limit(BATCH), skip_locked=True)).all()
