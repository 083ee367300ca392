"""What a supervisor sets of the dial queue: each outcome's retry plan, and the weights of call lists."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dialer.core.errors import InvalidFields
from dialer.domain.best_hours import Gain
from dialer.domain.disposition import Effect
from dialer.domain.list_mix import WEIGHT_AT_MOST
from dialer.services import retries
from dialer.store import audit, call_lists, dial_queue, dispositions
from dialer.store.campaigns import Campaign
from dialer.store.dispositions import Disposition

UNITS: Mapping[str, int] = {"minutes": 1, "hours": 60, "days": 24 * 60}
LONGEST_DELAY, MOST_TRIES = 90 * 24 * 60, 30
YES = "yes"


@dataclass(frozen=True)
class PlanLine:
    id: int
    label: str
    delay: str
    unit: str
    at_most: str
    spread: bool


@dataclass(frozen=True)
class Plans:
    """`supervisor/_retry_plans.html` says what each name means there."""

    lines: Sequence[PlanLine]
    learns_hours: bool
    gain: Gain
    errors: Mapping[str, str]
    done: str = ""


def plans(session: Session, campaign: Campaign, now: datetime, done: str = "") -> Plans:
    lines = [_line(row) for row in _retried(session, campaign)]
    return Plans(lines, campaign.learns_hours, retries.gain(session, campaign, now), {}, done)


def set_plans(
    session: Session, campaign: Campaign, form: Mapping[str, str], user_id: int, now: datetime
) -> Plans:
    """Set all of them, or none and say what is wrong. What changed is kept."""
    rows = _retried(session, campaign)
    errors: dict[str, str] = {}
    wanted = {row.id: _read(row, form, errors) for row in rows}
    learns = form.get("learns_hours") == YES
    if errors:
        lines = [_as_sent(row, form) for row in rows]
        return Plans(lines, learns, retries.gain(session, campaign, now), errors)
    changed: dict[str, list[str]] = {}
    for row in rows:
        before = row.retry_minutes, row.retry_at_most, row.retry_spread
        if before != wanted[row.id]:
            changed[row.code] = [_told(*before), _told(*wanted[row.id])]
            row.retry_minutes, row.retry_at_most, row.retry_spread = wanted[row.id]
    if learns != campaign.learns_hours:
        changed["learns_hours"] = [str(campaign.learns_hours), str(learns)]
        campaign.learns_hours = learns
    if changed:
        audit.note(session, now, user_id, "retry_plans_set", f"campaign {campaign.slug}", **changed)
    return plans(
        session, campaign, now, "The retry plans are saved; they hold for calls that end from now on."
    )


def set_weights(
    session: Session, campaign: Campaign, form: Mapping[str, str], user_id: int, now: datetime
) -> None:
    """The weight of each call list that the form names. Raises `InvalidFields`."""
    changed = {}
    for row in call_lists.of_campaign(session, campaign.id):
        told = form.get(f"weight_{row.id}", str(row.weight)).strip()
        if not re.fullmatch(r"[0-9]{1,3}", told) or int(told) > WEIGHT_AT_MOST:
            raise InvalidFields(
                {"weight": f"“{row.name}”: a weight is a whole number from 0 to {WEIGHT_AT_MOST}."}
            )
        if int(told) != row.weight:
            changed[row.name] = [row.weight, int(told)]
            row.weight = int(told)
    if changed:
        audit.note(session, now, user_id, "list_weights_set", f"campaign {campaign.slug}", weights=changed)
        dial_queue.clear_after_commit(session, campaign.id)


def _retried(session: Session, campaign: Campaign) -> list[Disposition]:
    return [row for row in dispositions.of_campaign(session, campaign.id) if row.effect is Effect.RETRY]


def _line(row: Disposition) -> PlanLine:
    unit = next(name for name in reversed(list(UNITS)) if row.retry_minutes % UNITS[name] == 0)
    delay = str(row.retry_minutes // UNITS[unit])
    return PlanLine(row.id, row.label, delay, unit, str(row.retry_at_most), row.retry_spread)


def _as_sent(row: Disposition, form: Mapping[str, str]) -> PlanLine:
    sent = {name: form.get(f"{name}_{row.id}", "") for name in ("delay", "unit", "at_most")}
    return PlanLine(id=row.id, label=row.label, spread=form.get(f"spread_{row.id}") == YES, **sent)


def _read(row: Disposition, form: Mapping[str, str], errors: dict[str, str]) -> tuple[int, int, bool]:
    delay, at_most = form.get(f"delay_{row.id}", "").strip(), form.get(f"at_most_{row.id}", "").strip()
    unit = UNITS.get(form.get(f"unit_{row.id}", ""), 0)
    minutes = int(delay) * unit if re.fullmatch(r"[0-9]{1,6}", delay) else 0
    if not 0 < minutes <= LONGEST_DELAY:
        errors[f"delay_{row.id}"] = f"“{row.label}”: from a minute to 90 days."
    if not re.fullmatch(r"[0-9]{1,2}", at_most) or int(at_most) > MOST_TRIES:
        errors[f"at_most_{row.id}"] = f"“{row.label}”: at most 0 to {MOST_TRIES} tries; 0 sets no limit."
        at_most = "0"
    return minutes, int(at_most), form.get(f"spread_{row.id}") == YES


def _told(minutes: int, at_most: int, spread: bool) -> str:
    return f"{minutes} min, at most {at_most}{', spread' if spread else ''}"
