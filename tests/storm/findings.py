"""What a storm left: the house's books held against the carrier's, call by call, room by room, recording by
recording. Every difference is told in words."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlmodel import Session, col, select

from dialer.core.clock import Clock
from dialer.demo import books
from dialer.domain.attempt import CARRIER_OUTCOMES, FINAL, Outcome
from dialer.domain.contact import ContactState
from dialer.domain.recording import RecordingState
from dialer.store.attempts import Attempt
from dialer.store.contacts import Contact
from dialer.store.dispositions import Disposition
from dialer.store.legs import LINE, Leg
from dialer.store.recordings import Recording

Row = Mapping[str, Any]
NOTICED_WITHIN_SECONDS = 120
"""Real ones, from the carrier's knowing something to ours."""
UNEVEN_SECONDS = 1.5
"""Real ones, by which two processes may tell the same moment apart."""
NOTICED_SECONDS = 6.0
"""Real ones: nobody may have told of a join; the room is asked 3 s after the answer and then every 3 s."""
LATE = timedelta(seconds=2)
"""From the answer on, after which a join is one."""


@dataclass(frozen=True)
class Held:
    """What the sandbox holds."""

    calls: Sequence[Row]
    stays: Sequence[Row]
    recordings: Sequence[Row]


@dataclass(frozen=True)
class Findings:
    calls: int
    connected: int
    counts: Mapping[str, int]
    wrong: Sequence[str]
    joins: Sequence[str]
    """Where we and the carrier's rooms tell a different story of who was with whom: its news of that are not
    repeated and can't be asked for afterwards."""


@dataclass(frozen=True)
class Booked:
    """What the house holds."""

    attempts: Sequence[Attempt]
    legs: Sequence[Leg]
    recordings: Sequence[Recording]
    contacts: Sequence[Contact]
    machines: Collection[int]
    """The dispositions by which an agent says that it was one."""


def look(session: Session, held: Held, clock: Clock) -> Findings:
    booked = Booked(
        session.exec(select(Attempt)).all(),
        session.exec(select(Leg)).all(),
        session.exec(select(Recording)).all(),
        session.exec(select(Contact)).all(),
        session.exec(select(Disposition.id).where(~col(Disposition.human))).all(),
    )
    to_people = calls_to_people(held, booked)
    balance = books.balance(session, to_people, clock.now())
    return Findings(
        calls=len(to_people),
        connected=sum(attempt.connected_at is not None for attempt in booked.attempts),
        counts=_counts(held, booked),
        wrong=[*balance.faults, *differences(held, booked, clock)],
        joins=list(joins_differ(held, booked, clock)),
    )


def calls_to_people(held: Held, booked: Booked) -> list[Row]:
    """Calls of ours to contacts: not to agents, supervisors or whoever a call was passed on to."""
    legs = {leg.address for leg in booked.legs}
    return [call for call in held.calls if _is_outbound(call) and call["to"] not in legs]


def differences(held: Held, booked: Booked, clock: Clock) -> Iterator[str]:
    people = calls_to_people(held, booked)
    yield from _calls_differ(held, people, booked, clock)
    yield from _at_once(people)
    yield from _still_up(held, booked)
    yield from _recordings_differ(held, booked)
    yield from _left_open(booked)


def joins_differ(held: Held, booked: Booked, clock: Clock) -> Iterator[str]:
    known, rooms = {call["sid"] for call in held.calls}, Rooms(held)
    for attempt in booked.attempts:
        if attempt.call_sid in known:
            yield from _room_differs(attempt, rooms, booked.machines, clock)


def _calls_differ(held: Held, people: Sequence[Row], booked: Booked, clock: Clock) -> Iterator[str]:
    by_sid = {attempt.call_sid: attempt for attempt in booked.attempts if attempt.call_sid is not None}
    called_in = [call for call in held.calls if call["direction"] == "inbound"]
    for call in [*people, *called_in]:
        attempt = by_sid.pop(call["sid"], None)
        if attempt is not None:
            yield from _call_differs(attempt, call, clock)
        elif call["direction"] != "inbound":
            yield f"call {call['sid']} ({call['status']}) is no attempt's"
    for sid in by_sid:
        yield f"attempt {by_sid[sid].id} has the call {sid}, of which the carrier knows nothing"


