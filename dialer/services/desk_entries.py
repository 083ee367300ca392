"""What the agent gives at her desk: answers, notes, the end of the call. Nobody else's call is touched."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete

from dialer.core.errors import Conflict, Invalid, NotFound
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.attempt import OPEN
from dialer.domain.script import InvalidAnswer, validate_answer
from dialer.services.script_library import library
from dialer.store import attempts
from dialer.store.attempts import Answer, Attempt
from dialer.store.campaigns import Campaign

MAX_NOTES = 4000


def store_answer(
    session: Session,
    agent_id: int,
    attempt_id: UUID,
    key: str,
    given: Sequence[str],
    scripts: Path,
    now: datetime,
) -> None:
    """Store what was answered to one question; given again, the last one stands; blank takes it back.

    Raises `NotFound`, `Conflict` (the call is concluded), `Invalid` (the answer does not fit).
    """
    attempt = own_attempt(session, agent_id, attempt_id)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    script = library(scripts).get(campaign.script_slug)
    asked = script.questions.get(key)
    if asked is None:
        raise Invalid(f"The script asks no question “{key}”.")
    if not any(text.strip() for text in given):
        session.exec(
            delete(Answer).where(col(Answer.attempt_id) == attempt.id, col(Answer.question_key) == key)
        )
        return
    try:
        value = validate_answer(asked.question, given)
    except InvalidAnswer as error:
        raise Invalid(str(error)) from error
    told = {"label": asked.text, "means": asked.question.means, "value": value, "answered_at": now}
    session.exec(
        insert(Answer)
        .values(attempt_id=attempt.id, question_key=key, **told)
        .on_conflict_do_update(index_elements=["attempt_id", "question_key"], set_=told)
    )
    attempt.script_version = script.version


def store_notes(session: Session, agent_id: int, attempt_id: UUID, notes: str) -> None:
    if len(notes) > MAX_NOTES:
        raise Invalid(f"Notes have at most {MAX_NOTES:,} characters.")
    own_attempt(session, agent_id, attempt_id).notes = notes


def hang_up(session: Session, agent_id: int, attempt_id: UUID) -> None:
    """End the person's call; the carrier's word of it brings the wrap-up."""
    attempt = own_attempt(session, agent_id, attempt_id)
    if attempt.call_sid is not None and attempt.call_ended_at is None:
        enqueue_after_commit(session, Job.HANG_UP, str(attempt.id))


def attempt_of(session: Session, agent_id: int, attempt_id: UUID) -> Attempt:
    """The agent's own attempt, locked. Raises `NotFound` for another's."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.agent_id != agent_id:
        raise NotFound("This call is not yours.")
    return attempt


def own_attempt(session: Session, agent_id: int, attempt_id: UUID) -> Attempt:
    """The agent's own attempt, locked and still open. Raises `Conflict` once it is concluded."""
    attempt = attempt_of(session, agent_id, attempt_id)
    if attempt.state not in OPEN:
        raise Conflict("This call is concluded already.")
    return attempt
