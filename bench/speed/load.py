"""Rows 1, 2, 3 and 5: a shift of agents while the pacer dials as fast as it may."""

import json
import sys
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.speed import bare, commits, usage
from bench.speed.house import NOT_OURS, House, Size, house
from bench.speed.report import Row, millis, spread, table
from bench.speed.usage import Machine, Usage
from dialer.core.settings import get_settings

ROWS = frozenset({1, 2, 3, 5})
LINES_UP_SECONDS = 180.0
WARM_SECONDS = 20.0
ANSWERS_SECONDS = 30.0
"""Of the spans in which everybody answers: without the stop-watch, and with it."""
BARE_SECONDS = 8.0
WINDOW_SECONDS = 10
HEARD_WITHIN_SECONDS = 30.0
ANSWER = "POST /twilio/attempts/…/answer"


@dataclass(frozen=True)
class Span:
    """What a stretch of the shift was like."""

    since: float
    until: float
    creates: list[tuple[str, float]]
    webhooks: list[tuple[str, float, float]]
    probes: list[float]
    used: dict[str, Usage]
    """CPU during the span, memory at its end."""
    machine: Machine

    @property
    def seconds(self) -> float:
        return self.until - self.since

    @property
    def rate(self) -> float:
        return len(self.creates) / self.seconds

    @property
    def worst_rate(self) -> float:
        """Of any ten seconds one after another."""
        at = sorted(arrived for _, arrived in self.creates)
        starts = [self.since + n for n in range(int(self.seconds) - WINDOW_SECONDS + 1)] or [self.since]
        width = min(WINDOW_SECONDS, self.seconds)
        return min(bisect_left(at, one + width) - bisect_left(at, one) for one in starts) / width

    def answers(self, *kinds: str) -> list[float]:
        return [seconds for kind, _, seconds in self.webhooks if kind in kinds]

    def memory(self, but: Collection[str] = ()) -> float:
        return sum(one.memory_mb for name, one in self.used.items() if name not in but)


def measure(home: Path, size: Size, seconds: float, rows: Collection[int]) -> Iterator[Row]:
    with house(home, size) as made:
        ready = made.wait_for_agents(LINES_UP_SECONDS)
        made.start()
        made.pass_time(WARM_SECONDS)
        main = span(made, seconds)
        print(processes(f"Calls placed at {main.rate:.1f} a second, over {main.seconds:.0f} s", main))
        if 2 in rows:
            yield from left(made, main)
        if 3 in rows:
            yield answered(made)
        made.pause()
        if 1 in rows:
            yield placed(main, ready)
        heard = made.heard()
        if 5 in rows:
            yield shown(made, main, heard)
        if made.fallen:
            print(f"DIED and were started again: {', '.join(made.fallen)}")


def span(made: House, seconds: float) -> Span:
    pids = made.pids
    before, machine, since = usage.of_all(pids), Machine.now(), time.time()
    made.pass_time(seconds)
    until, busy, after = time.time(), Machine.now(), usage.of_all(pids)
    seen = made.carrier("seen", since=since, until=until)
    return Span(
        since,
        until,
        [(attempt, at) for attempt, at in seen["creates"]],
        [(kind, at, took) for kind, at, took in seen["webhooks"]],
        [took for _, took in seen["probes"]],
        {
            name: Usage(one.cpu_seconds - before[name].cpu_seconds, one.memory_mb)
            for name, one in after.items()
        },
        Machine(busy.busy - machine.busy, busy.idle - machine.idle),
    )


def processes(title: str, seen: Span) -> str:
    """Who used how much of the machine."""
    lines = [
        (
            name,
            f"{one.cpu_seconds / seen.seconds:.0%}",
            f"{1000 * one.cpu_seconds / max(1, len(seen.creates)):.1f}",
            f"{one.memory_mb:.0f}",
        )
        for name, one in sorted(seen.used.items(), key=lambda item: -item[1].cpu_seconds)
    ]
    total = sum(one.cpu_seconds for one in seen.used.values())
    cores = (seen.machine.busy + seen.machine.idle) / seen.seconds
    others = max(0.0, seen.machine.busy - total)
    kinds = defaultdict(list)
    for kind, _, took in seen.webhooks:
        kinds[kind.partition(":")[0]].append(took)
    hooks = [
        (kind, f"{len(took) / seen.seconds:.1f}", millis(took, 50), millis(took, 99))
        for kind, took in sorted(kinds.items())
    ]
    return "\n".join(
        (
            "",
            title,
            table(("process", "of a core", "CPU ms a call", "PSS MB"), lines),
            f"together {total / seen.seconds:.2f} of {cores:.1f} cores, programs that are not of this run "
            f"{others / seen.seconds:.2f}, idle {seen.machine.idle / seen.seconds:.2f}",
            table(("webhook", "a second", "p50 ms", "p99 ms"), hooks),
        )
    )


