"""The list: fates come from one stream in dialling order, so that policies meet common random numbers."""

import random

from bench.pacing.parts import Call, Fate
from bench.pacing.scenarios import Scenario


class Leads:
    """The fates of one run's leads, one after the other."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._rng = random.Random(f"{scenario.name} leads {seed}")
        self._next: Fate | None = None

    def peek(self) -> Fate:
        """The next lead's fate, drawn in order whoever asks."""
        if self._next is None:
            rng, scenario = self._rng, self._scenario
            u = rng.random
            shortest, longest = scenario.screening or (0.0, 0.0)
            self._next = Fate(
                u(),
                u(),
                scenario.placing[0] + u() * (scenario.placing[1] - scenario.placing[0]),
                scenario.answer.draw(u(), rng.gauss(0.0, 1.0)),
                20.0 + 2.0 * rng.gauss(0.0, 1.0),
                shortest + u() * (longest - shortest),
                u(),
                max(2.0, scenario.talk.draw(u(), rng.gauss(0.0, 1.0))),
                max(0.5, scenario.wrap.draw(u(), rng.gauss(0.0, 1.0))),
            )
        return self._next

    def take(self) -> Fate:
        fate = self.peek()
        self._next = None
        return fate


def foresee(scenario: Scenario, fate: Fate, now: float) -> Call:
    """What becomes of this fate when it is dialled now."""
    call = Call(fate, "no_answer", now)
    person = scenario.live(now)
    rest = fate.kind
    if fate.chance < person:
        if fate.answer < scenario.ring_timeout:
            call.outcome = "live"
    elif fate.chance < person + scenario.machine:
        if fate.machine_answer < scenario.ring_timeout:
            call.outcome = "machine"
    elif rest < scenario.busy:
        call.outcome = "busy"
    elif rest < scenario.busy + scenario.invalid:
        call.outcome = "invalid"
    if call.outcome in ("live", "machine"):
        ring = fate.answer if call.outcome == "live" else fate.machine_answer
        call.verdict_at = now + fate.placing + ring + fate.screening
        wrong = scenario.lost_person if call.outcome == "live" else scenario.missed_machine
        judged_person = (call.outcome == "live") != (fate.verdict < wrong)
        call.needs_agent = judged_person or scenario.screening is None
    return call
