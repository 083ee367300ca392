"""The simulated floor and carrier: discrete events, one seed, the same leads in the same order.

It refuses what the interface refuses: calls beyond the carrier's budget or the list are dropped.
"""

import heapq
import random
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from typing import Protocol

from bench.pacing.leads import Leads, foresee
from bench.pacing.parts import Agent, Call, Result, Stage
from bench.pacing.scenarios import HOUR, Scenario
from bench.pacing.snapshot import Attempt, Snapshot, Talk, Wrap

AT_MOST_EVERY = 0.1


class Policy(Protocol):
    def decide(self, snapshot: Snapshot, /) -> int: ...


class Floor:
    """One run of one scenario under one policy."""

    at_least_every = 0.25

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.leads = Leads(scenario, seed)
        self.people = random.Random(f"{scenario.name} people {seed}")
        self.now = 0.0
        self.end = scenario.hours * HOUR
        self.heap: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self.order = 0
        self.agents = [Agent() for _ in range(scenario.agents)]
        self.ready: deque[Agent] = deque(self.agents)
        self.on_call, self.wrap_up = Stage(), Stage()
        self.placing, self.ringing, self.screening, self.waiting = Stage(), Stage(), Stage(), Stage()
        self.queue: deque[Call] = deque()
        self.leaving = self.on_break = 0
        self.tokens = max(1.0, scenario.cps / 2.0)
        self.filled = 0.0
        self.snapshot = Snapshot(
            abandon_after=scenario.abandon_after,
            ring_timeout=scenario.ring_timeout,
            cps=scenario.cps,
            leads_left=scenario.leads,
        )
        self.conversations = 0
        self.in_flight = 0
        self.paid = self.busy = self.waited = 0.0
        self.coming_live: list[float] = []
        self.free_times: list[float] = []
        """When each busy agent who stays comes free: for the oracle alone."""
        self.plan_people()

    def at(self, time: float, act: Callable[..., None], *args: object) -> None:
        self.order += 1
        heapq.heappush(self.heap, (time, self.order, act, args))

    def plan_people(self) -> None:
        scenario, rng = self.scenario, self.people
        for agent in self.agents:
            if scenario.break_every:
                start = rng.uniform(0.3, 1.3) * scenario.break_every
                while start < self.end:
                    self.at(start, self.wish, agent, "break", scenario.break_seconds * rng.uniform(0.5, 1.5))
                    start += scenario.break_every * rng.uniform(0.7, 1.3)
            if scenario.shift_ends and rng.random() < scenario.shift_ends:
                self.at(rng.uniform(0.5, 1.0) * self.end, self.wish, agent, "off", 0.0)

    def dial(self) -> None:
        self.send(foresee(self.scenario, self.leads.take(), self.now))

    def send(self, call: Call) -> None:
        self.placing.add(self.now)
        self.in_flight += 1
        self.snapshot.totals.dialled += 1
        if call.needs_agent:
            insort(self.coming_live, call.verdict_at)
        self.at(self.now + call.fate.placing, self.ring, call)

    def ring(self, call: Call) -> None:
        self.placing.drop(call.dialled)
        if call.outcome == "invalid":
            self.close(call, "invalid")
            return
        call.rang = self.now
        self.ringing.add(self.now)
        if call.outcome == "live":
            self.at(self.now + call.fate.answer, self.pick_up, call)
        elif call.outcome == "machine":
            self.at(self.now + call.fate.machine_answer, self.pick_up, call)
        elif call.outcome == "busy":
            self.at(self.now + 1.0 + 2.0 * call.fate.verdict, self.ring_out, call)
        else:
            self.at(self.now + self.scenario.ring_timeout, self.ring_out, call)

    def ring_out(self, call: Call) -> None:
        assert call.rang is not None
        self.ringing.drop(call.rang)
        self.close(call, call.outcome)

    def pick_up(self, call: Call) -> None:
        assert call.rang is not None
        self.ringing.drop(call.rang)
        call.answered = self.now
        if self.scenario.screening is None:
            self.judge(call)
        else:
            self.screening.add(self.now)
            self.at(self.now + call.fate.screening, self.screened, call)

    def screened(self, call: Call) -> None:
        assert call.answered is not None
        self.screening.drop(call.answered)
        self.judge(call)

    def judge(self, call: Call) -> None:
        if not call.needs_agent:
            self.close(call, "machine")
            return
        self.close(call, "live")
        self.coming_live.pop(bisect_left(self.coming_live, call.verdict_at - 1e-6))
        self.snapshot.totals.live += 1
        call.verdict_at = self.now
        if self.ready:
            self.connect(self.ready.popleft(), call)
        else:
            self.waiting.add(self.now)
            self.queue.append(call)
            self.at(self.now + self.scenario.abandon_after, self.give_up, call)

    def give_up(self, call: Call) -> None:
        if call.taken:
            return
        call.taken = True
        self.queue.remove(call)
        self.waiting.drop(call.verdict_at)
        self.waited += self.now - call.verdict_at
        self.snapshot.totals.abandoned += 1

    def close(self, call: Call, outcome: str) -> None:
        totals = self.snapshot.totals
        self.in_flight -= 1
        self.snapshot.history.attempts.append(
            Attempt(call.dialled, call.rang, call.answered, self.now, outcome)
        )
        if outcome == "machine":
            totals.machine += 1
        elif outcome == "no_answer":
            totals.no_answer += 1
        elif outcome != "live":
            totals.failed += 1

    def connect(self, agent: Agent, call: Call) -> None:
        call.taken = True
        self.paid_until(agent)
        agent.state, agent.since = "on_call", self.now
        self.waited += self.now - call.verdict_at
        self.snapshot.totals.connected += 1
        self.on_call.add(self.now)
        seconds = call.fate.talk if call.outcome == "live" else 4.0 + 6.0 * call.fate.verdict
        agent.free_at = self.now + seconds + call.fate.wrap
        insort(self.free_times, agent.free_at)
        self.at(self.now + seconds, self.end_talk, agent, call, seconds)

    def end_talk(self, agent: Agent, call: Call, seconds: float) -> None:
        self.paid_until(agent)
        self.snapshot.history.talks.append(Talk(agent.since, seconds, call.outcome))
        if call.outcome == "live":
            self.conversations += 1
        if not agent.wish:
            self.on_call.drop(agent.since)
            self.wrap_up.add(self.now)
        agent.state, agent.since = "wrap_up", self.now
        self.at(self.now + call.fate.wrap, self.end_wrap, agent, call.fate.wrap)

    def end_wrap(self, agent: Agent, seconds: float) -> None:
        self.paid_until(agent)
        self.snapshot.history.wraps.append(Wrap(agent.since, seconds))
        if agent.wish:
            self.leaving -= 1
            self.pause(agent)
        else:
            self.wrap_up.drop(agent.since)
            del self.free_times[bisect_left(self.free_times, agent.free_at)]
            self.free(agent)

    def free(self, agent: Agent) -> None:
        agent.state, agent.since = "ready", self.now
        if self.queue:
            call = self.queue.popleft()
            self.waiting.drop(call.verdict_at)
            self.connect(agent, call)
        else:
            self.ready.append(agent)

    def wish(self, agent: Agent, wish: str, seconds: float) -> None:
        if agent.state in ("paused", "off") or agent.wish:
            if wish == "off":
                self.at(self.now + 5.0, self.wish, agent, wish, seconds)
            return
        agent.wish, agent.break_seconds = wish, seconds
        if agent.state == "ready":
            self.paid_until(agent)
            self.ready.remove(agent)
            self.pause(agent)
            return
        self.leaving += 1
        del self.free_times[bisect_left(self.free_times, agent.free_at)]
        (self.on_call if agent.state == "on_call" else self.wrap_up).drop(agent.since)

    def pause(self, agent: Agent) -> None:
        state = "off" if agent.wish == "off" else "paused"
        agent.wish, agent.state, agent.since = "", state, self.now
        if state == "paused":
            self.on_break += 1
            self.at(self.now + agent.break_seconds, self.resume, agent)

    def resume(self, agent: Agent) -> None:
        if agent.state == "paused":
            self.on_break -= 1
            self.free(agent)

    def paid_until(self, agent: Agent) -> None:
        spell = self.now - agent.since
        if agent.state in ("ready", "on_call", "wrap_up"):
            self.paid += spell
        if agent.state in ("on_call", "wrap_up"):
            self.busy += spell

    def look(self) -> Snapshot:
        scene, scenario = self.snapshot, self.scenario
        cap = max(1.0, scenario.cps / 2.0)
        self.tokens = min(cap, self.tokens + (self.now - self.filled) * scenario.cps)
        self.filled = self.now
        scene.now, scene.ready = self.now, len(self.ready)
        scene.on_call, scene.wrap_up = self.on_call.tuple(), self.wrap_up.tuple()
        scene.leaving, scene.on_break = self.leaving, self.on_break
        scene.placing, scene.ringing = self.placing.tuple(), self.ringing.tuple()
        scene.screening, scene.waiting = self.screening.tuple(), self.waiting.tuple()
        scene.dial_budget = int(self.tokens + 1e-9)
        return scene

    def run(self, policy: Policy) -> Result:
        heap, last, due = self.heap, 0.0, 0.0
        while True:
            if heap and heap[0][0] <= due:
                self.now, _, act, args = heapq.heappop(heap)
                if self.now >= self.end:
                    break
                act(*args)
                due = min(due, max(self.now, last + AT_MOST_EVERY))
                continue
            if due >= self.end:
                break
            self.now = last = due
            due = last + self.at_least_every
            self.place(policy.decide(self.look()))
            if self.is_over():
                break
        return self.result()

    def is_over(self) -> bool:
        """Whether the list is at its end, and every call of it."""
        is_worked = self.snapshot.leads_left == 0 and self.in_flight == 0
        return is_worked and not self.on_call.times and not self.queue

    def place(self, wanted: int) -> None:
        scene = self.snapshot
        count = max(0, min(wanted, scene.dial_budget))
        if scene.leads_left is not None:
            count = min(count, scene.leads_left)
            scene.leads_left -= count
        self.tokens -= count
        for _ in range(count):
            self.dial()

    def result(self) -> Result:
        self.now = min(self.now, self.end)
        for agent in self.agents:
            self.paid_until(agent)
        totals = self.snapshot.totals
        return Result(
            self.conversations + len(self.on_call.times),
            totals.live,
            totals.abandoned,
            self.paid / HOUR,
            self.busy / HOUR,
            self.waited / max(1, totals.live),
            totals.dialled,
        )
