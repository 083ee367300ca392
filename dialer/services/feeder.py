"""The feeder: fills a campaign's dial queue in Redis with the contacts that may be dialled next.

What it finds may be stale when it is taken from the queue: whoever takes it looks again. The queue can
be lost at any moment; the next feed fills it from PostgreSQL.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import redis
from sqlmodel import Session

from dialer.domain import list_mix
from dialer.domain.campaign import CampaignState
from dialer.domain.compliance import Decision
from dialer.domain.contact import ContactState
from dialer.services import gate
from dialer.services.gate import AskedCall
from dialer.store import agent_sessions, contacts, dial_queue, dialable
from dialer.store.agent_sessions import AgentCount
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK, PRIORITY_FRESH, PRIORITY_URGENT, Contact
from dialer.store.dialable import Due, Group

QUEUE_PER_AGENT = 10
QUEUE_AT_LEAST = 30
FEED_AT_ONCE = 500
"""More is left to the next ticks, so that no decision of the pacer waits for one large refill."""
FEED_ROUNDS = 50
"""At most so many looks further in one feed; the next tick goes on."""
RANK_STEP = 10**11
"""Larger than any epoch second and any pass of a list, so that priority ranks before both."""


def full(agents: int) -> int:
    """So many contacts does the queue hold when so many agents are signed in."""
    return max(QUEUE_AT_LEAST, QUEUE_PER_AGENT * agents)


def low(agents: int) -> int:
    """At so many or fewer it is filled again."""
    return full(agents) // 2


def feed(session: Session, client: redis.Redis, campaign: Campaign, now: datetime) -> int:
    """Fill a running campaign's dial queue when it runs low; how many contacts were ranked. Now and then
    a long queue too is given those who go before fresh contacts and have come due.

    A contact that the gate refuses is put aside where it stands, so the next feed looks further.
    """
    if campaign.state is not CampaignState.RUNNING:
        return 0
    agents = agent_sessions.count_by_campaign(session).get(campaign.id, AgentCount()).signed_in
    wanted = full(agents)
    is_low = dial_queue.depth(client, campaign.id) <= low(agents)
    if not is_low and not dial_queue.is_due_for_a_look(client, campaign.id):
        return 0
    dial_queue.looked(client, campaign.id)
    queued = dial_queue.members(client, campaign.id)
    room = min(wanted - len(queued) if is_low else wanted, FEED_AT_ONCE)
    refill = _Refill(session, campaign, queued, room, now)
    refill.promised()
    if is_low:
        dial_queue.keep_passes(client, campaign.id, refill.fresh(dial_queue.passes(client, campaign.id)))
    dial_queue.add(client, campaign.id, refill.ranks)
    return len(refill.ranks)


def urgent(session: Session, contact: Contact, now: datetime) -> bool:
    """A waiting contact who wrote to us just now is dialled before all others, at once: after the commit
    it is on top of its campaign's dial queue. False for one that does not wait."""
    if contact.state is not ContactState.WAITING:
        return False
    contact.priority = PRIORITY_URGENT
    contact.next_call_at = now
    contact.call_back_agent_id = None
    contact.is_left_out = False
    contact.updated_at = now
    dial_queue.add_after_commit(session, contact.campaign_id, {contact.id: _rank(PRIORITY_URGENT, now)})
    return True


def put_back(session: Session, contact: Contact) -> None:
    """Taken from the dial queue to be called, and not called yet: in its place again after the commit."""
    rank = _rank(contact.priority, contact.next_call_at)
    dial_queue.add_after_commit(session, contact.campaign_id, {contact.id: rank})


def _rank(priority: int, next_call_at: datetime) -> float:
    return priority * RANK_STEP + next_call_at.timestamp()


