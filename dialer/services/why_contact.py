"""Why is this person dialled, or not? Every rule of the gate with its verdict now, what else is waited for,
where she stands in the dial queue, and her calls."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError
from sqlmodel import Session

from dialer.core.errors import NotFound, SettingMissing
from dialer.core.log import logger
from dialer.core.redis import get_redis
from dialer.domain.attempt import OPEN
from dialer.domain.campaign import DialMode
from dialer.domain.compliance import Rule
from dialer.domain.contact import ContactState
from dialer.services import caller_ids, gate
from dialer.services.why_not_dialled import CLOSED_WORDS
from dialer.store import agent_sessions, attempts, callers, contacts, dial_queue, dispositions, users
from dialer.store.attempts import Attempt
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK, PRIORITY_FRESH, PRIORITY_RETRY, Contact

ASKS_FOR: dict[Rule, str] = {
    Rule.CAMPAIGN_RUNNING: "The campaign runs",
    Rule.CONTACT_OPEN: "The contact is open",
    Rule.SUPPRESSION: "The number is not suppressed",
    Rule.PLACE_KNOWN: "The place is known",
    Rule.CALLING_WINDOW: "It is a calling hour there",
    Rule.ATTEMPT_CAP: "Tries are left",
    Rule.HELD_AGENT: "After an abandoned call: an agent is held",
}
RANKS = {PRIORITY_CALL_BACK: "an agreed call-back", PRIORITY_RETRY: "a retry", PRIORITY_FRESH: "a first call"}
URGENT = "an urgent call"


@dataclass(frozen=True)
class Check:
    """One thing that must hold."""

    rule: str
    asks: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class Try:
    """One attempt."""

    id: str
    at: datetime
    is_inbound: bool
    state: str
    outcome: str
    disposition: str
    agent: str
    caller_id: str
    is_abandoned: bool
    refused: str
    """Which rule refused it, in its words; empty where none did."""


@dataclass(frozen=True)
class WhyContact:
    contact_id: int
    name: str
    phone: str
    campaign: str
    campaign_slug: str
    zones: Sequence[str]
    may_be_dialled: bool
    headline: str
    gate: Sequence[Check]
    """The law's and the campaign's rules."""
    waits: Sequence[Check]
    """What else has to be so before she is dialled."""
    queue_position: int | None
    """From 1; None while she is not in the dial queue."""
    attempts: Sequence[Try]


def explain(session: Session, contact_id: int, now: datetime) -> WhyContact:
    """Raises `NotFound`."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound(f"There is no contact {contact_id}.")
    campaign = session.get_one(Campaign, contact.campaign_id)
    decision = gate.decide(session, campaign, contact, now, held=False)
    rules = [Check(row.rule.value, ASKS_FOR[row.rule], row.passed, row.detail) for row in decision.verdicts]
    waits = list(_waits(session, campaign, contact, now))
    position = _position(contact)
    failed = next((check for check in (*waits, *rules) if not check.passed), None)
    return WhyContact(
        contact_id=contact.id,
        name=contact.name,
        phone=contact.phone,
        campaign=campaign.name,
        campaign_slug=campaign.slug,
        zones=contact.zones,
        may_be_dialled=failed is None,
        headline=_headline(contact, failed, _may_be(session, campaign, contact, position)),
        gate=rules,
        waits=waits,
        queue_position=position,
        attempts=_tries(session, contact),
    )


def find(session: Session, wanted: str) -> list[tuple[Contact, str]]:
    """Contacts with this id or number, each with its campaign's name."""
    digits = wanted.strip()
    found = list(contacts.with_number(session, digits)) if digits.startswith("+") else []
    one = session.get(Contact, int(digits)) if digits.isdecimal() and len(digits) < 19 else None
    return [
        (contact, session.get_one(Campaign, contact.campaign_id).name)
        for contact in [*found, *([one] if one is not None else [])]
    ]


def _headline(contact: Contact, failed: Check | None, may_be: str) -> str:
    if contact.state is ContactState.CLOSED:
        detail = f" ({contact.closed_detail})" if contact.closed_detail else ""
        return f"{CLOSED_WORDS.get(contact.closed_reason, 'Closed')}{detail}."
    if failed is not None and failed.rule == Rule.HELD_AGENT:
        return f"Dialled as soon as an agent can be held for the call: {failed.detail}."
    if failed is not None:
        return f"Not dialled now: {failed.detail}."
    return may_be


