"""An attempt: one dial of one contact on one number, from the claim to the disposition.

`Outcome` is what the carrier reported. What the agent or the system concluded is a disposition
and lives in `disposition.py`.
"""

from collections.abc import Mapping
from enum import StrEnum

from dialer.domain.machine import advance


class AttemptState(StrEnum):
    CLAIMED = "claimed"  # taken from the dial queue; the carrier has not been asked
    PLACING = "placing"  # the carrier is being asked, once
    IN_DOUBT = "in_doubt"  # asked, and the answer is unknown: never dialled again on a guess
    DIALLING = "dialling"  # the carrier has the call
    RINGING = "ringing"
    ANSWERED = "answered"  # picked up; being joined to an agent
    ABANDONED = "abandoned"  # answered, nobody free in time; the message plays
    CONNECTED = "connected"  # agent and person are talking
    WRAP_UP = "wrap_up"  # the call is over, the disposition is not saved yet
    CLOSED = "closed"  # ended and concluded
    REFUSED = "refused"  # the gate said no; the carrier was never asked
    RELEASED = "released"  # surely never placed


class AttemptEvent(StrEnum):
    PLACE = "place"
    REFUSE = "refuse"
    ACCEPT = "accept"
    DOUBT = "doubt"
    RING = "ring"
    ANSWER = "answer"
    MISS = "miss"
    JOIN = "join"
    END = "end"
    PASS_ON = "pass_on"  # noqa: S105 - to another agent, who is being joined; no password
    HAND_ON = "hand_on"  # the person talks on with somebody else, without the agent
    DISPOSE = "dispose"
    RELEASE = "release"


class Outcome(StrEnum):
    ANSWERED = "answered"
    MACHINE = "machine"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELED = "canceled"


S, E = AttemptState, AttemptEvent

TRANSITIONS: Mapping[tuple[AttemptState, AttemptEvent], AttemptState] = {
    (S.CLAIMED, E.PLACE): S.PLACING,
    (S.CLAIMED, E.REFUSE): S.REFUSED,
    (S.CLAIMED, E.RELEASE): S.RELEASED,
    (S.PLACING, E.ACCEPT): S.DIALLING,
    (S.PLACING, E.DOUBT): S.IN_DOUBT,
    (S.PLACING, E.RING): S.RINGING,
    (S.PLACING, E.ANSWER): S.ANSWERED,
    (S.PLACING, E.END): S.CLOSED,
    (S.PLACING, E.RELEASE): S.RELEASED,
    (S.IN_DOUBT, E.ACCEPT): S.DIALLING,
    (S.IN_DOUBT, E.RING): S.RINGING,
    (S.IN_DOUBT, E.ANSWER): S.ANSWERED,
    (S.IN_DOUBT, E.END): S.CLOSED,
    (S.IN_DOUBT, E.RELEASE): S.RELEASED,
    (S.DIALLING, E.RING): S.RINGING,
    (S.DIALLING, E.ANSWER): S.ANSWERED,
    (S.DIALLING, E.END): S.CLOSED,
    (S.RINGING, E.ANSWER): S.ANSWERED,
    (S.RINGING, E.END): S.CLOSED,
    (S.ANSWERED, E.JOIN): S.CONNECTED,
    (S.ANSWERED, E.MISS): S.ABANDONED,
    (S.ANSWERED, E.END): S.CLOSED,
    (S.ANSWERED, E.DISPOSE): S.CLOSED,
    (S.ABANDONED, E.END): S.CLOSED,
    (S.ABANDONED, E.DISPOSE): S.CLOSED,
    (S.CONNECTED, E.END): S.WRAP_UP,
    (S.CONNECTED, E.PASS_ON): S.ANSWERED,
    (S.CONNECTED, E.HAND_ON): S.WRAP_UP,
    (S.CONNECTED, E.DISPOSE): S.CLOSED,
    (S.WRAP_UP, E.DISPOSE): S.CLOSED,
}

FINAL = frozenset({S.CLOSED, S.REFUSED, S.RELEASED})
OPEN = frozenset(AttemptState) - FINAL
UNANSWERED = frozenset({S.CLAIMED, S.PLACING, S.IN_DOUBT, S.DIALLING, S.RINGING})
"""In flight: each of these may still need an agent."""
AT_CARRIER = frozenset({S.DIALLING, S.RINGING, S.ANSWERED, S.ABANDONED, S.CONNECTED})


def next_state(state: AttemptState, event: AttemptEvent) -> AttemptState:
    return advance(TRANSITIONS, state, event)


CARRIER_OUTCOMES: Mapping[str, Outcome] = {
    "completed": Outcome.ANSWERED,
    "busy": Outcome.BUSY,
    "no-answer": Outcome.NO_ANSWER,
    "failed": Outcome.FAILED,
    "canceled": Outcome.CANCELED,
}
"""The carrier's terminal words for a call, and the outcome each of them is."""
