"""Why is nobody being dialled? The answer in plain words, from counts of this moment."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from dialer.domain.campaign import CampaignState
from dialer.domain.contact import ClosedReason
from dialer.services import caller_ids, gate
from dialer.store import agent_sessions, attempts, contacts
from dialer.store.agent_sessions import AgentCount
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK, PRIORITY_FRESH, WaitingGroup

CLOSED_WORDS: dict[ClosedReason | None, str] = {
    ClosedReason.LEAD: "Closed: became a lead",
    ClosedReason.DISQUALIFIED: "Closed: disqualified",
    ClosedReason.SUPPRESSED: "Closed: the number is suppressed",
    ClosedReason.WRONG_NUMBER: "Closed: wrong number",
    ClosedReason.EXHAUSTED: "Closed: dialled as often as the campaign allows",
    ClosedReason.UNKNOWN_PLACE: "Closed: nobody knows whose clock counts",
}

NOT_RUNNING = {
    CampaignState.DRAFT: "The campaign has not been started.",
    CampaignState.STOPPED: "The campaign is stopped.",
    CampaignState.PAUSED: "The campaign is paused: {}.",
}


@dataclass(frozen=True)
class Reason:
    text: str
    count: int | None


@dataclass(frozen=True)
class Why:
    """`supervisor/_why.html` says what each name means there."""

    dialling: bool
    headline: str
    reasons: Sequence[Reason]
    waiting_now: int
    waiting_later: int
    held: int
    closed: int
    next_open: datetime | None


@dataclass
class Backlog:
    """The waiting contacts of a campaign by what they wait for."""

    dialable: int = 0
    own_call_backs: int = 0
    """Agreed with one agent, due, and she has not taken them yet."""
    call_backs: int = 0
    retries: int = 0
    put_off: int = 0
    outside_hours: int = 0
    next_open: datetime | None = None
    next_zone: str = ""

    @property
    def total(self) -> int:
        later = self.call_backs + self.retries + self.put_off
        return self.dialable + self.own_call_backs + self.outside_hours + later


def explain(session: Session, campaign: Campaign, now: datetime) -> Why:
    backlog = sort_backlog(contacts.waiting_groups(session, campaign.id, now), now)
    counts = contacts.count_by_state(session, campaign.id, now)
    closed = contacts.closed_by_reason(session, campaign.id)
    people = agent_sessions.count_by_campaign(session).get(campaign.id, AgentCount())
    in_flight = attempts.unanswered(session, campaign.id)
    no_number = caller_ids.why_none_left(session, [campaign], now).get(campaign.id)
    dialling, headline = headline_of(campaign, people, in_flight, backlog.dialable, no_number)
    if not dialling and campaign.state is CampaignState.RUNNING and not backlog.dialable:
        headline = _nobody_to_dial(backlog, sum(counts.values()))
    return Why(
        dialling=dialling,
        headline=headline,
        reasons=[*_agents(people), *_waiting(backlog, now), *_closed(closed)],
        next_open=backlog.next_open,
        **counts,
    )


def headline_of(
    campaign: Campaign, people: AgentCount, in_flight: int, dialable: int, no_number: str | None
) -> tuple[bool, str]:
    """Whether the campaign dials, and what stands most in its way if not. `no_number` says why no caller
    id may be shown, where none may."""
    if campaign.state is not CampaignState.RUNNING:
        return False, NOT_RUNNING[campaign.state].format(campaign.paused_reason or "no reason given")
    if in_flight:
        return True, f"{in_flight:,} calls are in flight." if in_flight > 1 else "A call is in flight."
    if not people.signed_in:
        return False, "No agent is signed in to this campaign."
    if not dialable:
        return False, "Nobody may be dialled now."
    if no_number is not None:
        return False, no_number
    if people.ready:
        return True, "The next calls are about to be placed."
    if people.busy:
        return True, "Every agent is busy with a call; the next person is dialled when one is ready."
    return False, "No agent is ready."


def sort_backlog(groups: Sequence[WaitingGroup], now: datetime) -> Backlog:
    backlog = Backlog()
    for group in groups:
        zones = tuple(group.zones)
        opens = gate.WINDOW.next_open(now, zones)
        fresh_put_aside = group.priority == PRIORITY_FRESH and not group.is_due
        if opens != now and (group.is_due or fresh_put_aside):
            backlog.outside_hours += group.contacts
            if opens is not None and (backlog.next_open is None or opens < backlog.next_open):
                backlog.next_open, backlog.next_zone = opens, _binding_zone(opens, zones)
        elif group.is_due:
            if group.has_own_agent:
                backlog.own_call_backs += group.contacts
            else:
                backlog.dialable += group.contacts
        elif group.priority == PRIORITY_CALL_BACK:
            backlog.call_backs += group.contacts
        elif group.priority == PRIORITY_FRESH:
            backlog.put_off += group.contacts
        else:
            backlog.retries += group.contacts
    return backlog


def _binding_zone(opens: datetime, zones: Sequence[str]) -> str:
    """The zone in which the window opens at that moment: the others were open before."""
    return min(zones, key=lambda zone: opens.astimezone(ZoneInfo(zone)).time())


def _nobody_to_dial(backlog: Backlog, contacts_in_all: int) -> str:
    if not contacts_in_all:
        return "The campaign has no contact: load a call list."
    if not backlog.total:
        return "No contact is waiting: the call lists are worked through."
    if backlog.outside_hours:
        return "Nobody may be dialled now: contacts wait for their calling hours."
    if backlog.retries or backlog.put_off:
        return "Nobody may be dialled now: contacts wait for their next try."
    return "Only agreed call-backs are left; each is dialled when its time comes."


def _agents(people: AgentCount) -> list[Reason]:
    return [
        Reason("Agents ready", people.ready),
        Reason("Agents with a call or in wrap-up", people.busy),
        Reason("Agents paused, or whose line is not up", people.signed_in - people.ready - people.busy),
    ]


def _waiting(backlog: Backlog, now: datetime) -> list[Reason]:
    hours = f"{gate.WINDOW.opens:%H:%M}–{gate.WINDOW.closes:%H:%M}"
    where = ""
    if backlog.next_open is not None:
        local = backlog.next_open.astimezone(ZoneInfo(backlog.next_zone))
        day = "" if local.date() == now.astimezone(local.tzinfo).date() else f"{local:%A} "
        where = f"; the first may be rung from {day}{local:%H:%M %Z} ({backlog.next_zone.replace('_', ' ')})"
    reasons = [
        Reason("May be dialled now", backlog.dialable),
        Reason(f"Wait for calling hours, {hours} where they are{where}", backlog.outside_hours),
        Reason("Wait for their next try", backlog.retries),
        Reason("Wait for an agreed call-back", backlog.call_backs),
        Reason("Call-backs that are due and wait for their own agent", backlog.own_call_backs),
        Reason("Put off by an agent in preview", backlog.put_off),
    ]
    return [reason for reason in reasons if reason.count]


def _closed(closed: "dict[ClosedReason | None, int]") -> list[Reason]:
    counted = Counter({CLOSED_WORDS.get(reason, "Closed"): count for reason, count in closed.items()})
    return [Reason(words, count) for words, count in counted.most_common()]
