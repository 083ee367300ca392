"""The risk that one more call may carry, learned so that the abandonment budget is spent and not passed."""

import math

RUN = 4 * 3600.0
"""The stretch over which the budget is balanced; after it, PAYBACK ahead."""
PAYBACK = 3600.0
AIM = 0.95
"""Share of the legal limit that is aimed at."""
RESERVE = 0.5
"""Abandoned calls kept back beside that, for they come whole."""
BALANCED = 0.6
"""Share of the people expected ahead over whom debt and credit are balanced: shifts end, rates fall."""
SURE = 0.25
"""Share of the people expected ahead who come even with one call for each free agent."""
NARROW = 0.035
"""Most risk for each abandoned call that is surely left, less a half: near the limit two at once pass it."""
START, LEARNING = 0.05, 0.001
"""The bound of the first call, and how much each person reached lets it rise: a cold start knows little."""
RESIDUE = 0.002
"""The bound while one more abandoned call could not be made good."""
HASTE, LATE_HASTE = 1.15, 2.0
"""Most that an unspent budget may raise the bound at once, at the start and at the end of the run."""
RECENT = 1200.0
"""Seconds over which the recent rate of people answering is taken."""
GUESSED, AN_HOUR = 3.0, 8.0
"""At the start so many people count as reached, at this pace for each agent."""
EXPOSED = 15.0
"""Seconds in which an idle agent's leaving costs the person who is called for her."""
IN_FLIGHT = 12.0
"""Seconds for which an average call's risk is still open."""


class Budget:
    """The highest risk of abandonment that one more call may carry."""

    def __init__(self) -> None:
        self._log_risk = math.log(START)
        self._foreseen = 0.0
        self._skew = 1.0
        """Abandoned calls for each one foreseen."""
        self._placed_live = 0.0
        self._wanted = 0.0
        self.room = 0
        """Abandoned calls that could surely be made good."""
        self._open = 0.0
        """Abandoned calls foreseen among those in flight."""
        self._then, self._live, self._agents = 0.0, -1, 0
        self._left, self._stayed = 1.0, 7200.0
        """Agents who left, and the seconds that agents stayed."""
        self._came = self._recent = GUESSED
        self._weight = self._recent_weight = 0.0

    def allowed(
        self, now: float, limit: float, live: int, abandoned: int, agents: int, most_people: float
    ) -> float:
        """The bound on the risk; `most_people`: how many can still answer before the list ends."""
        self._count(now, live, agents)
        left = RUN - now if now < RUN else PAYBACK
        ahead = left * min(self._came / self._weight, self._recent / self._recent_weight)
        ahead = min(ahead, most_people)
        leaving = min(EXPOSED * self.leaving, 0.5 * limit)
        gone = abandoned + self._open
        self._wanted = limit * AIM
        if live:
            balanced = BALANCED * ahead
            owed = self._wanted * live + (self._wanted - leaving) * balanced - RESERVE - gone
            self._wanted = min(max(owed / (balanced + 8.0), 0.1 * limit), 2.0 * limit)
        room = limit * (live + SURE * ahead) - leaving * ahead - gone
        self.room = int(max(room, 0.0))
        if room < 1.0:
            return RESIDUE
        most = HASTE + (LATE_HASTE - HASTE) * max(0.0, 1.0 - left / RUN)
        haste = min(self._wanted / (limit * AIM), most)
        return min(math.exp(self._log_risk) * haste, NARROW * (room - 0.5) / self._skew, 0.8)

    @property
    def leaving(self) -> float:
        """How many of the agents leave, a second."""
        return self._left / self._stayed

    def _count(self, now: float, live: int, agents: int) -> None:
        """How fast people came, since the start and of late; what was foreseen and is over is let go."""
        if self._live < 0:
            self._then, self._live, self._agents = now, live, agents
            self._weight = self._recent_weight = GUESSED * 3600.0 / (AN_HOUR * agents)
        passed, more = now - self._then, live - self._live
        self._left += max(0, self._agents - agents)
        self._stayed += agents * passed
        self._then, self._live, self._agents = now, live, agents
        self._came += more
        self._weight += passed
        keep = math.exp(-passed / RECENT)
        self._recent = self._recent * keep + more
        self._recent_weight = self._recent_weight * keep + passed
        self._open *= math.exp(-passed / IN_FLIGHT)

    def spend(self, people: float, risk: float, limit: float, abandoned: int) -> None:
        """Notes calls placed: expected people, and the risk that one of them is abandoned."""
        self._foreseen += people * risk
        self._open += people * risk * self._skew
        self._placed_live += people
        self._skew = min(max((abandoned + 4.0) / (self._foreseen + 4.0), 0.4), 3.0)
        gain = max(0.01, 1.5 / (20.0 + self._placed_live))
        step = gain * people * (self._wanted - self._skew * risk) / max(limit, 1e-4)
        most = min(START + LEARNING * self._placed_live, 0.7)
        self._log_risk = min(max(self._log_risk + step, math.log(0.005)), math.log(most))
