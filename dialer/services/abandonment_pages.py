"""A campaign's abandoned calls as their page and their download show them: the rates, and of each call the
evidence that an auditor asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from dialer.domain.abandonment import BLOCK, Limits
from dialer.domain.attempt import Outcome
from dialer.services import abandoned_calls, abandonment, reports
from dialer.services.abandonment import Counted
from dialer.store import abandonment as abandonment_rows
from dialer.store import campaigns, clients
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact

CSV_HEAD = (
    "attempt", "call_sid", "contact", "phone", "answered_at", "waited_seconds", "what_happened",
    "joined_at", "message_began_at", "message_ended_at", "message",
)  # fmt: skip


@dataclass(frozen=True)
class CampaignRate:
    slug: str
    name: str
    client: str
    answered: int
    abandoned: int
    rate: float | None
    braked_at: datetime | None
    alarmed_at: datetime | None


@dataclass(frozen=True)
class Period:
    label: str
    counted: Counted


@dataclass(frozen=True)
class Line:
    contact_id: int
    person: str
    phone: str
    answered_at: datetime
    waited: float | None
    """Seconds."""
    what: str
    joined_at: datetime | None
    message: str
    began_at: datetime | None
    ended_at: datetime | None


def by_campaign(session: Session, now: datetime) -> list[CampaignRate]:
    """Over the last 30 days."""
    owners = {client.id: client.name for client in clients.everything(session)}
    rows = reports.by_campaign(session, reports.Scope(now - BLOCK, now + datetime.resolution))
    found = []
    for campaign in campaigns.everything(session):
        row = rows.get(campaign.id, reports.Row())
        found.append(
            CampaignRate(
                slug=campaign.slug,
                name=campaign.name,
                client=owners[campaign.client_id],
                answered=row.answered,
                abandoned=row.abandoned,
                rate=row.abandonment_rate,
                braked_at=campaign.braked_at,
                alarmed_at=campaign.alarmed_at,
            )
        )
    return found


def periods(session: Session, campaign: Campaign, now: datetime) -> list[Period]:
    counts = abandonment.counts(session, campaign, now)
    return [
        Period("This block of 30 days", counts.block),
        Period("The last 30 days", counts.month),
        Period("The last 24 hours", counts.day),
    ]


def words_of(campaign: Campaign, block: Counted, limits: Limits) -> str:
    """What is on, in words; empty while nothing is."""
    if campaign.braked_at is not None:
        return f"{abandonment.braked_words(block.tally, limits)}."
    return f"{abandonment.alarm_words(block.tally, limits)}." if campaign.alarmed_at is not None else ""


def limits(campaign: Campaign) -> Limits:
    return abandonment.limits_of(campaign)


def lines(session: Session, campaign: Campaign, offset: int, limit: int) -> list[Line]:
    return [
        _line(attempt, contact)
        for attempt, contact in abandonment_rows.abandoned(session, campaign.id, offset, limit)
    ]


def csv_rows(session: Session, campaign: Campaign, batch: int = 500) -> Iterator[Sequence[str]]:
    """Every abandoned call, the last one first; times in the campaign's zone with their offset."""
    zone = ZoneInfo(campaign.time_zone)
    yield CSV_HEAD
    offset = 0
    while found := abandonment_rows.abandoned(session, campaign.id, offset, batch):
        for attempt, contact in found:
            yield _csv_row(attempt, _line(attempt, contact), zone)
        offset += batch


def _csv_row(attempt: Attempt, line: Line, zone: ZoneInfo) -> Sequence[str]:
    def local(when: datetime | None) -> str:
        return when.astimezone(zone).isoformat(timespec="milliseconds") if when is not None else ""

    return (
        str(attempt.id),
        attempt.call_sid or "",
        str(line.contact_id),
        line.phone,
        local(line.answered_at),
        "" if line.waited is None else f"{line.waited:.3f}",
        line.what,
        local(line.joined_at),
        local(line.began_at),
        local(line.ended_at),
        line.message,
    )


def _line(attempt: Attempt, contact: Contact) -> Line:
    waited = abandoned_calls.waited(attempt)
    return Line(
        contact_id=contact.id,
        person=contact.name,
        phone=attempt.phone,
        answered_at=attempt.answered_at or attempt.claimed_at,
        waited=None if waited is None else waited.total_seconds(),
        what=_what(attempt),
        joined_at=attempt.connected_at,
        message=attempt.message_text,
        began_at=attempt.message_began_at,
        ended_at=attempt.message_ended_at,
    )


def _what(attempt: Attempt) -> str:
    if attempt.outcome is Outcome.MACHINE:
        return "Taken for a machine"
    if attempt.connected_at is not None:
        return "Joined too late"
    return "Nobody was free" if attempt.message_began_at is not None else "Hung up waiting"
