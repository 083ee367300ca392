"""A campaign's abandoned calls against its limits: the counts, the alarm and the brake, and whether it may
place calls for which no agent is free.

The counts are read from the attempts; those of calls answered minutes ago may be a minute old. Watched
every few seconds; who asks between two looks is braked by what is in the books, not by what was seen last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.core.log import logger
from dialer.core.outbox import Channel, publish_after_commit
from dialer.domain.abandonment import (
    BLOCK,
    DAY,
    Ahead,
    Guard,
    Limits,
    Span,
    Tally,
    block_of,
    guard,
)
from dialer.domain.abandonment import may_dial_ahead as may_strictly
from dialer.domain.campaign import StrictPacing
from dialer.services.memos import remembered
from dialer.store import abandonment, audit, campaigns, clients
from dialer.store.campaigns import Campaign
from dialer.store.clients import Client

ALARM, ALARM_OVER = "abandonment_alarm", "abandonment_alarm_over"
BRAKE, BRAKE_OVER = "abandonment_brake", "abandonment_brake_over"
DECIDED_AFTER = timedelta(minutes=2)
"""Since its answer a call was joined, missed or left; only a word on machines may come later."""


@dataclass(frozen=True)
class Counted:
    span: Span
    tally: Tally


@dataclass(frozen=True)
class Counts:
    block: Counted
    """The block of 30 days that the law counts by."""
    month: Counted
    """The last 30 days."""
    day: Counted
    """The last 24 hours."""


def counts(session: Session, campaign: Campaign, now: datetime) -> Counts:
    reached = now + datetime.resolution
    spans = [_block(campaign, now), Span(now - BLOCK, reached), Span(now - DAY, reached)]
    tallies = abandonment.tallies(session, campaign.id, spans)
    return Counts(*(Counted(span, tally) for span, tally in zip(spans, tallies, strict=True)))


def limits_of(campaign: Campaign) -> Limits:
    return Limits.of(campaign.abandon_alarm, campaign.abandon_limit)


def may_dial_ahead(session: Session, campaign: Campaign, now: datetime) -> str | None:
    return held_back(session, [campaign], now)[campaign.id]


def held_back(session: Session, of: Sequence[Campaign], now: datetime) -> Mapping[int, str | None]:
    """Why each campaign may place no call beyond its free agents, in words; None when it may."""
    firms = clients.by_ids(session, {campaign.client_id for campaign in of})
    tallies = _tallies(session, of, now)
    return {
        campaign.id: _held_back(session, campaign, firms[campaign.client_id], tallies[campaign.id], now)
        for campaign in of
    }


def _held_back(
    session: Session, campaign: Campaign, client: Client, tally: Tally, now: datetime
) -> str | None:
    if not client.name.strip() or not client.callback_number.strip():
        return (
            "The client has no name or no call-back number, and the message to an abandoned person needs both"
        )
    limits, block = limits_of(campaign), _block(campaign, now)
    if guard(tally, limits, _guard_of(campaign, block)).is_braked:
        return braked_words(tally, limits)
    if tally.with_one_more <= limits.limit or campaign.strict_pacing is StrictPacing.OFF:
        return None
    ahead = _ahead(session, campaign, block, now)
    return (
        None if may_strictly(campaign.strict_pacing, tally, limits, ahead) else _strict_words(tally, limits)
    )


def watch(session: Session, campaign: Campaign, now: datetime) -> None:
    """Set and take back the alarm and the brake; each change is told and kept."""
    block, limits = _block(campaign, now), limits_of(campaign)
    tally = _tallies(session, [campaign], now)[campaign.id]
    if guard(tally, limits, _guard_of(campaign, block)) == _shown(campaign):
        return
    campaigns.lock(session, campaign.id)
    after = guard(tally, limits, _guard_of(campaign, block))
    if after.is_alarmed is (campaign.alarmed_at is None):
        campaign.alarmed_at = now if after.is_alarmed else None
        _note(session, campaign, tally, ALARM if after.is_alarmed else ALARM_OVER, now)
    if after.is_braked is (campaign.braked_at is None):
        campaign.braked_at = now if after.is_braked else None
        _note(session, campaign, tally, BRAKE if after.is_braked else BRAKE_OVER, now)


def watch_all(session: Session, now: datetime) -> None:
    for campaign in campaigns.running(session):
        watch(session, campaign, now)


def braked_words(tally: Tally, limits: Limits) -> str:
    return (
        f"Braked to one call for each free agent: {_share(tally)}; the limit is {limits.limit:.1%}. "
        "It goes on when one more abandoned call would not break the limit"
    )


def alarm_words(tally: Tally, limits: Limits) -> str:
    return f"{_share(tally)}; from {limits.limit:.1%} on the campaign is braked"


def _strict_words(tally: Tally, limits: Limits) -> str:
    return (
        f"One call for each free agent, for one more abandoned call would make {tally.abandoned + 1:,} of "
        f"{tally.live + 1:,}, above the limit of {limits.limit:.1%}, and it could not be surely paid back"
    )


def _share(tally: Tally) -> str:
    return (
        f"{tally.abandoned:,} of {tally.live:,} people who answered were abandoned ({tally.rate or 0.0:.1%})"
    )


def _block(campaign: Campaign, now: datetime) -> Span:
    return block_of(campaign.started_at or campaign.created_at, now)


def _tallies(session: Session, of: Sequence[Campaign], now: datetime) -> Mapping[int, Tally]:
    """Of each campaign's block so far: the part in which every call is decided, remembered, and the rest."""
    decided_until = (now - DECIDED_AFTER).replace(second=0, microsecond=0)
    blocks = {campaign.id: _block(campaign, now) for campaign in of}
    since = {number: max(block.since, decided_until) for number, block in blocks.items()}
    rest = abandonment.tallies_since(session, since, now + datetime.resolution)
    tallies = {}
    for number, block in blocks.items():
        live, lost = _decided(session, number, Span(block.since, since[number]))
        tallies[number] = Tally(live + rest[number].live, lost + rest[number].abandoned)
    return tallies


