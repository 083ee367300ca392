"""Dispositions: what was concluded of an attempt, as rows with flags and one effect each.

Code asks the flags and the effect, never the code of a row. The default set is what a new campaign
gets; a campaign may change its own.
"""

from dataclasses import dataclass
from enum import StrEnum

from dialer.domain.attempt import Outcome


class Effect(StrEnum):
    MAKE_LEAD = "make_lead"
    DISQUALIFY = "disqualify"
    RETRY = "retry"
    CALL_BACK = "call_back"
    SUPPRESS = "suppress"
    WRONG_NUMBER = "wrong_number"


class CallBackScope(StrEnum):
    MINE = "mine"
    ANYONE = "anyone"


@dataclass(frozen=True)
class DispositionRow:
    code: str
    label: str
    effect: Effect
    hotkey: str = ""
    human: bool = True
    """A person was spoken to."""
    by_agent: bool = True
    """An agent may choose it; the others are the system's."""
    needs_reason: bool = False
    retry_minutes: int = 0
    retry_at_most: int = 0
    retry_spread: bool = False


NO_DISPOSITION = "no_disposition"
ABANDONED = "abandoned"
HUNG_UP = "hung_up"
MACHINE = "machine"
AGENT_MACHINE = "agent_machine"
NEVER_PLACED = "never_placed"
UNUSABLE_NUMBER = "unusable_number"


def _unreached(
    code: str, label: str, minutes: int, at_most: int = 0, *, spread: bool = False
) -> DispositionRow:
    """The system's conclusion of a call that reached nobody."""
    return DispositionRow(
        code,
        label,
        Effect.RETRY,
        human=False,
        by_agent=False,
        retry_minutes=minutes,
        retry_at_most=at_most,
        retry_spread=spread,
    )


DEFAULT_DISPOSITIONS: tuple[DispositionRow, ...] = (
    DispositionRow("lead", "Lead", Effect.MAKE_LEAD, hotkey="l"),
    DispositionRow("callback", "Call back", Effect.CALL_BACK, hotkey="b"),
    DispositionRow("not_interested", "Not interested", Effect.DISQUALIFY, hotkey="n", needs_reason=True),
    DispositionRow("not_now", "Not now, try again", Effect.RETRY, hotkey="t", retry_minutes=7 * 24 * 60),
    DispositionRow("do_not_call", "Do not call again", Effect.SUPPRESS, hotkey="d"),
    DispositionRow("wrong_number", "Wrong number", Effect.WRONG_NUMBER, hotkey="w"),
    DispositionRow(
        AGENT_MACHINE,
        "Answering machine",
        Effect.RETRY,
        hotkey="m",
        human=False,
        retry_minutes=240,
        retry_spread=True,
    ),
    DispositionRow(
        "hung_up",
        "Hung up",
        Effect.RETRY,
        hotkey="h",
        retry_minutes=24 * 60,
        retry_at_most=3,
        retry_spread=True,
    ),
    DispositionRow(NO_DISPOSITION, "Wrap-up ran out", Effect.RETRY, by_agent=False, retry_minutes=24 * 60),
    DispositionRow(ABANDONED, "Abandoned", Effect.RETRY, by_agent=False, retry_minutes=24 * 60),
    _unreached("no_answer", "No answer", 120, spread=True),
    _unreached("busy", "Busy", 30),
    _unreached(MACHINE, "Machine", 240, spread=True),
    _unreached("failed", "Call failed", 24 * 60, at_most=3),
    _unreached("canceled", "Canceled", 60),
    _unreached(NEVER_PLACED, "Never placed", 15),
    DispositionRow(UNUSABLE_NUMBER, "Unusable number", Effect.WRONG_NUMBER, human=False, by_agent=False),
)

DISQUALIFY_REASONS: tuple[tuple[str, str], ...] = (
    ("no_need", "No need"),
    ("no_funds", "No funds"),
    ("no_authority", "Can't decide"),
    ("too_late", "Time frame too far off"),
    ("has_supplier", "Happy with a supplier"),
    ("not_interested", "Not interested"),
    ("out_of_area", "Outside the area"),
)


CALLED_IN_VAIN = "Called us, reached nobody"
"""How a call of theirs is told that no agent took: whoever waited and gave up did not hang up on anybody."""


def system_disposition(outcome: Outcome, abandoned: bool) -> str:
    """The code of the system's own conclusion for an attempt that no agent concluded."""
    if abandoned:
        return ABANDONED
    return HUNG_UP if outcome is Outcome.ANSWERED else outcome.value
