"""A campaign without database or clock: whom to dial next, may she be dialled, how many calls now, and what
follows from a call's end. Every answer comes from `dialer.domain`; here is only what feeds the questions."""

import heapq
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bench.pacing.snapshot import Snapshot
from dialer.domain import best_hours, list_mix, retry_plan
from dialer.domain.abandonment import Ahead, Guard, Limits, Tally, guard, may_dial_ahead
from dialer.domain.attempt import Outcome
from dialer.domain.best_hours import When
from dialer.domain.campaign import StrictPacing
from dialer.domain.compliance import CallFacts, CallingWindow, Decision, Rule, may_call
from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.disposition import DEFAULT_DISPOSITIONS, CallBackScope, DispositionRow, Effect
from dialer.domain.pacing import FloorCount, predictive, progressive, unfinished
from dialer.domain.retry_plan import RetryPlan
from dialer.services.gate import CLOSING
from dialer.store.contacts import PRIORITY_CALL_BACK, PRIORITY_FRESH, PRIORITY_RETRY
from tests.simulation.records import Attempt, Contact, Desk

WINDOW = CallingWindow()
ATTEMPTS_ALLOWED = 4
LIMITS = Limits.of(alarm=0.025, limit=0.03)
FULL, LOW = 100, 50
LOOK = timedelta(seconds=5)
PLANS: dict[str, DispositionRow] = {row.code: row for row in DEFAULT_DISPOSITIONS} | {
    row.code: replace(row, retry_minutes=75, retry_spread=False, retry_at_most=3)
    for row in DEFAULT_DISPOSITIONS
    if row.code == "no_answer"
}
"""The house's own, but for who did not answer: she is tried again the same day."""
CLOSES = {
    Effect.MAKE_LEAD: ClosedReason.LEAD,
    Effect.DISQUALIFY: ClosedReason.DISQUALIFIED,
    Effect.SUPPRESS: ClosedReason.SUPPRESSED,
    Effect.WRONG_NUMBER: ClosedReason.WRONG_NUMBER,
}


