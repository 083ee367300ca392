"""What an agent has chosen of a call's disposition and not saved yet, and what became of it when the time
of her wrap-up ran out. Each choice is an entry of the audit log: the last one stands. Nothing takes effect
here; that is in `conclusions.py`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.domain.disposition import CallBackScope
from dialer.services import desk_entries
from dialer.store import attempts, audit
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.contacts import Contact

CHOSEN, RAN_OUT = "disposition_chosen", "wrap_up_ran_out"


@dataclass(frozen=True)
class Choice:
    """May lack what its disposition needs."""

    code: str
    reason: str | None = None
    call_back_at: datetime | None = None
    call_back_scope: CallBackScope = CallBackScope.ANYONE


def keep(session: Session, agent_id: int, attempt_id: UUID, choice: Choice, now: datetime) -> None:
    """Raises `NotFound` for another's call, `Conflict` once it is concluded."""
    attempt = desk_entries.own_attempt(session, agent_id, attempt_id)
    at = choice.call_back_at
    audit.note(
        session,
        now,
        agent_id,
        CHOSEN,
        _subject(attempt),
        disposition=choice.code,
        reason=choice.reason,
        call_back_at=at.isoformat() if at is not None else None,
        call_back_scope=choice.call_back_scope.value,
    )


def of_attempt(session: Session, attempt: Attempt) -> Choice | None:
    """Of the agent who has the attempt now: what another chose before she passed it on is not hers."""
    entries = audit.of_subject(session, _subject(attempt), {CHOSEN})
    if not entries or entries[-1].user_id != attempt.agent_id:
        return None
    told = entries[-1].detail
    at = told["call_back_at"]
    return Choice(
        told["disposition"],
        told["reason"],
        datetime.fromisoformat(at) if at is not None else None,
        CallBackScope(told["call_back_scope"]),
    )


def ran_out(session: Session, attempt: Attempt, saved: str, chosen: str, lacks: str, now: datetime) -> None:
    """The labels of what was saved and of what had been chosen, and why that could not be saved."""
    audit.note(session, now, None, RAN_OUT, _subject(attempt), saved=saved, chosen=chosen, lacks=lacks)


def told(session: Session, agent: AgentSession) -> str:
    """What became of the call whose wrap-up ran out last, for the agent."""
    attempt = attempts.last_concluded(session, agent.id)
    entries = audit.of_subject(session, _subject(attempt), {RAN_OUT}) if attempt is not None else ()
    if attempt is None or not entries:
        return ""
    found = entries[-1].detail
    saved = (
        f"the call with {session.get_one(Contact, attempt.contact_id).name} was saved as “{found['saved']}”"
    )
    if found["chosen"] and not found["lacks"]:
        return f"The time ran out: {saved}, as you had chosen."
    if found["chosen"]:
        why = f"“{found['chosen']}” was not complete. {found['lacks']}"
        return f"The time ran out: {saved}, for {why} Your notes and answers are kept."
    return f"Nobody chose a disposition in time: {saved}. Your notes and answers are kept."


def _subject(attempt: Attempt) -> str:
    return f"attempt {attempt.id}"
