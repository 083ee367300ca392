"""Why is nobody being dialled? The answer in plain words, from counts of this moment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from dialer.domain.campaign import DIALS_AHEAD, CampaignState, DialMode
from dialer.domain.contact import ClosedReason
from dialer.services import abandonment, caller_ids, gate, standing
from dialer.services.standing import Standing
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

NEXT = {
    DialMode.MANUAL: (False, "Agents choose whom they call: in manual mode nobody is dialled by itself."),
    DialMode.PREDICTIVE: (True, "The next calls are placed as soon as the pacing finds agents for them."),
    DialMode.PREVIEW: (True, "The next contact is about to be shown to an agent."),
}
"""What is told while agents are ready, where it is not that calls are placed."""


@dataclass(frozen=True)
class Reason:
    text: str
    count: int | None


@dataclass(frozen=True)
class Why:
    """`supervisor/_why.html` says what each name means there."""

    dialling: bool
    headline: str
    sentence: str
    """Everything that is waited for, in one breath."""
    notes: Sequence[str]
    """What else stands in the way, or will."""
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
    own_ready: int = 0
    """So many of those agents are ready."""
    call_backs: int = 0
    retries: int = 0
    put_off: int = 0
    left_out: int = 0
    resting: int = 0
    outside_hours: int = 0
    next_open: datetime | None = None
    next_zone: str = ""

    @property
    def may_go(self) -> int:
        """There is somebody to dial while this is more than none."""
        return self.dialable + self.own_ready

    @property
    def total(self) -> int:
        later = self.call_backs + self.retries + self.put_off + self.left_out + self.resting
        return self.dialable + self.own_call_backs + self.outside_hours + later


def explain(session: Session, campaign: Campaign, now: datetime) -> Why:
    backlog = sort_backlog(contacts.waiting_groups(session, campaign.id, now), now)
    counts = contacts.count_by_state(session, campaign.id, now)
    if backlog.own_call_backs:
        owners = contacts.owners_of_call_backs_due(session, campaign.id, now)
        backlog.own_ready = len(owners & agent_sessions.free_users(session, campaign.id))
    people = agent_sessions.count_by_campaign(session).get(campaign.id, AgentCount())
    elsewhere = agent_sessions.counted_elsewhere(session).get(campaign.id, 0)
    in_flight = attempts.unanswered(session, campaign.id)
    house = standing.look()
    no_number = caller_ids.why_none_left(session, [campaign], now).get(campaign.id)
    dialling, headline = headline_of(campaign, people, elsewhere, in_flight, backlog.may_go, no_number)
    if campaign.state is CampaignState.RUNNING and not in_flight:
        obstacle = _obstacle(people, backlog, counts, house) or _on_the_line(session, campaign, backlog, now)
        dialling, headline = dialling and obstacle is None, obstacle or headline
    notes = [
        note
        for note in (
            *house.obstacles,
            *_ahead(session, campaign, now),
            *_held_back(campaign, people, in_flight),
            *house.notes,
        )
        if note != headline
    ]
    return Why(
        dialling=dialling,
        headline=headline,
        sentence=_sentence(dialling, backlog, people, in_flight, counts),
        notes=notes,
        reasons=[
            *_agents(people, elsewhere),
            *_doubtful(attempts.in_doubt(session, campaign.id)),
            *_waiting(backlog, now),
            *_closed(contacts.closed_by_reason(session, campaign.id)),
        ],
        next_open=backlog.next_open,
        **counts,
    )


def _obstacle(people: AgentCount, backlog: Backlog, counts: Mapping[str, int], house: Standing) -> str | None:
    """What keeps a running campaign from dialling though it has agents and contacts, or that it has none
    to dial."""
    if not backlog.may_go:
        return None if people.looking else _nobody_to_dial(backlog, counts)
    found = house.obstacles if people.signed_in else ()
    return next(iter(found), None)


def _on_the_line(session: Session, campaign: Campaign, backlog: Backlog, now: datetime) -> str | None:
    """That whoever may be dialled is in a call with another campaign."""
    phones = attempts.phones_on_the_line(session) if backlog.dialable and not backlog.own_ready else set()
    if not 0 < backlog.dialable <= len(phones):
        return None
    busy = contacts.due_with_number(session, campaign.id, phones, now)
    return "Whoever may be dialled now is on the line in another call." if busy >= backlog.dialable else None


def _ahead(session: Session, campaign: Campaign, now: datetime) -> list[str]:
    """Why a mode that dials beyond its free agents does not."""
    refusal = (
        abandonment.may_dial_ahead(session, campaign, now) if campaign.dial_mode in DIALS_AHEAD else None
    )
    return [f"{refusal}."] if refusal else []


def _held_back(campaign: Campaign, people: AgentCount, in_flight: int) -> list[str]:
    """Why agents are free while predictive pacing places no call."""
    if campaign.dial_mode is not DialMode.PREDICTIVE or not (people.ready and in_flight):
        return []
    return ["Agents are free for the calls on their way; one more is placed when the pacing finds it safe."]


def _sentence(
    dialling: bool, backlog: Backlog, people: AgentCount, in_flight: int, counts: Mapping[str, int]
) -> str:
    window = f"{_contacts(backlog.outside_hours)} for their window"
    if backlog.next_open is not None:
        opens = backlog.next_open.astimezone(ZoneInfo(backlog.next_zone))
        window += f" (next opens {opens:%H:%M} in {place_of(backlog.next_zone)})"
    waits = [
        (backlog.outside_hours, window),
        (backlog.retries, f"{_contacts(backlog.retries)} for a retry"),
        (backlog.call_backs, f"{_contacts(backlog.call_backs)} for an agreed call-back"),
        (backlog.own_call_backs, f"{_contacts(backlog.own_call_backs)} for their own agent"),
        (backlog.put_off, f"{_contacts(backlog.put_off)} since an agent put them off"),
        (backlog.dialable, f"{_contacts(backlog.dialable)} for a call now"),
    ]
    told = [words for count, words in waits if count]
    in_all = sum(counts.values())
    parts = [*told, f"{people.ready:,} {'agent' if people.ready == 1 else 'agents'} ready"]
    if in_flight:
        parts.append(f"{in_flight:,} {'calls' if in_flight > 1 else 'call'} not answered yet")
    if in_all:
        parts.append(f"list {counts['closed'] / in_all:.0%} worked")
    return f"{'Dialling' if dialling else 'Idle'}: {', '.join(parts)}."


def _contacts(count: int) -> str:
    return f"{count:,} {'contact waits' if count == 1 else 'contacts wait'}"


def place_of(zone: str) -> str:
    """Chicago, of America/Chicago."""
    return zone.rpartition("/")[2].replace("_", " ")


def headline_of(
    campaign: Campaign,
    people: AgentCount,
    elsewhere: int,
    in_flight: int,
    dialable: int,
    no_number: str | None,
) -> tuple[bool, str]:
    """Whether the campaign dials, and what stands most in its way if not. `elsewhere`: agents who work it
    and are counted in another; `no_number` says why no caller id may be shown, where none may."""
    if campaign.state is not CampaignState.RUNNING:
        return False, NOT_RUNNING[campaign.state].format(campaign.paused_reason or "no reason given")
    if in_flight:
        return True, f"{in_flight:,} {'calls are' if in_flight > 1 else 'call is'} not answered yet."
    if not people.signed_in:
        return False, _nobody_here(elsewhere)
    if people.looking and not (people.ready and dialable):
        return True, _looking(people.looking)
    if not dialable:
        return False, "Nobody may be dialled now."
    if no_number is not None:
        return False, no_number
    return _of_agents(campaign, people)


def _of_agents(campaign: Campaign, people: AgentCount) -> tuple[bool, str]:
    if people.ready:
        return NEXT.get(campaign.dial_mode, (True, "The next calls are about to be placed."))
    if people.busy:
        return True, "Every agent is busy with a call; the next person is dialled when one is ready."
    return False, "No agent is ready."


def _looking(agents: int) -> str:
    return f"{'1 agent looks' if agents == 1 else f'{agents:,} agents look'} at a contact before the call."


def _nobody_here(elsewhere: int) -> str:
    if not elsewhere:
        return "No agent is signed in to this campaign."
    who = "agent who works it is" if elsewhere == 1 else "agents who work it are"
    return f"No agent is counted in this campaign now: {elsewhere:,} {who} counted in another."


def sort_backlog(groups: Sequence[WaitingGroup], now: datetime) -> Backlog:
    backlog = Backlog(
        left_out=sum(group.contacts for group in groups if group.is_left_out),
        resting=sum(group.contacts for group in groups if group.is_resting and not group.is_left_out),
    )
    for group in _not_kept_from_queue(groups):
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


def _not_kept_from_queue(groups: Sequence[WaitingGroup]) -> list[WaitingGroup]:
    return [group for group in groups if not group.is_left_out and not group.is_resting]


def _binding_zone(opens: datetime, zones: Sequence[str]) -> str:
    """The zone in which the window opens at that moment: the others were open before."""
    return min(zones, key=lambda zone: opens.astimezone(ZoneInfo(zone)).time())


def _nobody_to_dial(backlog: Backlog, counts: Mapping[str, int]) -> str:
    if not sum(counts.values()):
        return "The campaign has no contact: load a call list."
    if not backlog.total and counts["held"]:
        return "No contact is waiting: the last ones are in a call, or an agent has them."
    if not backlog.total:
        return "No contact is waiting: the call lists are worked through."
    if backlog.outside_hours:
        return "Nobody may be dialled now: contacts wait for their calling hours."
    if backlog.retries or backlog.put_off:
        return "Nobody may be dialled now: contacts wait for their next try."
    if backlog.left_out or backlog.resting:
        return "Nobody may be dialled now: whoever waits is left out by the filter, or of a list that rests."
    if backlog.own_call_backs:
        return "Agreed call-backs are due, and the agents who agreed them are not ready."
    return "Only agreed call-backs are left; each is dialled when its time comes."


def _agents(people: AgentCount, elsewhere: int) -> list[Reason]:
    return [
        Reason("Agents ready", people.ready),
        Reason("Agents with a call or in wrap-up", people.busy),
        Reason("Agents paused, or whose line is not up", people.signed_in - people.ready - people.busy),
        *([Reason("Agents counted in another campaign that they work", elsewhere)] if elsewhere else []),
    ]


def _doubtful(count: int) -> list[Reason]:
    text = "In doubt whether they were placed: the carrier is asked, nobody dials them again meanwhile"
    return [Reason(text, count)] if count else []


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
        Reason("Left out by the campaign's filter", backlog.left_out),
        Reason("Of call lists that rest", backlog.resting),
    ]
    return [reason for reason in reasons if reason.count]


def _closed(closed: "dict[ClosedReason | None, int]") -> list[Reason]:
    counted = Counter({CLOSED_WORDS.get(reason, "Closed"): count for reason, count in closed.items()})
    return [Reason(words, count) for words, count in counted.most_common()]
