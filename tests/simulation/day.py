"""A day on the floor: the pacing bench's carrier and agents, with a campaign's contacts behind the calls.

Simulated seconds, no clock, no I/O. Whoever signs off finishes her call first; the day is over when the
last one has.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from bench.pacing.floor import Floor
from bench.pacing.leads import foresee
from bench.pacing.parts import Agent, Call
from bench.pacing.scenarios import HOUR, Scenario, Spread, steady
from bench.pacing.snapshot import Snapshot
from dialer.domain.agent import SessionEvent, SessionState
from dialer.domain.attempt import AttemptEvent, Outcome
from dialer.domain.compliance import needs_held_agent
from dialer.domain.contact import ContactState
from dialer.domain.disposition import system_disposition
from tests.simulation import people
from tests.simulation.campaign import LOW, WINDOW, Campaign
from tests.simulation.records import Attempt, Contact, Desk

OPENS = datetime(2026, 12, 2, 13, 0, tzinfo=UTC)
"""Eight in New York."""
HOURS = 14.0
WEIGHTS = {1: 60, 2: 30, 3: 10}
OUTCOMES = {
    "live": Outcome.ANSWERED,
    "machine": Outcome.MACHINE,
    "no_answer": Outcome.NO_ANSWER,
    "busy": Outcome.BUSY,
    "invalid": Outcome.FAILED,
}


def scenario(agents: int) -> Scenario:
    """Machines are told apart before an agent has the call, and not always rightly."""
    return Scenario(
        f"day-{agents}",
        agents,
        steady(0.0),
        talk=Spread("log-logistic", 150.0, 1.9),
        wrap=Spread("log-normal", 12.0, 0.7),
        machine=0.35,
        screening=(2.5, 4.5),
        missed_machine=0.08,
        lost_person=0.01,
        break_every=2.0 * HOUR,
        hours=HOURS + 4.0,
    )


class Day(Floor):
    at_least_every = 2.0

    def __init__(self, agents: int, contacts: int, seed: int, hours: float = HOURS) -> None:
        self.draw = Random(seed)
        self.closes = hours * HOUR
        self.attempts: list[Attempt] = []
        self.desks: dict[Agent, Desk] = {}
        self.lines: dict[Call, Attempt] = {}
        self.holding: dict[Call, Agent] = {}
        self.campaign = Campaign(people.load(contacts, WEIGHTS, OPENS, self.draw), WEIGHTS)
        super().__init__(scenario(agents), seed)

    @property
    def moment(self) -> datetime:
        return OPENS + timedelta(seconds=self.now)

    def play(self) -> "Day":
        self.run(self.campaign)
        return self

    def is_over(self) -> bool:
        return self.now >= self.closes and all(desk.signed_off for desk in self.desks.values())

    def plan_people(self) -> None:
        """The early shift is here when the day opens; the late one comes later, and closes it."""
        super().plan_people()
        for place, agent in enumerate(self.agents):
            if place % 2:
                self.ready.remove(agent)
                agent.state = "off"
                self.at(self.draw.uniform(0.2, 0.4) * self.closes, self.sign_on, agent)
                self.at(self.closes, self.wish, agent, "off", 0.0)
            else:
                self.desks[agent] = Desk(OPENS)
                self.at(self.draw.uniform(0.5, 0.7) * self.closes, self.wish, agent, "off", 0.0)

    def sign_on(self, agent: Agent) -> None:
        self.desks[agent] = Desk(self.moment)
        self.free(agent)

    def wish(self, agent: Agent, wish: str, seconds: float) -> None:
        if agent.state == "reserved":
            self.at(self.now + 1.0, self.wish, agent, wish, seconds)
        else:
            super().wish(agent, wish, seconds)

    def pause(self, agent: Agent) -> None:
        desk = self.desks[agent]
        if agent.wish == "off":
            desk.move(SessionEvent.STOP, self.moment)
            self.campaign.hand_over(desk)
        elif desk.state is SessionState.READY:
            desk.move(SessionEvent.PAUSE, self.moment)
        super().pause(agent)

    def resume(self, agent: Agent) -> None:
        self.desks[agent].move(SessionEvent.GET_READY, self.moment)
        super().resume(agent)

    def look(self) -> Snapshot:
        """Calls that have their agent already need none."""
        self.campaign.feed(self.moment)
        scene = super().look()
        if self.holding:
            held = [time for call in self.holding for time in (call.dialled, call.rang, call.answered)]
            scene.placing, scene.ringing, scene.screening = (
                tuple(time for time in times if time not in held)
                for times in (scene.placing, scene.ringing, scene.screening)
            )
        scene.leads_left = self.campaign.depth if self.campaign.depth <= LOW else None
        return scene

    def place(self, wanted: int) -> None:
        budget = self.snapshot.dial_budget
        if not budget or (wanted <= 0 and not self.ready):
            return
        now = self.moment
        begun = sum(self.begin(contact, agent) for agent, contact in self.call_backs(budget))
        for contact in self.campaign.take(min(wanted, budget) - begun, now):
            if not needs_held_agent(contact.abandoned_at, now):
                begun += self.begin(contact, None)
            elif self.ready:
                begun += self.begin(contact, self.ready[0])
            else:
                self.campaign.put_back(contact)
        self.tokens -= begun

    def call_backs(self, budget: int) -> Iterator[tuple[Agent, Contact]]:
        for agent in list(self.ready)[:budget]:
            contact = self.campaign.call_back_due(self.desks[agent], self.moment)
            if contact is not None:
                yield agent, contact

    def begin(self, contact: Contact, agent: Agent | None) -> int:
        attempt = Attempt(contact, self.moment, contact.priority, contact.next_call_at)
        contact.state = ContactState.HELD
        contact.attempts.append(attempt)
        self.attempts.append(attempt)
        answers = steady(people.picks_up(contact, self.moment))
        call = foresee(replace(self.scenario, live=answers), self.leads.take(), self.now)
        self.lines[call] = attempt
        if agent is not None:
            self.paid_until(agent)
            self.ready.remove(agent)
            agent.state, agent.since = "reserved", self.now
            attempt.held, self.holding[call] = self.desks[agent], agent
            self.desks[agent].move(SessionEvent.RESERVE, self.moment)
        attempt.move(AttemptEvent.PLACE)
        attempt.move(AttemptEvent.ACCEPT)
        self.send(call)
        return 1

    def ring(self, call: Call) -> None:
        if call.outcome != "invalid":
            self.lines[call].move(AttemptEvent.RING)
        super().ring(call)

    def pick_up(self, call: Call) -> None:
        attempt = self.lines[call]
        attempt.is_person = call.outcome == "live"
        attempt.move(AttemptEvent.ANSWER)
        super().pick_up(call)

    def judge(self, call: Call) -> None:
        agent = self.holding.pop(call, None) if call.needs_agent else None
        if agent is not None:
            agent.state, agent.since = "ready", self.now
            self.ready.appendleft(agent)
        super().judge(call)

    def close(self, call: Call, outcome: str) -> None:
        super().close(call, outcome)
        attempt = self.lines[call]
        attempt.outcome = OUTCOMES[outcome]
        if outcome == "live":
            return
        self.hang_up(attempt)
        self.campaign.conclude(attempt, system_disposition(attempt.outcome, abandoned=False), self.moment)
        agent = self.holding.pop(call, None)
        if agent is not None:
            self.desks[agent].move(SessionEvent.RELEASE, self.moment)
            self.free(agent)

    def give_up(self, call: Call) -> None:
        if not call.taken:
            attempt = self.lines[call]
            attempt.move(AttemptEvent.MISS)
            attempt.abandoned_at = attempt.contact.abandoned_at = self.moment
            self.hang_up(attempt)
            disposition = system_disposition(Outcome.ANSWERED, abandoned=True)
            self.campaign.conclude(attempt, disposition, self.moment)
        super().give_up(call)

    def hang_up(self, attempt: Attempt) -> None:
        attempt.move(AttemptEvent.END)
        attempt.ended_at = self.moment

    def connect(self, agent: Agent, call: Call) -> None:
        desk, attempt = self.desks[agent], self.lines[call]
        if desk.state is SessionState.READY:
            desk.move(SessionEvent.RESERVE, self.moment)
        desk.move(SessionEvent.JOIN, self.moment)
        attempt.move(AttemptEvent.JOIN)
        attempt.connected_at, attempt.desk, desk.attempt = self.moment, desk, attempt
        super().connect(agent, call)

    def end_talk(self, agent: Agent, call: Call, seconds: float) -> None:
        self.hang_up(self.lines[call])
        self.desks[agent].move(SessionEvent.CALL_ENDED, self.moment)
        super().end_talk(agent, call, seconds)

    def end_wrap(self, agent: Agent, seconds: float) -> None:
        """The agent saves what was said."""
        desk = self.desks[agent]
        attempt, desk.attempt = desk.attempt, None
        assert attempt is not None
        code = people.says(self.draw) if attempt.is_person else people.MISTAKEN
        if code == "callback":
            wish = people.wants_call_back(attempt.contact, self.moment, WINDOW, self.draw)
            attempt.agreed_at, attempt.scope = wish
        attempt.move(AttemptEvent.DISPOSE)
        pauses = agent.wish == "break"
        desk.move(SessionEvent.DISPOSED_THEN_PAUSE if pauses else SessionEvent.DISPOSED, self.moment)
        self.campaign.conclude(attempt, code, self.moment)
        super().end_wrap(agent, seconds)
