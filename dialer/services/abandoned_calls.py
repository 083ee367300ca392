"""What makes a call an abandoned one, what unmakes it, and the evidence of it: when she answered, how
long she waited, what she was told and when.

The clock begins with the answer, which is the safe form of 16 CFR 310.4(b)(4)(iii): the law's begins
with the end of her greeting. Joined late she was abandoned, though she then talked with an agent; she who
called us never was, nor is a machine. All functions take the attempt under its row lock.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.core.settings import get_settings
from dialer.services.answer_plans import PlayMessage
from dialer.store import abandonment, contacts
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client
from dialer.telephony import messages

WIRE_SECONDS = 0.25
"""What the carrier's news take to come here, in real seconds."""


def missed(session: Session, attempt: Attempt, now: datetime) -> None:
    """Nobody was there for her in time. A person who was talked with and passed on is not abandoned,
    though nobody took her over."""
    if attempt.connected_at is None:
        _mark(session, attempt, now)


def joined(session: Session, attempt: Attempt, at: datetime) -> None:
    """She was joined to an agent at that moment; too late, it does not undo the waiting."""
    if attempt.answered_at is not None and at - attempt.answered_at > _patience(session, attempt):
        _mark(session, attempt, at)


def met_after_all(session: Session, attempt: Attempt, at: datetime) -> None:
    """Her call was concluded before the carrier told that she had been with her agent since then."""
    attempt.connected_at = at
    if attempt.answered_at is not None and at - attempt.answered_at <= _patience(session, attempt):
        was_nobody(session, attempt)


def was_left(session: Session, attempt: Attempt, now: datetime) -> None:
    """Her call ended and no agent had been joined to her."""
    if attempt.answered_at is not None and now - attempt.answered_at >= _limit(session, attempt):
        missed(session, attempt, now)


def misjudged(session: Session, attempt: Attempt, now: datetime) -> None:
    """A person was hung up on, or left a message, for she was taken for a machine."""
    _mark(session, attempt, attempt.answered_at or now)


def was_nobody(session: Session, attempt: Attempt) -> None:
    """Nobody was abandoned after all: it was a machine, or she was met. She may be called as before."""
    if not attempt.is_abandoned:
        return
    attempt.is_abandoned, attempt.abandoned_at = False, None
    session.flush()
    contact = contacts.lock(session, attempt.contact_id)
    if contact is not None:
        contact.abandoned_at = abandonment.last_abandoned_at(session, contact.id)


def message(session: Session, attempt: Attempt, now: datetime) -> PlayMessage:
    """The client's message, from now on heard by whom nobody was free for."""
    told = _message(session, attempt)
    _began(attempt, messages.words_of_abandoned(told.client_name, told.client_number), now)
    return told


def agent_lost_message(session: Session, attempt: Attempt, now: datetime) -> PlayMessage:
    """The same for her whose agent's line died."""
    told = _message(session, attempt)
    _began(attempt, messages.words_of_agent_lost(told.client_name, told.client_number), now)
    return told


def message_is_over(attempt: Attempt, now: datetime) -> None:
    """The carrier told of what came after it: a key, or the end of the call."""
    if attempt.message_began_at is not None:
        attempt.message_ended_at = attempt.message_ended_at or now


def waited(attempt: Attempt) -> timedelta | None:
    """From the answer to an agent, to the message, or to the end."""
    ends = [attempt.connected_at, attempt.message_began_at, attempt.call_ended_at]
    known = [end for end in ends if end is not None]
    return min(known) - attempt.answered_at if known and attempt.answered_at is not None else None


def _message(session: Session, attempt: Attempt) -> PlayMessage:
    client = session.get_one(Client, session.get_one(Campaign, attempt.campaign_id).client_id)
    return PlayMessage(client.name, client.callback_number)


def _began(attempt: Attempt, words: str, now: datetime) -> None:
    if attempt.is_abandoned and attempt.message_began_at is None:
        attempt.message_text, attempt.message_began_at = words, now


def _mark(session: Session, attempt: Attempt, at: datetime) -> None:
    if attempt.is_inbound:
        return
    attempt.is_abandoned = True
    attempt.abandoned_at = attempt.abandoned_at or at
    contact = contacts.lock(session, attempt.contact_id)
    if contact is not None:
        contact.abandoned_at = max(contact.abandoned_at or attempt.abandoned_at, attempt.abandoned_at)


def _limit(session: Session, attempt: Attempt) -> timedelta:
    return timedelta(seconds=session.get_one(Campaign, attempt.campaign_id).abandon_seconds)


def _patience(session: Session, attempt: Attempt) -> timedelta:
    """People wait by the house's clock. Where that runs faster than real time, the news of a join are as
    many times older than they would be; where it does not, nothing is taken off."""
    by_wire = WIRE_SECONDS * max(0.0, get_settings().clock_speed - 1)
    return _limit(session, attempt) + timedelta(seconds=by_wire)