def _left_open(booked: Booked) -> Iterator[str]:
    for attempt in booked.attempts:
        if attempt.state not in FINAL:
            yield f"attempt {attempt.id} is {attempt.state}"
        if "second call" in (attempt.carrier_error or ""):
            yield f"attempt {attempt.id} had two calls: {attempt.carrier_error}"
    for contact in booked.contacts:
        if contact.state is ContactState.HELD:
            yield f"contact {contact.id} is held by nothing"
        if (contact.state is ContactState.CLOSED) != (contact.closed_reason is not None):
            yield f"contact {contact.id} is {contact.state}, because: {contact.closed_reason}"


def _is_outbound(call: Row) -> bool:
    return bool(call["direction"] != "inbound" and not call["to"].startswith("client:"))


def _call_differs(attempt: Attempt, call: Row, clock: Clock) -> Iterator[str]:
    who = f"attempt {attempt.id}"
    is_inbound = call["direction"] == "inbound"
    if attempt.is_inbound != is_inbound:
        yield f"{who} is inbound: {attempt.is_inbound}, its call {call['direction']}"
    if attempt.phone != call["from" if is_inbound else "to"]:
        yield f"{who} holds somebody else's call"
    expected = CARRIER_OUTCOMES.get(call["status"])
    machine_heard = attempt.outcome is Outcome.MACHINE and expected is Outcome.ANSWERED
    if attempt.outcome is not expected and not machine_heard:
        yield f"{who} is {attempt.outcome}, its call {call['status']}"
    if attempt.answered_by is not None and attempt.answered_by != call["answered_by"]:
        yield f"{who} was answered by {attempt.answered_by}, its call by {call['answered_by']}"
    early = NOTICED_WITHIN_SECONDS if is_inbound else UNEVEN_SECONDS
    yield from _late(f"{who}: answer", attempt.answered_at, call["answered_at"], clock, early)
    if attempt.call_ended_at is None:
        yield f"{who} was not seen to end"
    yield from _late(f"{who}: end", attempt.call_ended_at, call["ended_at"], clock)


def _late(
    what: str, ours: datetime | None, theirs: str | None, clock: Clock, early_seconds: float = UNEVEN_SECONDS
) -> Iterator[str]:
    """Ours may be unknown; known, it was there and is told in time. A call to us counts as answered here
    when it is to be answered, and our saying so may have to be asked for again."""
    if ours is None:
        return
    if theirs is None:
        yield f"{what} at {ours}, of which the carrier knows nothing"
        return
    late = ours - datetime.fromisoformat(theirs)
    if not -clock.span_of_real(early_seconds) <= late <= clock.span_of_real(NOTICED_WITHIN_SECONDS):
        yield f"{what} was noticed {late.total_seconds() / clock.speed:.1f} s after it was"


class Rooms:
    """Who was with whom in the agents' rooms."""

    def __init__(self, held: Held) -> None:
        lines = {call["sid"] for call in held.calls if call["to"].startswith("client:")}
        self._of_agents: defaultdict[str, list[Row]] = defaultdict(list)
        self._of_call: defaultdict[str, list[Row]] = defaultdict(list)
        for stay in held.stays:
            if stay["room"].startswith(LINE):
                self._of_call[stay["call_sid"]].append(stay)
                if stay["call_sid"] in lines:
                    self._of_agents[stay["room"]].append(stay)

    def together(self, call_sid: str) -> tuple[datetime | None, timedelta]:
        """Since when, and how long, the call was in a room with somebody of ours."""
        shared = [
            overlap
            for stay in self._of_call[call_sid]
            for other in self._of_agents[stay["room"]]
            if (overlap := _overlap(stay, other)) is not None
        ]
        since = min((start for start, _ in shared), default=None)
        return since, sum((end - start for start, end in shared), timedelta())


def _overlap(one: Row, other: Row) -> tuple[datetime, datetime] | None:
    start, end = max(one["joined_at"], other["joined_at"]), min(one["left_at"], other["left_at"])
    return (datetime.fromisoformat(start), datetime.fromisoformat(end)) if start < end else None


def _was_joined_late(attempt: Attempt) -> bool:
    """Which is being abandoned, though she then talked."""
    if attempt.connected_at is None or attempt.answered_at is None:
        return False
    return attempt.connected_at - attempt.answered_at > LATE