def placed(seen: Span, ready: int) -> Row:
    settings = get_settings()
    one, many = (bare.calls_a_second(settings, threads, BARE_SECONDS) for threads in (1, 32))
    return Row(
        1,
        "calls placed a second, sustained",
        f"{seen.rate:.1f} for {seen.seconds:.0f} s (worst 10 s: {seen.worst_rate:.1f}), {ready} agents; "
        f"{seen.memory(NOT_OURS):.0f} MB, with sandbox and robots {seen.memory():.0f} MB",
        "50 for 300 s, 300 agents, 1,500 MB",
        f"bare loop of twilio: 1 thread {one:.1f}, 32 threads {many:.1f}",
        "memory is PSS of all processes, PostgreSQL's and Valkey's among them",
    )


def left(made: House, seen: Span) -> Iterator[Row]:
    arrived = dict(seen.creates)
    claims = commits.claims(made.engine, seen.since - HEARD_WITHIN_SECONDS, seen.until)
    known = [claim for claim in claims if str(claim.attempt_id) in arrived]
    committed = [arrived[str(one.attempt_id)] - one.committed_at.timestamp() for one in known]
    decided = [arrived[str(one.attempt_id)] - made.real(one.claimed_at) for one in known]
    yield Row(
        2,
        "claim committed to request at Twilio",
        spread(committed),
        "p50 20, p99 100 ms",
        f"from the decision, before the claim: {spread(decided)}",
        "from PostgreSQL's commit timestamp of the claim (or attempts.claimed_at) to the arrival of the "
        "create's head at the sandbox; one machine, one clock",
    )


def answered(made: House) -> Row:
    """Everybody answers now, so that there are as many answers as calls."""
    made.answer_by(1.0)
    made.pass_time(WARM_SECONDS / 2)
    seen = span(made, ANSWERS_SECONDS)
    print(processes(f"Everybody answers: calls placed at {seen.rate:.1f} a second", seen))
    joined, all_answers = seen.answers("joined"), seen.answers("joined", "not joined")
    share = profile(made)
    return Row(
        3,
        "answer webhook to TwiML, agent reserved",
        f"{spread(joined)} at {len(all_answers) / seen.seconds:.1f} a second ({len(joined)} joined at once "
        f"of {len(all_answers)})",
        "p50 10, p99 50 ms at 50 a second",
        f"empty endpoint {spread(seen.probes)}; {share}",
        "as the sandbox sees it; the empty endpoint is /healthz of the same web process, asked meanwhile",
    )


def profile(made: House) -> str:
    """With a web process that has a stop-watch, under the same load."""
    webs = [program for program in made.group.programs if program.name.startswith("web")]
    before = {program.name: program.command for program in webs}
    for program in webs:
        command = [sys.executable, "-m", "bench.speed.profiled", str(made.home)]
        made.replace(program.name, command)
    made.pass_time(ANSWERS_SECONDS)
    for program in webs:
        made.replace(program.name, before[program.name])
    spent = [one for file in made.home.glob("web-*.json") for one in json.loads(file.read_text())]
    print(requests(spent))
    answers = [one for one in spent if one["kind"] == ANSWER]
    if not answers:
        return "nothing was profiled"
    total = sum(one["total"] for one in answers)
    parts = {name: sum(one[name] for one in answers) / total for name in ("database", "redis")}
    return f"of its time in the web process PostgreSQL {parts['database']:.0%}, Redis {parts['redis']:.0%}"


def requests(spent: list[dict[str, Any]]) -> str:
    """What each kind of request costs the web process."""
    kinds = defaultdict(list)
    for one in spent:
        kinds[one["kind"]].append(one)
    lines = [
        (
            kind,
            f"{len(all_of_them) / ANSWERS_SECONDS:.1f}",
            *(millis([one[name] for one in all_of_them], 50) for name in ("total", "database", "redis")),
            f"{median(one['statements'] for one in all_of_them):.0f}",
        )
        for kind, all_of_them in sorted(kinds.items(), key=lambda item: -sum(one["total"] for one in item[1]))
    ]
    heads = ("request", "a second", "p50 ms", "in PostgreSQL", "in Redis", "times PostgreSQL is asked")
    return "\n".join(("", "The web process by request, with a stop-watch in it", table(heads, lines)))


def shown(made: House, seen: Span, heard: list[tuple[float, str, str]]) -> Row:
    """For each change of an agent's state the next event that tells it."""
    by_session = defaultdict(list)
    for at, session_id, state in heard:
        by_session[session_id, state].append(at)
    took, lost = [], 0
    for change in commits.changes(made.engine, seen.since, seen.until):
        at, times = change.committed_at.timestamp(), by_session[str(change.session_id), change.state]
        found = bisect_left(times, at - 0.002)
        if found < len(times) and times[found] - at < HEARD_WITHIN_SECONDS:
            took.append(times[found] - at)
        else:
            lost += 1
    return Row(
        5,
        "event to the agent's screen",
        f"{spread(took)} with {made.size.agents} pages open ({len(took) / seen.seconds:.0f} a second, "
        f"{lost} not heard)",
        "p99 250 ms, 300 pages",
        "",
        "from PostgreSQL's commit timestamp of the agent's new state to the event's bytes in the client",
    )
