"""Campaigns: client, script, dial mode, caller id, rules and the follow-up promise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, func, select

from dialer.core.database import aware, json_column, str_enum, under_lock
from dialer.domain.campaign import (
    CampaignState,
    DialMode,
    MachineDetection,
    RecordingMode,
    StrictPacing,
)


class Campaign(SQLModel, table=True):
    __tablename__ = "campaigns"

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=120)
    client_id: int = Field(foreign_key="clients.id", index=True)
    state: CampaignState = str_enum(CampaignState, default=CampaignState.DRAFT)
    dial_mode: DialMode = str_enum(DialMode, default=DialMode.PROGRESSIVE)
    preview_seconds: int = 0
    """After so long a previewed contact is dialled by itself; 0: when the agent says so."""
    lines_per_agent: float = 1.5
    """Calls for each ready agent in power mode."""
    strict_pacing: StrictPacing = str_enum(StrictPacing, default=StrictPacing.AUTO)
    abandon_limit: float = 0.03
    """From this share of abandoned calls on, one call for each free agent and no more."""
    abandon_alarm: float = 0.025
    """From this share on, supervisors are told."""
    braked_at: datetime | None = aware(default=None, nullable=True)
    """Since when the limit was passed and the rate is not safely below it again."""
    alarmed_at: datetime | None = aware(default=None, nullable=True)
    priority: int = 5
    """Of the campaigns an agent works, the smallest with somebody to dial has her."""
    weight: int = 1
    """Campaigns of one priority share their agents' time in proportion to their weights."""
    contact_filter: list[dict[str, Any]] = json_column(default_factory=list)
    """Conditions that a contact meets to be dialled."""
    learns_hours: bool = True
    """Whether the time of the next try is learned from when people like this answered."""
    script_slug: str = Field(max_length=64)
    caller_id: str = Field(max_length=16)
    """The main number of its pool, and what agents' own lines show."""
    local_presence: bool = False
    """Of the pool, the number nearest to the person is shown."""
    caller_id_calls_per_day: int = 500
    """So often at most is one number of the pool shown in a day."""
    ring_seconds: int = 25
    """At least 15 s or four rings before giving up: 16 CFR 310.4(b)(4)(ii)."""
    abandon_seconds: float = 2.0
    call_seconds_limit: int = 3600
    machine_detection: MachineDetection = str_enum(MachineDetection, default=MachineDetection.OFF)
    voicemail_message: str = ""
    """Said to a machine after its greeting; empty: none is left."""
    verdict_review_percent: int = 5
    """So many of a hundred detected machines are recorded for review."""
    recording: RecordingMode = str_enum(RecordingMode, default=RecordingMode.OFF)
    wrap_up_seconds: int = 60
    attempts_allowed: int = 6
    sla_minutes: int = 120
    """Working minutes from the lead to its first follow-up."""
    time_zone: str = "America/Chicago"
    """Whose working hours the follow-up promise is reckoned in."""
    lead_owner_id: int | None = Field(default=None, foreign_key="users.id")
    paused_reason: str | None = None
    created_at: datetime = aware()
    started_at: datetime | None = aware(default=None, nullable=True)


def by_slug(session: Session, slug: str) -> Campaign | None:
    return session.exec(select(Campaign).where(Campaign.slug == slug)).first()


def running(session: Session) -> Sequence[Campaign]:
    return session.exec(
        select(Campaign).where(Campaign.state == CampaignState.RUNNING).order_by(col(Campaign.id))
    ).all()


def lock(session: Session, campaign_id: int) -> Campaign | None:
    """Attempts and contacts may be added to it meanwhile."""
    return session.exec(
        under_lock(select(Campaign).where(Campaign.id == campaign_id), key_share=True)
    ).first()


def everything(session: Session) -> Sequence[Campaign]:
    return session.exec(select(Campaign).order_by(col(Campaign.name))).all()


def lock_loading(session: Session, campaign_id: int) -> None:
    """One load into a campaign at a time: the next one waits, and sees what this one brought."""
    session.exec(select(func.pg_advisory_xact_lock(2, campaign_id)))
