"""Prints how policies do against the oracle: `python -m bench.pacing.run [--help]`."""

import argparse
import importlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.pacing.baselines import BASELINES
from bench.pacing.drawn import at_random
from bench.pacing.floor import Floor, Policy
from bench.pacing.oracle import Oracle
from bench.pacing.parts import Result
from bench.pacing.plot import draw
from bench.pacing.scenarios import SCENARIOS, Scenario, of_size

LIMIT = 0.03
Factory = Callable[[], Policy]


@dataclass(frozen=True)
class Row:
    """One policy in one scenario, pooled over the seeds."""

    policy: str
    scenario: str
    agents: int
    rate: float
    """Live conversations an agent-hour."""
    abandonment: float
    occupancy: float
    wait: float

    def score(self, oracle: float) -> float:
        return 0.0 if self.abandonment > LIMIT else 100.0 * self.rate / oracle


def pool(policy: str, scenario: Scenario, results: list[Result]) -> Row:
    hours = sum(result.agent_hours for result in results)
    live = max(1, sum(result.live for result in results))
    return Row(
        policy,
        scenario.name,
        scenario.agents,
        sum(result.conversations for result in results) / hours,
        sum(result.abandoned for result in results) / live,
        sum(result.busy_hours for result in results) / hours,
        sum(result.wait * result.live for result in results) / live,
    )


def play(name: str, factory: Factory | None, scenario: Scenario, seeds: Iterable[int]) -> Row:
    results = []
    for seed in seeds:
        floor = Floor(scenario, seed)
        results.append(floor.run(factory() if factory else Oracle(floor)))
    return pool(name, scenario, results)


def predictive() -> Policy:
    made: Policy = importlib.import_module("dialer.domain.pacing").predictive()
    return made


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.pacing.run", description=__doc__)
    parser.add_argument("--policies", default="predictive", help="comma-separated; 'all' for every baseline")
    parser.add_argument("--scenarios", default="", help="only those whose name has one of these words")
    parser.add_argument("--random", type=int, default=0, help="so many random scenarios instead")
    parser.add_argument("--first-random", type=int, default=0, help="number of the first random scenario")
    parser.add_argument("--seeds", default="101-103", help="first-last")
    parser.add_argument("--most-agents", type=int, default=1000)
    parser.add_argument("--plot", default="", help="write this SVG: the policies at each of these team sizes")
    parser.add_argument("--sizes", default="3,6,12,30,100", help="team sizes for the plot")
    return parser.parse_args()


def chosen(options: argparse.Namespace) -> list[Scenario]:
    if options.plot:
        return [of_size(int(agents)) for agents in options.sizes.split(",")]
    if options.random:
        first = options.first_random
        return [at_random(number) for number in range(first, first + options.random)]
    words = options.scenarios.split(",")
    return [
        scenario
        for scenario in SCENARIOS
        if any(word in scenario.name for word in words) and scenario.agents <= options.most_agents
    ]


def main() -> None:
    options = arguments()
    first, last = (int(part) for part in options.seeds.split("-"))
    seeds = range(first, last + 1)
    factories: dict[str, Factory] = {"predictive": predictive, **BASELINES}
    names = list(factories) if options.policies == "all" else options.policies.split(",")
    scores: dict[str, list[float]] = {name: [] for name in names}
    print(f"{'scenario':16} {'policy':20} score  abandon  occupancy  wait s  cpu s")
    rows = []
    for scenario in chosen(options):
        oracle = play("oracle", None, scenario, seeds)
        print(f"{scenario.name:16} {'oracle':20} 100.0  {oracle.abandonment:6.2%}    {oracle.occupancy:6.1%}")
        for name in names:
            began = time.process_time()
            row = play(name, factories[name], scenario, seeds)
            spent = time.process_time() - began
            score = row.score(oracle.rate)
            rows.append(row)
            scores[name].append(score)
            over = f" (over: {100 * row.rate / oracle.rate:.1f})" if row.abandonment > LIMIT else ""
            print(
                f"{scenario.name:16} {name:20} {score:5.1f}  {row.abandonment:6.2%}    {row.occupancy:6.1%}"
                f"  {row.wait:6.2f}  {spent:5.1f}{over}",
                flush=True,
            )
    if options.plot:
        Path(options.plot).write_text(draw(rows, LIMIT), encoding="utf-8")
    for name, values in scores.items():
        failed = sum(value == 0.0 for value in values)
        print(f"{'mean':16} {name:20} {sum(values) / len(values):5.1f}  over the limit in {failed}")


if __name__ == "__main__":
    main()