def _decided(session: Session, campaign_id: int, span: Span) -> Sequence[int]:
    def count() -> tuple[int, int]:
        [tally] = abandonment.tallies(session, campaign_id, [span])
        return tally.live, tally.abandoned

    return remembered(f"abandonment:{campaign_id}:{span.since.timestamp()}:{span.until.timestamp()}", count)


def _guard_of(campaign: Campaign, block: Span) -> Guard:
    """What is on since this block began; a new one begins anew."""
    alarmed_at, braked_at = campaign.alarmed_at, campaign.braked_at
    return Guard(
        is_alarmed=alarmed_at is not None and alarmed_at >= block.since,
        is_braked=braked_at is not None and braked_at >= block.since,
    )


def _shown(campaign: Campaign) -> Guard:
    return Guard(campaign.alarmed_at is not None, campaign.braked_at is not None)


def _ahead(session: Session, campaign: Campaign, block: Span, now: datetime) -> Ahead:
    yesterday = Span(now - DAY, now + datetime.resolution)

    def seen() -> tuple[int, int, int]:
        [day] = abandonment.tallies(session, campaign.id, [yesterday])
        dials = abandonment.dials_since(session, campaign.id, yesterday.since)
        return abandonment.contacts_left(session, campaign.id), dials, day.live

    contacts, dials, live = remembered(f"ahead:{campaign.id}", seen)
    return Ahead(contacts, dials, live, days=(block.until - now) / DAY)


def _note(session: Session, campaign: Campaign, tally: Tally, action: str, now: datetime) -> None:
    told = {"live": tally.live, "abandoned": tally.abandoned, "rate": round(tally.rate or 0.0, 5)}
    audit.note(session, now, None, action, f"campaign {campaign.slug}", **told)
    logger.warning(action, campaign=campaign.slug, **told)
    publish_after_commit(session, Channel.FLOOR, "all", "campaign", {"campaign_id": campaign.id})
