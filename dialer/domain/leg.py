"""A leg: a call of ours to somebody who is neither the person nor the agent."""

from collections.abc import Mapping
from enum import StrEnum

from dialer.domain.machine import advance


class LegPurpose(StrEnum):
    LISTEN = "listen"  # a supervisor hears both
    WHISPER = "whisper"  # and is heard by the agent alone
    BARGE = "barge"  # and is heard by both
    CONSULT = "consult"  # the third party of a transfer, with the agent still there
    HAND_ON = "hand_on"  # the third party of a transfer, without the agent


SUPERVISION = frozenset({LegPurpose.LISTEN, LegPurpose.WHISPER, LegPurpose.BARGE})
TRANSFER = frozenset({LegPurpose.CONSULT, LegPurpose.HAND_ON})


class LegState(StrEnum):
    CALLING = "calling"
    JOINED = "joined"
    ENDED = "ended"


class LegEvent(StrEnum):
    JOIN = "join"
    END = "end"


S, E = LegState, LegEvent

TRANSITIONS: Mapping[tuple[LegState, LegEvent], LegState] = {
    (S.CALLING, E.JOIN): S.JOINED,
    (S.CALLING, E.END): S.ENDED,
    (S.JOINED, E.END): S.ENDED,
}


def next_state(state: LegState, event: LegEvent) -> LegState:
    return advance(TRANSITIONS, state, event)
