"""How long one decision takes: `python -m bench.pacing.speed [--help]`. Measures the policy alone."""

import argparse
import time
from dataclasses import replace

from bench.pacing.floor import Floor, Policy
from bench.pacing.run import predictive
from bench.pacing.scenarios import of_size
from bench.pacing.snapshot import Snapshot


class Timed:
    """Passes each snapshot on and keeps how long the answer took."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.spent: list[float] = []

    def decide(self, snapshot: Snapshot) -> int:
        began = time.process_time_ns()
        placed = self._policy.decide(snapshot)
        self.spent.append((time.process_time_ns() - began) / 1000.0)
        return placed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pacing.speed", description=__doc__)
    parser.add_argument("--agents", default="3,12,60,300", help="team sizes, comma-separated")
    parser.add_argument("--hours", type=float, default=0.5, help="simulated")
    options = parser.parse_args()
    print("agents  decisions   mean µs  median µs    p99 µs")
    for agents in map(int, options.agents.split(",")):
        timed = Timed(predictive())
        Floor(replace(of_size(agents), hours=options.hours), 1).run(timed)
        spent = sorted(timed.spent)
        mean, count = sum(spent) / len(spent), len(spent)
        print(
            f"{agents:6}  {count:9}  {mean:8.1f}  {spent[count // 2]:9.1f}  {spent[count * 99 // 100]:8.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
