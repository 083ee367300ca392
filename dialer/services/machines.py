"""Answering machines: what the carrier's verdict on who picked up does to a call, and the message left.

A machine is concluded by the system and counts as no person; nobody is abandoned by it. An agent who
noted what was said to her has heard a person: no verdict takes that call away from her. Verdicts err,
so a sample of what was judged a machine is recorded while it hears a message, for a supervisor to judge.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.core.errors import Conflict
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.attempt import FINAL, AttemptEvent, AttemptState, Outcome, next_state
from dialer.domain.detection import LONGEST_VERDICT, is_machine, takes_message
from dialer.domain.disposition import AGENT_MACHINE, MACHINE
from dialer.services import abandoned_calls, agents, attempts, conclusions, desk_entries, verdicts
from dialer.services.answer_plans import AnswerPlan, HangUp
from dialer.services.numbers import toll_free_in
from dialer.store import attempts as attempt_rows
from dialer.store import dispositions, legs
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.store.dispositions import Disposition

ON_THE_LINE = frozenset({AttemptState.ANSWERED, AttemptState.ABANDONED, AttemptState.CONNECTED})


@dataclass(frozen=True)
class LeaveMessage:
    client_name: str
    words: str
    """Empty where there is no message to leave; then it is told whose call it was."""
    toll_free: str
    is_recorded: bool


MachinePlan = AnswerPlan | LeaveMessage


def answer(session: Session, attempt: Attempt, call_sid: str, told: str | None, now: datetime) -> MachinePlan:
    """Somebody picked up, or something: a machine meets no agent. `told` is the carrier's verdict where
    it listened before. Asked again for the same call, it says the same."""
    if not attempts.adopt(attempt, call_sid):
        return attempts.answer(session, attempt, call_sid, now)
    remember(attempt, told)
    if is_machine(attempt.answered_by):
        attempt.state = next_state(attempt.state, AttemptEvent.ANSWER)
        attempt.answered_at = attempt.answered_at or now
        _conclude(session, attempt, now)
        if attempt.state in FINAL:
            return message(session, attempt, now)
    return attempts.answer(session, attempt, call_sid, now)


def verdict(session: Session, attempt: Attempt, call_sid: str, told: str, now: datetime) -> None:
    """The carrier's verdict on a call that was connected meanwhile. A machine is taken from the agent
    at once."""
    if not attempts.adopt(attempt, call_sid):
        return
    remember(attempt, told)
    if is_machine(attempt.answered_by) and _conclude(session, attempt, now):
        job = Job.PLAY_MESSAGE if _hears_message(session, attempt) else Job.HANG_UP
        enqueue_after_commit(session, job, str(attempt.id))
    correct(session, attempt)


def correct(session: Session, attempt: Attempt) -> None:
    """A verdict that came after the end: what was concluded of a person was of a machine. When she is
    called again stays as it was decided then, for she may be under way again."""
    if attempt.state in FINAL and attempts.heed_verdict(session, attempt):
        attempt.disposition_id = _disposition(session, attempt).id


def remember(attempt: Attempt, told: str | None) -> None:
    """The carrier's verdict, wherever it tells it."""
    if told:
        attempt.answered_by = told[:LONGEST_VERDICT]


def message(session: Session, attempt: Attempt, now: datetime) -> LeaveMessage | HangUp:
    """What the machine is told. Asked for, the call has left the agent's room, and is let alone."""
    if not _hears_message(session, attempt):
        return HangUp()
    attempt.handed_on_at = attempt.handed_on_at or now
    campaign = session.get_one(Campaign, attempt.campaign_id)
    client = session.get_one(Client, campaign.client_id)
    words = campaign.voicemail_message if attempt.voicemail_at is not None else ""
    number = toll_free_in(words) or client.callback_number
    is_recorded = attempt.recording_announced_at is not None or verdicts.is_drawn(session, attempt)
    return LeaveMessage(client.name, words, number, is_recorded)


def to_move(session: Session, attempt_id: UUID) -> str | None:
    """The call that is to be moved to its message; None when it is there, over, or has none to hear."""
    attempt = attempt_rows.lock(session, attempt_id)
    if attempt is None or attempt.handed_on_at is not None or attempt.call_ended_at is not None:
        return None
    return attempt.call_sid if _hears_message(session, attempt) else None


def moved(session: Session, attempt_id: UUID, was_moved: bool, now: datetime) -> None:
    """The call is with its message. One that could not be moved is ended, so that nobody sits in a
    room with it."""
    attempt = attempt_rows.lock(session, attempt_id)
    if attempt is None or attempt.handed_on_at is not None:
        return
    if was_moved:
        attempt.handed_on_at = now
        return
    attempt.voicemail_at = None
    if attempt.call_ended_at is None:
        enqueue_after_commit(session, Job.HANG_UP, str(attempt.id))


def leave_message(session: Session, agent_id: int, attempt_id: UUID, now: datetime) -> None:
    """The agent hears a machine: the message is left and the call concluded, and she goes on.

    Raises `NotFound`, `Conflict`. Asked twice, the second is no news.
    """
    attempt = desk_entries.attempt_of(session, agent_id, attempt_id)
    if attempt.voicemail_at is not None:
        return
    if not session.get_one(Campaign, attempt.campaign_id).voicemail_message:
        raise Conflict("This campaign has no message to leave.")
    if attempt.state is not AttemptState.CONNECTED or attempt.is_inbound:
        raise Conflict("There is no machine on the line that a message could be left on.")
    attempt.voicemail_at = now
    conclusions.conclude(session, attempt, AGENT_MACHINE, conclusions.Conclusion(), now)


def _hears_message(session: Session, attempt: Attempt) -> bool:
    """The one to be left, or, drawn for review, whose call it was."""
    return attempt.voicemail_at is not None or verdicts.is_drawn(session, attempt)


def _conclude(session: Session, attempt: Attempt, now: datetime) -> bool:
    """The system's own conclusion; False where the verdict comes too late or the agent knows better."""
    if attempt.state not in ON_THE_LINE or attempt.call_ended_at or _agent_heard_a_person(session, attempt):
        return False
    disposition = _disposition(session, attempt)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    if takes_message(attempt.answered_by) and campaign.voicemail_message:
        attempt.voicemail_at = now
    attempt.state = next_state(attempt.state, AttemptEvent.DISPOSE)
    attempt.outcome = Outcome.MACHINE
    abandoned_calls.was_nobody(session, attempt)
    conclusions.apply(session, attempt, disposition, conclusions.Conclusion(), now)
    if attempt.agent_session_id is not None:
        agents.dispositioned(session, attempt.agent_session_id, now)
    verdicts.record_if_drawn(session, attempt)
    return True


def _disposition(session: Session, attempt: Attempt) -> Disposition:
    found = dispositions.by_code(session, attempt.campaign_id, MACHINE)
    if found is None:
        raise LookupError(f"campaign {attempt.campaign_id} has no disposition {MACHINE}")
    return found


def _agent_heard_a_person(session: Session, attempt: Attempt) -> bool:
    """She noted something, stored an answer, put the person on hold, or called somebody in."""
    if attempt.notes.strip() or attempt.held_at is not None:
        return True
    if legs.last_of_attempt(session, attempt.id) is not None:
        return True
    return bool(attempt_rows.answers_of(session, attempt.id))
