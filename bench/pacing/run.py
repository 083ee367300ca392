"""Prints how policies do against the oracle: `python -m bench.pacing.run [--help]`."""

import argparse
import importlib
from collections.abc import Callable, Iterable, Sequence
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
    idle: float
    """Seconds that an agent waits for a conversation."""
    wait: float
    """Seconds that a person answered waits for an agent."""

    def score(self, oracle: float) -> float:
        return 0.0 if self.abandonment > LIMIT else 100.0 * self.rate / oracle


def pool(policy: str, scenario: Scenario, results: list[Result]) -> Row:
    hours = sum(result.agent_hours for result in results)
    busy = sum(result.busy_hours for result in results)
    live = max(1, sum(result.live for result in results))
    abandoned = sum(result.abandoned for result in results)
    return Row(
        policy,
        scenario.name,
        scenario.agents,
        sum(result.conversations for result in results) / hours,
        abandoned / live,
        busy / hours,
        3600.0 * (hours - busy) / max(1, live - abandoned),
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


HEAD = "scenario         policy               score  abandon  occupancy  agent waits  person waits"


def told(row: Row, oracle: Row) -> str:
    score = f"{row.score(oracle.rate):5.1f}" if row.abandonment <= LIMIT else "  0.0"
    over = f"  (over: {100.0 * row.rate / oracle.rate:.1f})" if row.abandonment > LIMIT else ""
    return (
        f"{row.scenario:16} {row.policy:20} {score}  {row.abandonment:6.2%}     {row.occupancy:6.1%}"
        f"      {row.idle:5.1f} s        {row.wait:4.2f} s{over}"
    )


def compare(scenarios: Sequence[Scenario], names: Sequence[str], seeds: Sequence[int]) -> list[Row]:
    """Plays and prints every policy in every scenario, each beside the oracle, and the means at the end."""
    factories: dict[str, Factory] = {"predictive": predictive, **BASELINES}
    scores: dict[str, list[float]] = {name: [] for name in names}
    rows = []
    print(HEAD)
    for scenario in scenarios:
        oracle = play("oracle", None, scenario, seeds)
        print(told(oracle, oracle))
        for name in names:
            row = play(name, factories[name], scenario, seeds)
            rows.append(row)
            scores[name].append(row.score(oracle.rate))
            print(told(row, oracle), flush=True)
    for name, values in scores.items():
        failed = sum(value == 0.0 for value in values)
        print(f"{'mean':16} {name:20} {sum(values) / len(values):5.1f}  over the limit in {failed}")
    return rows


def main() -> None:
    options = arguments()
    first, last = (int(part) for part in options.seeds.split("-"))
    names = ["predictive", *BASELINES] if options.policies == "all" else options.policies.split(",")
    rows = compare(chosen(options), names, range(first, last + 1))
    if options.plot:
        Path(options.plot).write_text(draw(rows, LIMIT), encoding="utf-8")


if __name__ == "__main__":
    main()
