"""The review of verdicts as its page shows it: samples to be heard, and how often the carrier was wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dialer.domain.detection import Interval, wilson
from dialer.services import recording_pages
from dialer.services.recording_pages import Shown
from dialer.store import campaigns, contacts, users, verdicts
from dialer.store.attempts import Attempt
from dialer.store.recordings import Recording


@dataclass(frozen=True)
class Sample:
    recording: Shown
    campaign: str
    person: str
    answered_by: str
    """The carrier's word."""
    at: datetime
    review: str = ""
    """What was heard; empty before somebody judged it."""
    judged_by: str = ""
    judged_at: datetime | None = None


@dataclass(frozen=True)
class CampaignVerdicts:
    """Of one campaign: how many calls were judged machines, and how many of those heard were people."""

    campaign: str
    machines: int
    heard: int
    people: int
    unclear: int

    @property
    def judged(self) -> int:
        return self.heard - self.unclear

    @property
    def false_share(self) -> float | None:
        return self.people / self.judged if self.judged else None

    @property
    def interval(self) -> Interval | None:
        """Where the share of all its verdicts lies."""
        return wilson(self.people, self.judged)


def waiting(session: Session, limit: int) -> list[Sample]:
    """Those that nobody has judged yet, the oldest first."""
    return _samples(session, verdicts.unreviewed(session, limit))


def judged(session: Session, limit: int) -> list[Sample]:
    """Those that were judged last, the latest first."""
    return _samples(session, verdicts.reviewed(session, limit))


def _samples(session: Session, rows: Sequence[tuple[Recording, Attempt]]) -> list[Sample]:
    names = {campaign.id: campaign.name for campaign in campaigns.everything(session)}
    judges = users.names(session, {row.reviewed_by_id for row, _ in rows if row.reviewed_by_id is not None})
    people = contacts.by_ids(session, {attempt.contact_id for _, attempt in rows})
    return [
        Sample(
            recording=recording_pages.shown(session, recording),
            campaign=names[attempt.campaign_id],
            person=people[attempt.contact_id].name,
            answered_by=attempt.answered_by or "",
            at=attempt.answered_at or attempt.claimed_at,
            review=recording.review.value if recording.review is not None else "",
            judged_by=judges.get(recording.reviewed_by_id or 0, ""),
            judged_at=recording.reviewed_at,
        )
        for recording, attempt in rows
    ]


def by_campaign(session: Session) -> Sequence[CampaignVerdicts]:
    names = {campaign.id: campaign.name for campaign in campaigns.everything(session)}
    return [
        CampaignVerdicts(names[campaign_id], machines, heard, people, unclear)
        for campaign_id, machines, heard, people, unclear in verdicts.counted(session)
    ]
