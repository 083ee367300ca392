"""The gate: may this contact be called on this number at this moment?

One pure function that looks at every rule and returns every verdict, so that the answer can be
shown, and kept with the attempt as the proof of why the call was allowed.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Rule(StrEnum):
    CAMPAIGN_RUNNING = "campaign_running"
    SUPPRESSION = "suppression"
    PLACE_KNOWN = "place_known"
    CALLING_WINDOW = "calling_window"
    ATTEMPT_CAP = "attempt_cap"
    CONTACT_OPEN = "contact_open"
    HELD_AGENT = "held_agent"


@dataclass(frozen=True)
class CallingWindow:
    """Local hours in which a number may be rung; the end is exclusive.

    8 to 21 in the called party's local time: 47 CFR 64.1200(c)(1), 16 CFR 310.4(c).
    """

    opens: time = time(8)
    closes: time = time(21)

    def is_open(self, at: datetime, zone: str) -> bool:
        return self.opens <= at.astimezone(ZoneInfo(zone)).time() < self.closes

    def next_open(self, at: datetime, zones: tuple[str, ...]) -> datetime | None:
        """The first moment from `at` on at which all `zones` are open, or None when they never are
        together. Aware UTC; windows open on the minute."""
        for day in range(3):
            starts = sorted(
                datetime.combine(
                    at.astimezone(ZoneInfo(zone)).date() + timedelta(days=day), self.opens, ZoneInfo(zone)
                ).astimezone(at.tzinfo)
                for zone in zones
            )
            candidates = [at] if day == 0 else []
            for moment in candidates + [start for start in starts if start >= at]:
                if all(self.is_open(moment, zone) for zone in zones):
                    return moment
        return None

    def closes_at(self, at: datetime, zones: tuple[str, ...]) -> datetime | None:
        """When the first of `zones` closes today, aware UTC; None where none is known."""
        return min(
            (
                datetime.combine(
                    at.astimezone(ZoneInfo(zone)).date(), self.closes, ZoneInfo(zone)
                ).astimezone(at.tzinfo)
                for zone in zones
            ),
            default=None,
        )


ABANDONMENT_LIMIT = 0.03
"""The share of calls answered by a person that may be abandoned, by campaign: 16 CFR 310.4(b)(4)(i)."""
RING_SECONDS_AT_LEAST = 15
"""16 CFR 310.4(b)(4)(ii)."""
HELD_AGENT_FOR = timedelta(hours=72)
"""So long a person who was abandoned is only called with an agent held for the call: Ofcom's statement on
persistent misuse, 2010."""


def needs_held_agent(abandoned_at: datetime | None, at: datetime) -> bool:
    return abandoned_at is not None and at < abandoned_at + HELD_AGENT_FOR


@dataclass(frozen=True)
class CallFacts:
    """What the gate looks at; gathered by the caller under the row's lock."""

    zones: tuple[str, ...]
    """Every zone the number or the address may be in; all of them must be open."""
    suppressed_by: str | None
    """Source and scope of a suppression that matches the number."""
    campaign_running: bool
    contact_open: bool
    attempts_made: int
    attempts_allowed: int
    abandoned_at: datetime | None = None
    """When the person last answered and met nobody."""
    agent_held: bool = False
    """An agent waits for this call and takes no other."""


@dataclass(frozen=True)
class Verdict:
    rule: Rule
    passed: bool
    detail: str


@dataclass(frozen=True)
class Decision:
    """Every rule's verdict; allowed when all passed."""

    at: datetime
    verdicts: tuple[Verdict, ...]

    @property
    def allowed(self) -> bool:
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def refused_by(self) -> Verdict | None:
        return next((verdict for verdict in self.verdicts if not verdict.passed), None)

    def as_json(self) -> dict[str, object]:
        return {
            "at": self.at.isoformat(),
            "allowed": self.allowed,
            "verdicts": [
                {"rule": verdict.rule.value, "passed": verdict.passed, "detail": verdict.detail}
                for verdict in self.verdicts
            ],
        }


def may_call(facts: CallFacts, at: datetime, window: CallingWindow) -> Decision:
    return Decision(
        at,
        (
            Verdict(
                Rule.CAMPAIGN_RUNNING,
                facts.campaign_running,
                "the campaign is running" if facts.campaign_running else "the campaign is not running",
            ),
            Verdict(
                Rule.CONTACT_OPEN,
                facts.contact_open,
                "the contact is open" if facts.contact_open else "the contact is closed",
            ),
            Verdict(
                Rule.SUPPRESSION,
                facts.suppressed_by is None,
                "on no suppression list" if facts.suppressed_by is None else f"on {facts.suppressed_by}",
            ),
            Verdict(
                Rule.PLACE_KNOWN,
                bool(facts.zones),
                f"zones: {', '.join(facts.zones)}" if facts.zones else "nobody knows whose clock counts",
            ),
            _window_verdict(facts.zones, at, window),
            Verdict(
                Rule.ATTEMPT_CAP,
                facts.attempts_made < facts.attempts_allowed,
                f"{facts.attempts_made} of {facts.attempts_allowed} attempts made",
            ),
            _held_agent_verdict(facts, at),
        ),
    )


def _held_agent_verdict(facts: CallFacts, at: datetime) -> Verdict:
    if facts.abandoned_at is None:
        return Verdict(Rule.HELD_AGENT, True, "was never abandoned")
    told = f"abandoned at {facts.abandoned_at:%Y-%m-%d %H:%M} UTC"
    if not needs_held_agent(facts.abandoned_at, at):
        return Verdict(Rule.HELD_AGENT, True, f"{told}, 72 hours ago or more")
    held = "an agent is held for the call" if facts.agent_held else "no agent is held for the call"
    return Verdict(Rule.HELD_AGENT, facts.agent_held, f"{told}, and {held}")


def _window_verdict(zones: tuple[str, ...], at: datetime, window: CallingWindow) -> Verdict:
    hours = f"{window.opens:%H:%M}–{window.closes:%H:%M}"
    shut = [zone for zone in zones if not window.is_open(at, zone)]
    if shut:
        local = at.astimezone(ZoneInfo(shut[0]))
        return Verdict(Rule.CALLING_WINDOW, False, f"{local:%H:%M} in {shut[0]}, outside {hours}")
    return Verdict(Rule.CALLING_WINDOW, bool(zones), f"inside {hours} in every zone" if zones else "no zone")