def _may_be(session: Session, campaign: Campaign, contact: Contact, position: int | None) -> str:
    """When somebody whom nothing keeps from it is dialled."""
    if contact.call_back_agent_id is not None:
        return f"May be dialled now: {_whose(session, contact.call_back_agent_id, is_ready=True)}."
    if campaign.dial_mode is DialMode.MANUAL:
        return "May be dialled now, when an agent chooses to: in manual mode nobody is dialled by itself."
    if position is None:
        return "May be dialled now, and is not in the dial queue yet: others come before."
    return f"May be dialled now: number {position:,} in the dial queue."


def _waits(session: Session, campaign: Campaign, contact: Contact, now: datetime) -> Iterator[Check]:
    open_attempt = next((row for row in attempts.of_contact(session, contact.id) if _is_open(row)), None)
    held = contact.state is ContactState.HELD
    under_way = open_attempt is not None or held
    yield Check("free", "Nobody is at it", not under_way, _who_has(open_attempt, held))
    yield Check("due", "The time has come", contact.next_call_at <= now, _due_words(contact, now))
    yield Check(
        "filter",
        "The campaign's filter lets it through",
        not contact.is_left_out,
        "left out by the campaign's filter" if contact.is_left_out else "let through",
    )
    owner = contact.call_back_agent_id
    is_ready = owner is None or owner in agent_sessions.free_users(session, campaign.id)
    yield Check("agent", "Whoever may call is ready", is_ready, _whose(session, owner, is_ready))
    rests = session.get_one(CallList, contact.call_list_id).weight == 0
    is_promised = contact.priority <= PRIORITY_CALL_BACK
    yield Check(
        "call_list",
        "The call list gives contacts",
        is_promised or not rests,
        "its call list rests" if rests else "the call list does not rest",
    )
    number = [contact.number]
    is_busy = attempts.on_the_line(session, number) or callers.may_be_on_the_line(session, number, now)
    is_clear = open_attempt is not None or not is_busy
    told = "no call with the number is up" if is_clear else "another call with the number is up"
    yield Check("line", "The line is clear", is_clear, told)
    none_left = caller_ids.why_none_left(session, [campaign], now).get(campaign.id)
    yield Check(
        "caller_id", "A caller id is left", none_left is None, (none_left or "one is left").rstrip(".")
    )


def _is_open(attempt: Attempt) -> bool:
    return attempt.state in OPEN


def _who_has(attempt: Attempt | None, held: bool) -> str:
    if attempt is not None:
        return f"a call is {attempt.state.value.replace('_', ' ')}"
    return "an agent looks at it" if held else "no call is under way"


def _due_words(contact: Contact, now: datetime) -> str:
    zone = ZoneInfo(contact.zones[0]) if contact.zones else ZoneInfo("UTC")
    what = RANKS.get(contact.priority, URGENT)
    when = f"{contact.next_call_at.astimezone(zone):%a %d %b %H:%M %Z}"
    return f"{what}, due since {when}" if contact.next_call_at <= now else f"{what}, not before {when}"


def _whose(session: Session, agent_id: int | None, is_ready: bool) -> str:
    if agent_id is None:
        return "belongs to no agent"
    name = users.names(session, {agent_id}).get(agent_id, "an agent")
    return f"a call-back that {name} agreed, who is {'' if is_ready else 'not '}ready"


def _position(contact: Contact) -> int | None:
    try:
        before = dial_queue.position(get_redis(), contact.campaign_id, contact.id)
    except (RedisError, SettingMissing) as error:
        logger.warning("redis_unreachable", error=type(error).__name__)
        return None
    return None if before is None else before + 1


def _tries(session: Session, contact: Contact) -> list[Try]:
    rows = attempts.of_contact(session, contact.id)
    labels = {row.id: row.label for row in dispositions.of_campaign(session, contact.campaign_id)}
    names = users.names(session, {row.agent_id for row in rows if row.agent_id is not None})
    return [
        Try(
            id=str(row.id),
            at=row.claimed_at,
            is_inbound=row.is_inbound,
            state=row.state.value,
            outcome=row.outcome.value if row.outcome else "",
            disposition=labels.get(row.disposition_id, "") if row.disposition_id else "",
            agent=names.get(row.agent_id, "") if row.agent_id else "",
            caller_id=row.caller_id,
            is_abandoned=row.is_abandoned,
            refused="; ".join(_refusals(row)),
        )
        for row in rows
    ]


def _refusals(attempt: Attempt) -> Iterator[str]:
    for verdict in attempt.decision.get("verdicts", ()):
        if not verdict["passed"]:
            yield f"{verdict['rule'].replace('_', ' ')}: {verdict['detail']}"
