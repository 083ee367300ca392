"""Row 4: how soon the next call is placed for an agent who has become ready, one call for each of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.speed import commits
from bench.speed.house import Size, house
from bench.speed.load import LINES_UP_SECONDS, WARM_SECONDS, processes, span
from bench.speed.report import Row, spread
from dialer.domain.agent import SessionState
from dialer.domain.campaign import DialMode

AGENTS = 50
SECONDS = 60.0


def measure(home: Path, size: Size, seconds: float) -> Row:
    size = replace(size, agents=min(AGENTS, size.agents), answered=1.0, mode=DialMode.PROGRESSIVE)
    with house(home, size) as made:
        ready_agents = made.wait_for_agents(LINES_UP_SECONDS)
        made.start()
        made.pass_time(WARM_SECONDS)
        seen = span(made, min(seconds, SECONDS))
        print(processes(f"Progressive, {size.agents} agents: calls placed at {seen.rate:.1f} a second", seen))
        ready = [
            change.committed_at.timestamp()
            for change in commits.changes(made.engine, seen.since, seen.until)
            if change.state == SessionState.READY
        ]
        made.pause()
    took = waits(ready, sorted(at for _, at in seen.creates))
    return Row(
        4,
        "agent ready to next call placed, progressive",
        f"{spread(took)} ({ready_agents} agents, {len(took)} calls)",
        "p99 300 ms",
        "",
        "from the commit of ready to the arrival of the create at the sandbox; everybody answers, so each "
        "ready agent is one call, the first for the first",
    )


def waits(ready: Sequence[float], placed: Sequence[float]) -> list[float]:
    """The first call after each, that is not another's."""
    found, took = 0, []
    for at in ready:
        while found < len(placed) and placed[found] < at:
            found += 1
        if found == len(placed):
            break
        took.append(placed[found] - at)
        found += 1
    return took
