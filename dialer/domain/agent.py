"""An agent session: one sign-in of an agent to a campaign, and the states she passes through."""

from collections.abc import Mapping
from enum import StrEnum

from dialer.domain.machine import advance


class SessionState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    RESERVED = "reserved"  # a call or a preview is hers, not joined yet
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class SessionEvent(StrEnum):
    GET_READY = "get_ready"
    RESERVE = "reserve"
    RELEASE = "release"  # the reserved call ended before it was joined, or the preview was skipped
    JOIN = "join"
    CALL_ENDED = "call_ended"
    DISPOSED = "disposed"
    DISPOSED_THEN_PAUSE = "disposed_then_pause"
    PAUSE = "pause"
    LINE_LOST = "line_lost"
    STOP = "stop"


class LineState(StrEnum):
    """The agent's own leg, held open for the whole session in her conference."""

    DOWN = "down"
    CONNECTING = "connecting"
    UP = "up"


class AgentLine(StrEnum):
    """Where an agent speaks."""

    BROWSER = "browser"
    PHONE = "phone"  # her telephone or SIP address


S, E = SessionState, SessionEvent

TRANSITIONS: Mapping[tuple[SessionState, SessionEvent], SessionState] = {
    (S.READY, E.RESERVE): S.RESERVED,
    (S.READY, E.PAUSE): S.PAUSED,
    (S.READY, E.LINE_LOST): S.PAUSED,
    (S.READY, E.STOP): S.OFFLINE,
    (S.PAUSED, E.GET_READY): S.READY,
    (S.PAUSED, E.STOP): S.OFFLINE,
    (S.RESERVED, E.RELEASE): S.READY,
    (S.RESERVED, E.JOIN): S.ON_CALL,
    (S.RESERVED, E.DISPOSED): S.READY,
    (S.RESERVED, E.DISPOSED_THEN_PAUSE): S.PAUSED,
    (S.ON_CALL, E.CALL_ENDED): S.WRAP_UP,
    (S.ON_CALL, E.DISPOSED): S.READY,
    (S.ON_CALL, E.DISPOSED_THEN_PAUSE): S.PAUSED,
    (S.WRAP_UP, E.DISPOSED): S.READY,
    (S.WRAP_UP, E.DISPOSED_THEN_PAUSE): S.PAUSED,
}

BUSY = frozenset({S.RESERVED, S.ON_CALL, S.WRAP_UP})
SIGNED_IN = frozenset(SessionState) - {S.OFFLINE}
DIALLED = SIGNED_IN - {S.PAUSED}
"""States whose time counts as agent hours dialled."""

PAUSE_CODES: Mapping[str, str] = {
    "break": "Break",
    "lunch": "Lunch",
    "coaching": "Coaching",
    "admin": "Paperwork",
    "other": "Other",
}
"""What an agent may choose; the house's own codes are below."""
PAUSE_STARTING = "starting"
PAUSE_LINE_LOST = "line_lost"
PAUSE_LINE_BUSY = "line_busy"
PAUSE_LINE_UNANSWERED = "line_unanswered"
PAUSE_LINE_FAILED = "line_failed"
PAUSE_NO_KEY = "line_no_key"
PAUSE_NO_DISPOSITION = "no_disposition"
PAUSE_NO_DIAL = "no_dial"
HOUSE_PAUSES: Mapping[str, str] = {
    PAUSE_STARTING: "Connecting your line",
    PAUSE_LINE_LOST: "Line lost",
    PAUSE_LINE_BUSY: "Telephone busy",
    PAUSE_LINE_UNANSWERED: "Telephone not answered",
    PAUSE_LINE_FAILED: "Telephone not reached",
    PAUSE_NO_KEY: "No key pressed",
    PAUSE_NO_DISPOSITION: "Wrap-up ran out",
    PAUSE_NO_DIAL: "Preview ran out",
}


LINE_PAUSES = frozenset(
    {PAUSE_LINE_LOST, PAUSE_LINE_BUSY, PAUSE_LINE_UNANSWERED, PAUSE_LINE_FAILED, PAUSE_NO_KEY}
)
_NEVER_UP: Mapping[str, str] = {
    "busy": PAUSE_LINE_BUSY,
    "no-answer": PAUSE_LINE_UNANSWERED,
    "completed": PAUSE_NO_KEY,
}


def why_line_is_down(line: AgentLine, status: str, *, was_up: bool) -> str:
    """The pause code for the end of her leg, of which the carrier said `status`. A browser, and whatever
    was up, is lost and rung again; a telephone that did not take the call is not, and says why."""
    if line is AgentLine.BROWSER or was_up:
        return PAUSE_LINE_LOST
    return _NEVER_UP.get(status, PAUSE_LINE_FAILED)


def next_state(state: SessionState, event: SessionEvent) -> SessionState:
    return advance(TRANSITIONS, state, event)
