"""The risk that one more call may carry, learned so that the abandonment budget is spent and not passed."""

import math

RUN = 4 * 3600.0
"""The stretch over which the budget is balanced; after it, PAYBACK ahead."""
PAYBACK = 3600.0
AIM = 0.94
"""Share of the legal limit that is aimed at."""
RESERVE = 0.6
"""Abandoned calls kept back beside that, for they come whole."""
SURE = 0.5
"""Share of the people expected ahead who come even with one call for each free agent."""
RESIDUE = 0.002
"""The bound while one more abandoned call could not be made good."""
HASTE = 1.15
"""Most that an unspent budget may raise the bound at once; an overspent one lowers it as far as needed."""


class Budget:
    """The highest risk of abandonment that one more call may carry."""

    def __init__(self) -> None:
        self._log_risk = math.log(0.08)
        self._foreseen = 0.0
        self._placed_live = 0.0
        self._wanted = 0.0
        self._live_before: int | None = None

    def allowed(self, now: float, limit: float, live: int, abandoned: int, most_people: float) -> float:
        """The bound on the risk; `most_people`: how many can still answer before the list ends."""
        if self._live_before is None:
            self._live_before = live
        left = RUN - now if now < RUN else PAYBACK
        ahead = min((live - self._live_before + 3.0) / (now + 120.0) * left, most_people)
        self._wanted = limit * AIM
        if live:
            owed = self._wanted * (live + ahead) - RESERVE - abandoned
            self._wanted = min(max(owed / (ahead + 8.0), 0.1 * limit), 2.0 * limit)
        if abandoned + 1.0 > limit * (live + SURE * ahead):
            return RESIDUE
        haste = min(self._wanted / (limit * AIM), HASTE)
        return min(math.exp(self._log_risk) * haste, 0.8)

    def spend(self, people: float, risk: float, limit: float, abandoned: int) -> None:
        """Notes one call placed: expected people, and the risk that one of them is abandoned."""
        self._foreseen += people * risk
        self._placed_live += people
        skew = min(max((abandoned + 4.0) / (self._foreseen + 4.0), 0.4), 3.0)
        gain = max(0.01, 1.5 / (20.0 + self._placed_live))
        step = gain * people * (self._wanted - skew * risk) / limit
        self._log_risk = min(max(self._log_risk + step, math.log(0.005)), math.log(0.7))