class Campaign:
    def __init__(self, contacts: list[Contact], weights: dict[int, int]) -> None:
        self.contacts, self._weights = contacts, weights
        self._groups: defaultdict[tuple[int, int, tuple[str, ...]], list[tuple[datetime, int]]]
        self._groups = defaultdict(list)
        self._own: defaultdict[Desk, list[tuple[datetime, int]]] = defaultdict(list)
        self._queue: list[tuple[int, float, int]] = []
        self._passes: dict[int, float] = {}
        self._looked: datetime | None = None
        self._hours: defaultdict[When, best_hours.Tally] = defaultdict(best_hours.Tally)
        self._policy, self._guard = predictive(), Guard()
        self._left = len(contacts)
        for contact in contacts:
            self._wait(contact)

    @property
    def depth(self) -> int:
        return len(self._queue)

    @property
    def waiting(self) -> int:
        own = sum(map(len, self._own.values()))
        return self.depth + own + sum(map(len, self._groups.values()))

    def _wait(self, contact: Contact) -> None:
        contact.state = ContactState.WAITING
        due = (contact.next_call_at, contact.id)
        if contact.call_back_desk is not None:
            heapq.heappush(self._own[contact.call_back_desk], due)
        else:
            key = contact.priority, contact.call_list, contact.zones
            heapq.heappush(self._groups[key], due)

    def decide(self, scene: Snapshot) -> int:
        """New calls now: the policy's, unless the brake or the strict decision keeps to the free agents."""
        tally = Tally(scene.totals.live, scene.totals.abandoned)
        self._guard = guard(tally, LIMITS, self._guard)
        ahead = Ahead(self._left, scene.totals.dialled, scene.totals.live)
        if not self._guard.is_braked and may_dial_ahead(StrictPacing.AUTO, tally, LIMITS, ahead):
            return self._policy.decide(scene)
        in_flight = unfinished(scene) - len(scene.waiting)
        return progressive(FloorCount(scene.ready, in_flight, len(scene.waiting), scene.dial_budget))

    def feed(self, now: datetime) -> None:
        """Call-backs and retries that came due; fresh contacts, the lists mixed, while the queue is low."""
        if self._looked is not None and now < self._looked + LOOK:
            return
        self._looked = now
        fresh: dict[int, list[list[tuple[datetime, int]]]] = {key: [] for key in self._weights}
        for (priority, call_list, zones), group in self._groups.items():
            if not group or group[0][0] > now or not all(WINDOW.is_open(now, zone) for zone in zones):
                continue
            if priority == PRIORITY_FRESH:
                fresh[call_list].append(group)
                continue
            while group and group[0][0] <= now:
                at, number = heapq.heappop(group)
                heapq.heappush(self._queue, (priority, at.timestamp(), number))
        if self.depth <= LOW:
            self._mix(fresh, FULL - self.depth)
        self._left = self.waiting

    def _mix(self, fresh: dict[int, list[list[tuple[datetime, int]]]], wanted: int) -> None:
        quotas = list_mix.quotas(self._weights, wanted)
        found = {
            key: [heapq.heappop(group) for group in groups for _ in range(min(len(group), quotas[key]))]
            for key, groups in fresh.items()
        }
        mixed = list_mix.mix(found, self._weights, self._passes, wanted)
        self._passes |= mixed.passes
        for turn, (_, number) in mixed.turns:
            heapq.heappush(self._queue, (PRIORITY_FRESH, turn, number))
        queued = {number for _, (_, number) in mixed.turns}
        for _, number in (due for some in found.values() for due in some):
            if number not in queued:
                self._wait(self.contacts[number])

    def take(self, count: int, now: datetime) -> list[Contact]:
        """The best of the queue that the gate lets through."""
        taken: list[Contact] = []
        while self._queue and len(taken) < count:
            contact = self.contacts[heapq.heappop(self._queue)[2]]
            if self._passes_gate(contact, now):
                taken.append(contact)
        return taken

    def call_back_due(self, desk: Desk, now: datetime) -> Contact | None:
        """The agent's own call-back that has waited longest."""
        own = self._own[desk]
        while own and own[0][0] <= now:
            contact = self.contacts[heapq.heappop(own)[1]]
            if self._passes_gate(contact, now):
                return contact
        return None

    def hand_over(self, desk: Desk) -> None:
        """The call-backs of an agent who went home are anyone's."""
        for _, number in self._own.pop(desk, []):
            self.contacts[number].call_back_desk = None
            self._wait(self.contacts[number])

    def put_back(self, contact: Contact) -> None:
        self._wait(contact)

    def _passes_gate(self, contact: Contact, now: datetime) -> bool:
        made = len(contact.tries)
        agreed = contact.priority <= PRIORITY_CALL_BACK
        facts = CallFacts(
            zones=contact.zones,
            suppressed_by="a suppression list" if contact.is_suppressed else None,
            campaign_running=True,
            contact_open=contact.state is ContactState.WAITING,
            attempts_made=made,
            attempts_allowed=max(ATTEMPTS_ALLOWED, made + 1) if agreed else ATTEMPTS_ALLOWED,
            abandoned_at=contact.abandoned_at,
            agent_held=True,
        )
        decision = may_call(facts, now, WINDOW)
        if not decision.allowed:
            self._put_aside(contact, decision, now)
        return decision.allowed

    def _put_aside(self, contact: Contact, decision: Decision, now: datetime) -> None:
        assert decision.refused_by is not None
        rule = decision.refused_by.rule
        if rule in CLOSING:
            contact.close(CLOSING[rule])
            return
        assert rule is Rule.CALLING_WINDOW, decision
        opens = WINDOW.next_open(now, contact.zones)
        assert opens is not None
        contact.next_call_at = opens
        self._wait(contact)

    def conclude(self, attempt: Attempt, code: str, now: datetime) -> None:
        """The attempt's disposition takes effect on its contact."""
        attempt.disposition, attempt.closed_at = code, now
        contact, row = attempt.contact, PLANS[code]
        contact.call_back_desk = None
        self._count(attempt)
        if row.effect is Effect.RETRY:
            self._retry(contact, row, now)
        elif row.effect is Effect.CALL_BACK:
            assert attempt.agreed_at is not None
            contact.priority, contact.next_call_at = PRIORITY_CALL_BACK, attempt.agreed_at
            contact.call_back_desk = attempt.desk if attempt.scope is CallBackScope.MINE else None
            self._wait(contact)
        else:
            contact.is_suppressed = contact.is_suppressed or row.effect is Effect.SUPPRESS
            contact.close(CLOSES[row.effect])

    def _retry(self, contact: Contact, row: DispositionRow, now: datetime) -> None:
        ended_so = sum(one.disposition == row.code for one in contact.attempts)
        if len(contact.tries) >= ATTEMPTS_ALLOWED or (row.retry_at_most and ended_so >= row.retry_at_most):
            contact.close(ClosedReason.EXHAUSTED)
            return
        plan = RetryPlan(timedelta(minutes=row.retry_minutes), row.retry_spread)
        slots = retry_plan.next_tries(plan, now, contact.tries, contact.zones, WINDOW)
        number = len(contact.tries) + 1
        draw = Random(f"{contact.id}:{number}")
        if plan.spread and not best_hours.is_held_out(contact.id):
            slot = best_hours.choose(slots, number, self._hours, draw)
        else:
            slot = retry_plan.soonest(slots, draw)
        contact.priority, contact.next_call_at = PRIORITY_RETRY, slot.moment(draw)
        self._wait(contact)

    def _count(self, attempt: Attempt) -> None:
        local = attempt.claimed_at.astimezone(ZoneInfo(attempt.contact.zones[0]))
        when = When(len(attempt.contact.tries), local.weekday(), local.hour)
        before = self._hours[when]
        answered = attempt.outcome is Outcome.ANSWERED
        self._hours[when] = best_hours.Tally(before.tries + 1, before.answers + answered)
