"""What the carrier is asked about a call or an agent's line, and its word applied.

Three steps, so that no connection is held while a slow carrier thinks: the row is read, the carrier
asked, and what it said applied under the row's lock. What came meanwhile is not overruled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlmodel import Session

from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import LineState
from dialer.domain.attempt import CARRIER_OUTCOMES, FINAL, AttemptState
from dialer.services import agents, attempts, carrier_webhooks, gate, joins, lines, machines, unseen
from dialer.services.sweeper import Patience
from dialer.store import agent_sessions, carrier_events, legs
from dialer.store import attempts as attempt_rows
from dialer.store.agent_sessions import AgentSession, room_of
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.telephony.port import CallBook, CallFacts, RoomFacts


class RoomBook(Protocol):
    def find(self, name: str) -> RoomFacts | None: ...


class Calls(CallBook, Protocol):
    @property
    def rooms(self) -> RoomBook: ...

    def cancel(self, sid: str) -> CallFacts | None: ...

    def hang_up(self, sid: str) -> CallFacts | None: ...


STARTED_EARLIER = timedelta(hours=1)
"""The carrier's clock is its own, and ours may be wrong; calls that are another's are told by their ids."""
LONGEST_DETECTION = timedelta(seconds=60)
"""What the carrier takes at most to judge who picked up. A silent call is asked about again and again."""


@dataclass(frozen=True)
class CallEnquiry:
    attempt_id: UUID
    sid: str | None
    phone: str
    caller_id: str
    since: datetime
    is_overdue: bool
    """Still waiting in the carrier's queue, it is taken back: what was decided is good no longer."""
    session_id: UUID | None = None
    """The agent to whom the person is on the way for long already."""
    is_lost: bool = False
    """Asked about again and again, and never shown: it is hung up on."""


@dataclass(frozen=True)
class Word:
    """What the carrier said."""

    calls: Sequence[CallFacts]
    was_taken_back: bool = False
    """Canceled before it was dialled: nobody's phone rang."""
    is_gone: bool = False
    """Not shown for long, and not there to be hung up on."""
    room: RoomFacts | None = None
    """The agent's, when it was asked about and is open."""


def about_call(session: Session, attempt_id: UUID, now: datetime, patience: Patience) -> CallEnquiry | None:
    attempt = session.get(Attempt, attempt_id)
    if attempt is None or (attempt.placing_at is None and attempt.call_sid is None):
        return None
    return CallEnquiry(
        attempt_id=attempt.id,
        sid=attempt.call_sid,
        phone=attempt.phone,
        caller_id=attempt.caller_id,
        since=(attempt.placing_at or attempt.claimed_at) - STARTED_EARLIER,
        is_overdue=_is_overdue(session, attempt, now, patience),
        session_id=attempt.agent_session_id if _is_late(attempt, now, patience) else None,
        is_lost=_is_lost(session, attempt, now, patience),
    )


def _is_lost(session: Session, attempt: Attempt, now: datetime, patience: Patience) -> bool:
    since = unseen.since(session, attempt.call_sid) if attempt.call_sid is not None else None
    if since is None or (attempt.checked_at is not None and attempt.checked_at > since):
        return False
    return since < now - patience.never_placed - _ring(session, attempt)


def _is_late(attempt: Attempt, now: datetime, patience: Patience) -> bool:
    if attempt.state is not AttemptState.ANSWERED or attempt.answered_at is None:
        return False
    return attempt.answered_at < now - patience.unjoined


def _is_overdue(session: Session, attempt: Attempt, now: datetime, patience: Patience) -> bool:
    if attempt.state is not AttemptState.DIALLING or attempt.carrier_sequence >= 0:
        return False
    if attempt.placing_at is not None and attempt.placing_at < now - patience.queued:
        return True
    zones = gate.clocks(session.get_one(Contact, attempt.contact_id), attempt.phone)
    return gate.WINDOW.next_open(now, zones) != now


def ask(carrier: Calls, enquiry: CallEnquiry) -> Word:
    """Outside of any transaction. Raises `CarrierUnreachable`."""
    if enquiry.sid is None:
        return Word(carrier.find_calls(enquiry.phone, enquiry.caller_id, enquiry.since))
    facts = carrier.fetch_call(enquiry.sid) or _listed(carrier, enquiry)
    if facts is None:
        return _hang_up(carrier, enquiry.sid) if enquiry.is_lost else Word(())
    if facts.status == "in-progress" and enquiry.session_id is not None:
        return Word((facts,), room=carrier.rooms.find(room_of(enquiry.session_id)))
    if not enquiry.is_overdue or facts.status != "queued" or facts.started_at is not None:
        return Word((facts,))
    left = carrier.cancel(enquiry.sid)
    if left is None:
        return Word((facts,))
    return Word((left,), was_taken_back=left.status == "canceled" and left.started_at is None)


