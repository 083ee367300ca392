"""A storm: the whole house as processes, a carrier that does everything wrong now and then, and processes
that are killed at random. Everything is drawn from one seed; what is left to chance is the machine's time.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import redis
from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from dialer.cli.processes import dialer
from dialer.core.database import transaction
from dialer.core.embedded import free_port
from dialer.demo import run, seed
from dialer.demo.run import Demo, Plan
from dialer.domain.agent import LineState, SessionState
from dialer.store import campaigns as campaign_rows
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.dispositions import Disposition
from tests.storm.findings import Findings, look

CALM_SECONDS = 240
STALLED_SECONDS = 120
FLUSH = "redis is flushed"
VICTIMS = ("web", "worker-1", "worker-2", "pacer", "cron", FLUSH)
SLOW = {"answer_slow_seconds": 2.0, "callback_delay_seconds": 1.5}
"""Real ones: longer than the house is used to, shorter than its timeouts."""
AGAIN_AFTER_MINUTES = 20
"""So that the same people are called again and again in one storm."""


@dataclass(frozen=True)
class Storm:
    calls: int
    seed: int
    agents: int = 5
    speed: float = 20.0
    share: float = 0.05
    """Of everything that can go wrong at the carrier."""
    calls_between_blows: tuple[int, int] = (6, 12)
    """By calls and not by time: whoever was struck must have come back, however slow the machine."""


@dataclass(frozen=True)
class Report:
    storm: Storm
    seconds: Mapping[str, float]
    """Each part of it."""
    blows: Counter[str]
    findings: Findings

    def told(self) -> str:
        blows = ", ".join(f"{name} {count}" for name, count in sorted(self.blows.items()))
        seconds = ", ".join(f"{part} {spent:.0f}" for part, spent in self.seconds.items())
        lines = [
            f"seed {self.storm.seed}: {self.findings.calls} calls; seconds: {seconds}",
            f"killed or flushed: {blows or 'nothing'}",
            f"attempts: {self.findings.told()}",
            *(f"WRONG: {wrong}" for wrong in self.findings.wrong),
        ]
        return "\n".join(lines)


class DidNotCome(AssertionError):
    """What a storm waited for did not happen in time."""


def rage(storm: Storm, home: Path) -> Report:
    seconds: dict[str, float] = {}
    began = time.monotonic()

    def so_far(part: str) -> None:
        seconds[part] = time.monotonic() - began - sum(seconds.values())

    plan = Plan(home, dialer(), storm.agents, storm.seed, storm.speed, free_port(), free_port())
    with run.running(plan) as demo:
        so_far("to start")
        _call_again_soon(demo)
        _plan_faults(demo, storm)
        blows = _blow(demo, storm)
        so_far("of storm")
        demo.drain()
        _wait(demo, lambda: not unquiet(demo), CALM_SECONDS, lambda: "; ".join(unquiet(demo)))
        so_far("to calm")
        with transaction(demo.engine) as session:
            findings = look(session, people_called(demo), demo.clock.now())
    return Report(storm, seconds, blows, findings)


def _call_again_soon(demo: Demo) -> None:
    with transaction(demo.engine) as session:
        campaign = campaign_rows.by_slug(session, seed.CAMPAIGN)
        assert campaign is not None
        campaign.attempts_allowed = 50
        for disposition in session.exec(select(Disposition)):
            disposition.retry_minutes = min(disposition.retry_minutes, AGAIN_AFTER_MINUTES)


def _plan_faults(demo: Demo, storm: Storm) -> None:
    """Every share that the sandbox's plan knows."""
    address = f"{demo.sandbox_url}/sandbox/faults"
    plan: dict[str, Any] = httpx.get(address, trust_env=False).json()
    shares = {name: storm.share for name, value in plan.items() if isinstance(value, float)}
    waits = {name: 0.0 for name in shares if name.endswith("_seconds")}
    answer = httpx.put(address, json={**shares, **waits, **SLOW}, trust_env=False)
    assert answer.status_code == 200, answer.text


def _blow(demo: Demo, storm: Storm) -> Counter[str]:
    """Kill and flush until there were enough calls; every victim in turn, in an order that is drawn."""
    draw = random.Random(storm.seed)
    blows: Counter[str] = Counter()
    victims: list[str] = []
    next_blow = draw.randint(*storm.calls_between_blows)
    stalled_at, calls = time.monotonic() + STALLED_SECONDS, 0
    while calls < storm.calls:
        demo.group.restart_dead()
        if calls >= next_blow:
            victims = victims or draw.sample(VICTIMS, len(VICTIMS))
            victim = victims.pop()
            if strike(demo, victim):
                blows[victim] += 1
            next_blow = calls + draw.randint(*storm.calls_between_blows)
        time.sleep(0.25)
        before, calls = calls, count(demo, col(Attempt.call_sid).is_not(None))
        if calls > before:
            stalled_at = time.monotonic() + STALLED_SECONDS
        elif time.monotonic() > stalled_at:
            raise DidNotCome(f"seed {storm.seed}: no call for {STALLED_SECONDS} s, after {calls}")
    return blows


def strike(demo: Demo, victim: str) -> bool:
    """False when it is down already."""
    if victim == FLUSH:
        redis.Redis.from_url(demo.environment["REDIS_URL"]).flushall()
        return True
    program = next(program for program in demo.group.programs if program.name == victim)
    if program.process is None or program.process.poll() is not None:
        return False
    os.kill(program.process.pid, signal.SIGKILL)
    return True


def people_called(demo: Demo) -> Sequence[dict[str, Any]]:
    """Every call to a person that the sandbox ever placed."""
    calls = httpx.get(f"{demo.sandbox_url}/sandbox/calls", timeout=30, trust_env=False).json()
    return [call for call in calls if not call["to"].startswith("client:")]


def count(demo: Demo, *conditions: ColumnElement[bool] | bool) -> int:
    """Rows of whichever table the conditions speak of."""
    with transaction(demo.engine) as session:
        return session.exec(select(func.count()).where(*conditions)).one()


def unquiet(demo: Demo) -> list[str]:
    """What still goes on, here and at the carrier."""
    state = httpx.get(f"{demo.sandbox_url}/sandbox/state", timeout=30, trust_env=False).json()
    found = {
        "calls are up at the carrier": state["live_calls"],
        "conferences are open": len(state["conferences"]),
        "agents are signed in": count(demo, AgentSession.state != SessionState.OFFLINE),
        "agents' lines are up": count(demo, AgentSession.line != LineState.DOWN),
        "attempts are open": demo.open_attempts(),
        "calls were not seen to end": count(
            demo, col(Attempt.call_sid).is_not(None), col(Attempt.call_ended_at).is_(None)
        ),
    }
    return [f"{number} {what}" for what, number in found.items() if number]


def _wait(demo: Demo, holds: Callable[[], bool], seconds: float, told: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise DidNotCome(f"seed {demo.plan.seed}: after {seconds} s {told()}")
        demo.group.restart_dead()
        time.sleep(0.5)
