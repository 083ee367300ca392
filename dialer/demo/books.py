"""The books of a run: everything counted from the database, held against what the sandbox saw."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from dialer.domain import metrics
from dialer.domain.agent import DIALLED
from dialer.domain.attempt import OPEN, AttemptState
from dialer.domain.disposition import Effect
from dialer.services import reports
from dialer.store.agent_sessions import AgentSpan
from dialer.store.attempts import Attempt
from dialer.store.contacts import Contact
from dialer.store.dispositions import Disposition
from dialer.store.leads import Lead

NEVER_CALLED = frozenset({AttemptState.RELEASED, AttemptState.REFUSED})


@dataclass(frozen=True)
class Books:
    contacts: int
    attempts: int
    placed: int
    outcomes: Mapping[str, int]
    connected: int
    abandoned: int
    dispositions: Mapping[str, int]
    leads: int
    leads_with_due_at: int
    double_dials: int
    open_attempts: int
    sandbox_calls: int
    agent_hours_dialled: float
    leads_per_hour_dialled: float | None
    balanced: bool
    faults: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def balance(session: Session, sandbox_calls: Sequence[Mapping[str, Any]], now: datetime) -> Books:
    """Count everything twice; `faults` says in words what does not add up."""
    attempts = session.exec(select(Attempt)).all()
    seen = [call for call in sandbox_calls if _is_dial(call)]
    placed = [attempt for attempt in attempts if attempt.call_sid is not None and not attempt.is_inbound]
    effects = {row.id: row for row in session.exec(select(Disposition))}
    dispositions = Counter(effects[a.disposition_id].code for a in attempts if a.disposition_id is not None)
    lead_attempts = [a for a in attempts if _effect(effects, a) is Effect.MAKE_LEAD]
    leads = session.exec(select(Lead)).all()
    hours = _seconds_dialled(session, now) / 3600
    counts: dict[str, Any] = {
        "contacts": session.exec(select(func.count()).select_from(Contact)).one(),
        "attempts": len(attempts),
        "placed": len(placed),
        "outcomes": dict(Counter(a.outcome.value for a in placed if a.outcome is not None)),
        "connected": sum(a.connected_at is not None for a in attempts),
        "abandoned": sum(a.is_abandoned for a in attempts),
        "dispositions": dict(dispositions),
        "leads": len(leads),
        "leads_with_due_at": session.exec(select(func.count(col(Lead.due_at)))).one(),
        "double_dials": _double_dials(attempts, seen),
        "open_attempts": sum(a.state in OPEN for a in attempts),
        "sandbox_calls": len(seen),
        "agent_hours_dialled": round(hours, 4),
    }
    faults = tuple(_faults(counts, attempts, seen, leads, lead_attempts))
    return Books(
        **counts,
        leads_per_hour_dialled=metrics.leads_per_hour_dialled(len(leads), hours * 3600),
        balanced=not faults,
        faults=faults,
    )


def _faults(
    counts: Mapping[str, Any],
    attempts: Sequence[Attempt],
    seen: Sequence[Mapping[str, Any]],
    leads: Sequence[Lead],
    lead_attempts: Sequence[Attempt],
) -> list[str]:
    closed = [a for a in attempts if a.state is AttemptState.CLOSED]
    released = [a for a in attempts if a.state is AttemptState.RELEASED]
    ours = {a.call_sid for a in attempts if a.call_sid is not None and not a.is_inbound}
    checks = {
        "nothing was dialled": counts["attempts"] > 0,
        "an attempt is still open": counts["open_attempts"] == 0,
        "somebody was dialled twice": counts["double_dials"] == 0,
        "the carrier saw other calls than we placed": ours == {call["sid"] for call in seen},
        "an attempt given up or refused has a call": not any(
            a.call_sid for a in attempts if a.state in NEVER_CALLED
        ),
        "a closed attempt has no outcome": all(a.outcome is not None for a in closed),
        "a concluded attempt has no disposition": all(a.disposition_id for a in closed + released),
        "a connected call has no agent": all(a.agent_id for a in attempts if a.connected_at),
        "an abandoned call was answered by nobody": all(a.answered_at for a in attempts if a.is_abandoned),
        "leads and the dispositions that make them differ": {lead.contact_id for lead in leads}
        == {a.contact_id for a in lead_attempts}
        and {lead.attempt_id for lead in leads} <= {a.id for a in lead_attempts},
        "a lead has no time by which it is followed up": counts["leads"] == counts["leads_with_due_at"],
    }
    return [fault for fault, holds in checks.items() if not holds]


def _effect(effects: Mapping[int, Disposition], attempt: Attempt) -> Effect | None:
    row = effects.get(attempt.disposition_id) if attempt.disposition_id is not None else None
    return row.effect if row else None


def _is_dial(call: Mapping[str, Any]) -> bool:
    """A call of ours to a contact: no agent's line, and nobody who called us."""
    return not str(call["to"]).startswith("client:") and call.get("direction") != "inbound"


def _double_dials(attempts: Sequence[Attempt], seen: Sequence[Mapping[str, Any]]) -> int:
    """Calls that the carrier has beyond one for each attempt that came to a call."""
    asked = Counter(a.phone for a in attempts if a.state not in NEVER_CALLED and a.placing_at is not None)
    rung = Counter(str(call["to"]) for call in seen)
    return sum(max(0, count - asked[phone]) for phone, count in rung.items())


def _seconds_dialled(session: Session, now: datetime) -> float:
    since: datetime | None = session.exec(select(func.min(AgentSpan.started_at))).one()
    if since is None:
        return 0.0
    seconds = session.exec(
        select(func.coalesce(func.sum(reports.span_seconds(since, now)), 0.0)).where(
            col(AgentSpan.state).in_(DIALLED)
        )
    ).one()
    return float(seconds)