def _listed(carrier: Calls, enquiry: CallEnquiry) -> CallFacts | None:
    calls = carrier.find_calls(enquiry.phone, enquiry.caller_id, enquiry.since)
    return next((facts for facts in calls if facts.sid == enquiry.sid), None)


def _hang_up(carrier: Calls, sid: str) -> Word:
    """What is written does not lag behind: a call that can't be hung up on either is none."""
    facts = carrier.hang_up(sid)
    return Word((), is_gone=True) if facts is None else Word((facts,))


def settle(session: Session, enquiry: CallEnquiry, word: Word, now: datetime, patience: Patience) -> None:
    attempt = attempt_rows.lock(session, enquiry.attempt_id)
    if attempt is None:
        return
    if enquiry.sid is None:
        attempt.checked_at = now
        _settle_doubt(session, attempt, word.calls, now, patience)
    elif not word.calls and not word.is_gone:
        unseen.noted(session, enquiry.sid, now, attempt.checked_at)
    else:
        unseen.ended(session, enquiry.sid)
        attempt.checked_at = now
        _settle_call(session, attempt, enquiry, word, now, patience)


def _settle_doubt(
    session: Session, attempt: Attempt, calls: Sequence[CallFacts], now: datetime, patience: Patience
) -> None:
    may_be_its = _may_be_its(session, attempt, calls)
    if len(may_be_its) == 1:
        _heard(session, attempt, may_be_its[0], now, patience)
    elif attempt.call_sid is not None or not _is_surely_over(session, attempt, now, patience):
        return
    elif not may_be_its:
        attempts.release(session, attempt, now)
    elif all(facts.status in CARRIER_OUTCOMES for facts in may_be_its):
        newest = max(may_be_its, key=_made_at)
        _heard(session, attempt, newest, now, patience)


def _settle_call(
    session: Session, attempt: Attempt, enquiry: CallEnquiry, word: Word, now: datetime, patience: Patience
) -> None:
    if word.is_gone:
        attempts.progress(session, attempt, str(enquiry.sid), "failed", None, now)
    for facts in word.calls:
        if word.was_taken_back:
            attempts.taken_back(session, attempt, now)
            continue
        _heard(session, attempt, facts, now, patience)
        if facts.status == "in-progress":
            _room_was_asked(session, attempt, enquiry, word.room, now)


def _heard(session: Session, attempt: Attempt, facts: CallFacts, now: datetime, patience: Patience) -> None:
    told = facts.answered_by if attempt.answered_by is None else None
    machines.remember(attempt, told)
    attempts.progress(session, attempt, facts.sid, facts.status, None, now)
    if told and facts.status == "in-progress" and _verdict_may_be_late(attempt, now, patience):
        machines.verdict(session, attempt, facts.sid, told, now)
        return
    machines.correct(session, attempt)
    still_ours = attempt.call_ended_at is None and attempt.handed_on_at is None
    if attempt.state in FINAL and still_ours:
        enqueue_after_commit(session, Job.HANG_UP, str(attempt.id))


def _verdict_may_be_late(attempt: Attempt, now: datetime, patience: Patience) -> bool:
    """Nobody told of it so far: the callback is lost. Longer after the answer, whoever talks on is a person
    to the agent, and is not taken from her."""
    since = attempt.answered_at or now
    return since > now - LONGEST_DETECTION - 2 * patience.silent


def _room_was_asked(
    session: Session, attempt: Attempt, enquiry: CallEnquiry, room: RoomFacts | None, now: datetime
) -> None:
    """Nobody told that the person joined her agent: the room says whether she did."""
    if attempt.state is not AttemptState.ANSWERED or enquiry.session_id is None:
        return
    if attempt.agent_session_id != enquiry.session_id:
        return
    agent = agent_sessions.lock(session, enquiry.session_id)
    if agent is not None and room is not None and {attempt.call_sid, agent.line_call_sid} <= set(room.calls):
        agent.room_sid = room.sid
        attempts.joined(session, attempt, now, joins.sent_at(session, attempt))


def _may_be_its(session: Session, attempt: Attempt, calls: Sequence[CallFacts]) -> list[CallFacts]:
    """Of the calls between its two numbers the one that the attempt holds, or those that are nobody
    else's. Of two that fit none is taken while one of them is up; when all are over, it is the newest."""
    if attempt.call_sid is not None:
        return [facts for facts in calls if facts.sid == attempt.call_sid]
    return [facts for facts in calls if not _is_anothers(session, attempt, facts.sid)]


