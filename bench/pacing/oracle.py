"""The oracle sees how the next call will end and when each busy agent comes free: the bound to judge by."""

from bisect import bisect_right, insort

from bench.pacing.floor import Floor
from bench.pacing.leads import foresee
from bench.pacing.parts import Call
from bench.pacing.snapshot import Snapshot

PATIENCE_USED = 0.9
"""Share of the wait before abandonment that the oracle dares to use up."""


class Oracle:
    """Dials in list order: idle numbers at once, people only where an agent will be free in time."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor

    def decide(self, snapshot: Snapshot) -> int:
        """Places its calls one by one itself, since each look reveals one fate."""
        floor = self.floor
        while snapshot.dial_budget > 0 and snapshot.leads_left != 0:
            if not (snapshot.ready or snapshot.on_call or snapshot.wrap_up):
                return 0
            call = foresee(floor.scenario, floor.leads.peek(), snapshot.now)
            if call.needs_agent and not self.fits(call, snapshot):
                return 0
            floor.place(1)
            snapshot.dial_budget -= 1
        return 0

    def fits(self, call: Call, snapshot: Snapshot) -> bool:
        """Whether every person on the way, this one too, will find an agent in time."""
        coming = list(self.floor.coming_live)
        insort(coming, call.verdict_at)
        patience = PATIENCE_USED * snapshot.abandon_after
        spare = snapshot.ready - len(snapshot.waiting)
        free_times = self.floor.free_times
        return all(
            spare + bisect_right(free_times, moment + patience) > rank for rank, moment in enumerate(coming)
        )