class _Refill:
    """One filling of the queue: the groups that may be dialled now, and who of them was ranked."""

    def __init__(
        self, session: Session, campaign: Campaign, queued: Sequence[int], room: int, now: datetime
    ) -> None:
        self._session, self._campaign, self._now = session, campaign, now
        self._queued, self._room = queued, room
        self._groups = [
            group
            for group in dialable.groups(session, campaign.id)
            if group.first_call_at <= now
            and (group.weight > 0 or group.priority <= PRIORITY_CALL_BACK)
            and gate.is_open(group.zones, now)
        ]
        self.ranks: dict[int, float] = {}

    @property
    def _left(self) -> int:
        return self._room - len(self.ranks)

    def promised(self) -> None:
        """Whoever goes before fresh contacts: by priority, the longest due first."""
        for priority in sorted({group.priority for group in self._groups if group.priority < PRIORITY_FRESH}):
            groups = [group for group in self._groups if group.priority == priority]
            for _ in range(FEED_ROUNDS):
                if not groups or self._left <= 0:
                    break
                found, full = self._look(groups, dict.fromkeys(groups, _share(self._left, len(groups))))
                groups = full if len(found) <= self._left else groups
                for one in self._allowed(found[: self._left]):
                    self.ranks[one.contact_id] = _rank(priority, one.next_call_at)

    def fresh(self, passes: dict[int, float]) -> dict[int, float]:
        """Fresh contacts, the call lists mixed by weight; where each list stands after that."""
        groups = [group for group in self._groups if group.priority >= PRIORITY_FRESH]
        kept: dict[int, float] = {}
        for _ in range(FEED_ROUNDS):
            if not groups or self._left <= 0:
                break
            weights = {group.call_list_id: group.weight for group in groups}
            quotas = list_mix.quotas(weights, self._left)
            parts = Counter(group.call_list_id for group in groups)
            found, full = self._look(
                groups, {one: _share(quotas[one.call_list_id], parts[one.call_list_id]) for one in groups}
            )
            rows = {key: [one for one in found if one.call_list_id == key] for key in weights}
            allowed = set(self._allowed([one for key, row in rows.items() for one in row[: quotas[key]]]))
            may_go = {key: [one for one in row if one in allowed] for key, row in rows.items()}
            mixed = list_mix.mix(may_go, weights, passes | kept, self._left)
            kept |= mixed.passes
            self.ranks |= {one.contact_id: PRIORITY_FRESH * RANK_STEP + at for at, one in mixed.turns}
            more = {key for key, row in rows.items() if len(row) > quotas[key]}
            groups = [one for one in groups if one in full or one.call_list_id in more]
        return kept

    def _look(
        self, groups: Sequence[Group], at_most: Mapping[Group, int]
    ) -> tuple[Sequence[Due], list[Group]]:
        """Who is due, and the groups that may have more."""
        wanted = [(group, at_most[group]) for group in groups]
        but = [*self._queued, *self.ranks]
        found = dialable.longest_due(self._session, self._campaign.id, wanted, but, self._now)
        counts = Counter(one.group for one in found)
        return found, [group for n, group in enumerate(groups) if counts[n] == at_most[group]]

    def _allowed(self, due: Sequence[Due]) -> list[Due]:
        """Whom the gate lets through, as who dials her holds an agent where one is needed; the others are put
        aside."""
        rows = contacts.by_ids(self._session, [one.contact_id for one in due])
        here = [one for one in due if one.contact_id in rows]
        batch = [rows[one.contact_id] for one in here]
        calls = [AskedCall(contact, contact.number) for contact in batch]
        decisions = gate.decide_all(self._session, self._campaign, calls, self._now)
        allowed = [
            one
            for one, contact, decision in zip(here, batch, decisions, strict=True)
            if decision.allowed or self._on_another_number(contact, decision)
        ]
        self._session.flush()
        return allowed

    def _on_another_number(self, contact: Contact, refusal: Decision) -> bool:
        """Put aside, unless it is the turn of a number of hers that the gate lets through."""
        gate.put_aside(self._session, self._campaign, contact, refusal, self._now)
        if contact.state is not ContactState.WAITING or contact.next_call_at > self._now:
            return False
        again = gate.decide(self._session, self._campaign, contact, self._now, held=True)
        gate.put_aside(self._session, self._campaign, contact, again, self._now)
        return again.allowed


def _share(wanted: int, groups: int) -> int:
    """How many are looked for in each of several groups of which `wanted` are taken: more than its part, as
    one has more to give than another, and far less than all of them."""
    return -(-2 * wanted // groups) + 1