def _is_anothers(session: Session, attempt: Attempt, call_sid: str) -> bool:
    """Held by another attempt, a leg or an agent's line, or told of in the name of one."""
    if attempt_rows.by_call_sid(session, call_sid) or legs.by_call_sid(session, call_sid):
        return True
    if agent_sessions.by_line(session, call_sid) is not None:
        return True
    told = carrier_events.of_call(session, call_sid)
    return any(event.attempt_id != attempt.id for event in told)


def _made_at(facts: CallFacts) -> float:
    return facts.created_at.timestamp() if facts.created_at is not None else 0.0


def _is_surely_over(session: Session, attempt: Attempt, now: datetime, patience: Patience) -> bool:
    """Whether a call that the carrier does not know can't ring any more, nor be asked for still by a
    worker that stands still."""
    if attempt.placing_at is None:
        return False
    is_long_ago = attempt.placing_at < now - patience.never_placed - _ring(session, attempt)
    return is_long_ago and attempt_rows.try_hold(session, attempt.id)


def _ring(session: Session, attempt: Attempt) -> timedelta:
    return timedelta(seconds=session.get_one(Campaign, attempt.campaign_id).ring_seconds)


@dataclass(frozen=True)
class LineEnquiry:
    session_id: UUID
    sid: str | None
    room: str | None = None
    """Her room's name, while the carrier's id of it is unknown, or may be that of one that is over."""
    is_lost: bool = False
    """Asked about again and again, and never shown: it is hung up on."""


@dataclass(frozen=True)
class LineWord:
    call: CallFacts | None = None
    room: RoomFacts | None = None
    is_gone: bool = False
    """Not shown for long, and not there to be hung up on."""


def about_line(session: Session, session_id: UUID, now: datetime, patience: Patience) -> LineEnquiry | None:
    agent = session.get(AgentSession, session_id)
    if agent is None:
        return None
    is_known = agent.room_sid is not None and agent.line is LineState.UP
    since = unseen.since(session, agent.line_call_sid) if agent.line_call_sid is not None else None
    is_lost = since is not None and since < now - patience.never_placed
    return LineEnquiry(agent.id, agent.line_call_sid, None if is_known else agent.room, is_lost)


def ask_about_line(carrier: Calls, enquiry: LineEnquiry) -> LineWord:
    """Outside of any transaction. Raises `CarrierUnreachable`."""
    if enquiry.sid is None:
        return LineWord()
    facts = carrier.fetch_call(enquiry.sid)
    if facts is None and enquiry.is_lost:
        facts = carrier.hang_up(enquiry.sid)
        return LineWord(facts, is_gone=facts is None)
    is_up = facts is not None and facts.status == "in-progress"
    return LineWord(facts, carrier.rooms.find(enquiry.room) if is_up and enquiry.room else None)


def settle_line(session: Session, enquiry: LineEnquiry, word: LineWord, now: datetime) -> None:
    facts = word.call
    agent = agent_sessions.lock(session, enquiry.session_id)
    if agent is None or agent.line_call_sid != enquiry.sid:
        return
    if enquiry.sid is None:
        if agent.line is LineState.CONNECTING:
            agents.connect_line(session, agent, now)
        return
    if facts is None and not word.is_gone:
        unseen.noted(session, enquiry.sid, now)
        return
    unseen.ended(session, enquiry.sid)
    if facts is not None and facts.status == "in-progress":
        _line_is_up(session, agent, facts, word.room, now)
    elif facts is None or facts.status not in ("queued", "ringing"):
        _line_is_over(session, agent, enquiry.sid, facts.status if facts else "failed", now)


def _line_is_up(
    session: Session, agent: AgentSession, facts: CallFacts, room: RoomFacts | None, now: datetime
) -> None:
    if agent.line is not LineState.UP and not lines.asks_for_key(session, agent):
        agents.line_is_up(session, agent, facts.sid, now)
    if room is not None and facts.sid in room.calls:
        agent.room_sid = room.sid


def _line_is_over(session: Session, agent: AgentSession, sid: str, status: str, now: datetime) -> None:
    """Kept as if it had been told, so that late news of the leg do not bring it back."""
    news = {"CallSid": sid, "CallStatus": status}
    carrier_webhooks.keep(session, agents.LINE_NEWS, f"{sid}:asked:{status}", news, None, now)
    agents.line_is_down(session, agent, sid, now, status)