def _room_differs(attempt: Attempt, rooms: Rooms, machines: Collection[int], clock: Clock) -> Iterator[str]:
    """A machine that was told of before the join is none, nor is what an agent called one before."""
    since, talked = rooms.together(attempt.call_sid or "")
    was_machine = attempt.outcome is Outcome.MACHINE or attempt.disposition_id in machines
    if attempt.connected_at is None and not was_machine and talked > clock.span_of_real(NOTICED_SECONDS):
        yield f"attempt {attempt.id} ({attempt.outcome}) talked {talked} and was never connected"
    if attempt.is_abandoned and since is not None and not _was_joined_late(attempt):
        yield f"attempt {attempt.id} is abandoned, and was with an agent for {talked}"
    if attempt.connected_at is not None:
        theirs = since.isoformat() if since else None
        yield from _late(f"attempt {attempt.id}: connection", attempt.connected_at, theirs, clock)


def _at_once(calls: Sequence[Row]) -> Iterator[str]:
    """Two calls to one number whose times overlap."""
    to: defaultdict[str, list[Row]] = defaultdict(list)
    for call in calls:
        to[call["to"]].append(call)
    for rung in to.values():
        for first, second in pairwise(sorted(rung, key=lambda call: str(call["created_at"]))):
            if first["ended_at"] is None or first["ended_at"] > second["created_at"]:
                yield f"{first['sid']} and {second['sid']} rang one number at once"


def _still_up(held: Held, booked: Booked) -> Iterator[str]:
    for call in held.calls:
        if call["ended_at"] is None:
            yield f"call {call['sid']} to {call['to'][:6]}… is {call['status']} still"
    for stay in held.stays:
        if stay["left_at"] is None:
            yield f"{stay['call_sid']} is in {stay['room']} still"
    known = {call["sid"] for call in held.calls}
    for leg in booked.legs:
        if leg.ended_at is None:
            yield f"leg {leg.id} is {leg.state}"
        if leg.call_sid is not None and leg.call_sid not in known:
            yield f"leg {leg.id} has the call {leg.call_sid}, of which the carrier knows nothing"


def _recordings_differ(held: Held, booked: Booked) -> Iterator[str]:
    ours = {recording.recording_sid: recording for recording in booked.recordings}
    sids = {attempt.id: attempt.call_sid for attempt in booked.attempts}
    for theirs in held.recordings:
        recording = ours.pop(theirs["sid"], None)
        if recording is None:
            yield f"recording {theirs['sid']} ({theirs['status']}) is not known here"
        elif sids[recording.attempt_id] != theirs["call_sid"]:
            yield f"recording {recording.id} is of another call than the carrier's"
        else:
            yield from _recording_differs(recording, theirs)
    for recording in ours.values():
        yield f"recording {recording.id} is one of which the carrier knows nothing"


def _recording_differs(recording: Recording, theirs: Row) -> Iterator[str]:
    who = f"recording {recording.id}"
    match recording.state:
        case RecordingState.STORED:
            if recording.bytes != theirs["bytes"]:
                yield f"{who} has {recording.bytes} bytes, the carrier's {theirs['bytes']}"
            if theirs["status"] != "deleted":
                yield f"{who} is stored, and {theirs['status']} at the carrier"
        case RecordingState.COMPLETED if theirs["is_media_missing"]:
            pass  # asked for during a day
        case RecordingState.ABSENT if theirs["status"] == "absent" or theirs["is_media_missing"]:
            pass
        case state:
            yield f"{who} is {state}, the carrier's {theirs['status']}"


def _counts(held: Held, booked: Booked) -> Counter[str]:
    attempts = booked.attempts
    return Counter(
        [
            *(attempt.state.value for attempt in attempts),
            *(attempt.outcome.value for attempt in attempts if attempt.outcome is not None),
            *("joined" for attempt in attempts if attempt.connected_at is not None),
            *("attempt of a person who called us" for attempt in attempts if attempt.is_inbound),
            *("with an error told" for attempt in attempts if attempt.carrier_error is not None),
            *("with a message left" for attempt in attempts if attempt.voicemail_at is not None),
            *("handed on" for attempt in attempts if attempt.handed_on_at is not None),
            *(f"leg to {leg.purpose.value}" for leg in booked.legs),
            *(f"recording {recording.state.value}" for recording in booked.recordings),
            *("people who called us" for call in held.calls if call["direction"] == "inbound"),
        ]
    )
