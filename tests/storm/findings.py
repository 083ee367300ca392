"""What a storm left: the house's books held against the carrier's, call by call."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlmodel import Session, select

from dialer.demo import books
from dialer.domain.attempt import CARRIER_OUTCOMES, FINAL, Outcome
from dialer.store.attempts import Attempt

Call = Mapping[str, Any]


@dataclass(frozen=True)
class Findings:
    calls: int
    states: Mapping[str, int]
    outcomes: Mapping[str, int]
    doubted: int
    connected: int
    wrong: Sequence[str]

    def told(self) -> str:
        counts = {
            **self.states,
            **self.outcomes,
            "with an error told": self.doubted,
            "joined": self.connected,
        }
        return ", ".join(f"{name} {count}" for name, count in counts.items())


def look(session: Session, calls: Sequence[Call], now: datetime) -> Findings:
    attempts = session.exec(select(Attempt)).all()
    balance = books.balance(session, calls, now)
    return Findings(
        calls=len(calls),
        states=Counter(attempt.state.value for attempt in attempts),
        outcomes=Counter(attempt.outcome.value for attempt in attempts if attempt.outcome is not None),
        doubted=sum(attempt.carrier_error is not None for attempt in attempts),
        connected=sum(attempt.connected_at is not None for attempt in attempts),
        wrong=[*balance.faults, *_wrong(attempts, calls)],
    )


def _wrong(attempts: Sequence[Attempt], calls: Sequence[Call]) -> Iterator[str]:
    by_sid = {attempt.call_sid: attempt for attempt in attempts if attempt.call_sid is not None}
    for call in calls:
        attempt = by_sid.get(call["sid"])
        if attempt is None:
            yield f"call {call['sid']} ({call['status']}) is no attempt's"
        else:
            yield from _differs(attempt, call)
    for attempt in attempts:
        if attempt.state not in FINAL:
            yield f"attempt {attempt.id} is {attempt.state}"
        if "second call" in (attempt.carrier_error or ""):
            yield f"attempt {attempt.id} had two calls: {attempt.carrier_error}"
    yield from _at_once(calls)


def _differs(attempt: Attempt, call: Call) -> Iterator[str]:
    if attempt.phone != call["to"]:
        yield f"attempt {attempt.id} holds a call to somebody else"
    expected = CARRIER_OUTCOMES.get(call["status"])
    machine_heard = attempt.outcome is Outcome.MACHINE and expected is Outcome.ANSWERED
    if attempt.outcome is not expected and not machine_heard:
        yield f"attempt {attempt.id} is {attempt.outcome}, its call {call['status']}"
    if attempt.call_ended_at is None:
        yield f"attempt {attempt.id} was not seen to end"


def _at_once(calls: Sequence[Call]) -> Iterator[str]:
    """Two calls to one number whose times overlap."""
    to: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        to[call["to"]].append(call)
    for rung in to.values():
        for first, second in pairwise(sorted(rung, key=lambda call: str(call["created_at"]))):
            if first["ended_at"] is None or first["ended_at"] > second["created_at"]:
                yield f"{first['sid']} and {second['sid']} rang one number at once"
