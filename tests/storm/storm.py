"""A storm: the whole house as processes, a carrier that does everything wrong now and then, and processes
that are killed at random. Everything is drawn from one seed; what is left to chance is the machine's time.
"""

import json
import math
import os
import random
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
from dialer.core.processes import ProcessGroup
from dialer.demo import run
from dialer.demo.robots import Robot
from dialer.demo.run import Demo, Plan
from dialer.domain.agent import LineState, SessionState
from dialer.domain.leg import LegState
from dialer.domain.recording import RUNNING, RecordingState
from dialer.domain.user import Role
from dialer.sandbox.faults import KINDS
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.carrier_rate import CarrierRate
from dialer.store.legs import Leg
from dialer.store.recordings import Recording
from tests.storm import campaigns
from tests.storm.findings import Findings, Held, look
from tests.storm.line import Line
from tests.storm.people import Agent, CallsBack, Supervisor
from tests.storm.warm import WarmGroup

CALM_SECONDS = 300
STALLED_SECONDS = 120
FLUSH, CUT = "redis is flushed", "line to the carrier is cut"
VICTIMS = ("web", "worker-1", "worker-2", "files", "pacer", "cron", FLUSH, CUT)
CUT_SECONDS = 1.5
TLS = "tls_failed"
"""Left out: the house speaks plain HTTP with the sandbox. A line that is cut fails as early."""
SLOW = {"answer_slow_seconds": 2.0, "callback_delay_seconds": 1.5, "read_lag_seconds": 20.0}
"""Longer than the house is used to, shorter than its timeouts."""
COMMAND = [] if hasattr(os, "pidfd_open") else dialer()
"""Where the kernel can't watch a process that is another's child, every one imports the house itself."""


@dataclass(frozen=True)
class Storm:
    calls: int
    seed: int
    agents: int = 8
    speed: float = 20.0
    share: float = 0.05
    """Of everything that can go wrong at the carrier."""
    calls_between_blows: tuple[int, int] = (5, 10)
    """By calls and not by time: whoever was struck must have come back, however slow the machine."""
    most_seconds: float = math.inf
    """It ends after so long, with fewer calls."""

    def faults(self) -> dict[str, float]:
        return dict.fromkeys(KINDS, self.share) | SLOW | {TLS: 0.0}


@dataclass(frozen=True)
class Report:
    storm: Storm
    seconds: Mapping[str, float]
    """Each part of it."""
    blows: Counter[str]
    struck: Mapping[str, int]
    """How often each fault did."""
    findings: Findings
    stalled: str = ""
    """Why it ended before there were enough calls."""

    @property
    def wrong(self) -> Sequence[str]:
        return [*filter(None, [self.stalled]), *self.findings.wrong]

    @property
    def never_struck(self) -> Sequence[str]:
        return [kind for kind, times in self.struck.items() if not times and kind != TLS]

    def told(self) -> str:
        seconds = ", ".join(f"{part} {spent:.0f}" for part, spent in self.seconds.items())
        lines = [
            f"seed {self.storm.seed}: {self.findings.calls} calls to people; seconds: {seconds}",
            f"killed, flushed, cut: {counted(self.blows) or 'nothing'}",
            f"faults: {counted(self.struck)}",
            f"found: {counted(self.findings.counts)}",
            *(f"WRONG: {wrong}" for wrong in self.wrong),
            *(f"JOINS: {wrong}" for wrong in self.findings.joins),
        ]
        return "\n".join(lines)


def counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


class DidNotCome(AssertionError):
    """What a storm waited for did not happen in time."""


def rage(storm: Storm, home: Path) -> Report:
    seconds: dict[str, float] = {}
    began = time.monotonic()

    def so_far(part: str) -> None:
        seconds[part] = time.monotonic() - began - sum(seconds.values())

    sandbox_port = free_port()
    with Line(sandbox_port) as line:
        plan = Plan(
            home,
            COMMAND,
            storm.agents,
            storm.seed,
            storm.speed,
            free_port(),
            sandbox_port,
            line.port,
            ProcessGroup if COMMAND else WarmGroup,
            Agent,
            campaigns.sow,
        )
        with run.running(plan) as demo, run.at_work(others(demo)) as people:
            so_far("to start")
            ask(demo, "faults", "PUT", json=storm.faults())
            blows, stalled = _blow(demo, storm, line)
            so_far("of storm")
            for person in people:
                person.go_home()
            demo.drain()
            _wait(demo, lambda: not unquiet(demo), CALM_SECONDS, lambda: "; ".join(unquiet(demo)))
            so_far("to calm")
            held = Held(*(ask(demo, what) for what in ("calls", "stays", "recordings")))
            (home / "carrier.json").write_text(json.dumps(vars(held)))
            struck = ask(demo, "state")["faults_struck"]
            with transaction(demo.engine) as session:
                findings = look(session, held, demo.clock)
    return Report(storm, seconds, blows, struck, findings, stalled)


def others(demo: Demo) -> Sequence[Robot]:
    """A supervisor, and people who call back."""
    boss = next(account for account in demo.accounts if account.role is Role.SUPERVISOR)
    plan, urls = demo.plan, (demo.web_url, demo.sandbox_url)
    return [
        Supervisor(*urls, boss.username, boss.password, plan.speed, plan.seed),
        CallsBack(*urls, "caller", "", plan.speed, plan.seed),
    ]


def ask(demo: Demo, what: str, method: str = "GET", **sent: Any) -> Any:
    """The sandbox's control API."""
    url = f"{demo.sandbox_url}/sandbox/{what}"
    return httpx.request(method, url, timeout=30, trust_env=False, **sent).raise_for_status().json()


def _blow(demo: Demo, storm: Storm, line: Line) -> tuple[Counter[str], str]:
    """Strike until there were enough calls of ours to people, or none for long, which is told; every victim
    in turn, in an order that is drawn."""
    draw = random.Random(storm.seed)
    blows: Counter[str] = Counter()
    victims: list[str] = []
    next_blow = draw.randint(*storm.calls_between_blows)
    stalled_at, calls = time.monotonic() + STALLED_SECONDS, 0
    ends_at = time.monotonic() + storm.most_seconds
    while calls < storm.calls and time.monotonic() < ends_at:
        demo.group.restart_dead()
        if calls >= next_blow:
            victims = victims or draw.sample(VICTIMS, len(VICTIMS))
            victim = victims.pop()
            if strike(demo, line, victim):
                blows[victim] += 1
            next_blow = calls + draw.randint(*storm.calls_between_blows)
        time.sleep(0.25)
        before, calls = (
            calls,
            count(demo, col(Attempt.call_sid).is_not(None), col(Attempt.is_inbound).is_(False)),
        )
        if calls > before:
            stalled_at = time.monotonic() + STALLED_SECONDS
        elif time.monotonic() > stalled_at:
            return blows, f"no call to anybody for {STALLED_SECONDS} s, after {calls}"
    return blows, ""


def strike(demo: Demo, line: Line, victim: str) -> bool:
    """False when it is down already."""
    if victim == FLUSH:
        with redis.Redis.from_url(demo.environment["REDIS_URL"]) as client:
            client.flushall()
        return True
    if victim == CUT:
        line.cut(CUT_SECONDS)
        return True
    program = next(program for program in demo.group.programs if program.name == victim)
    if program.process is None or program.process.poll() is not None:
        return False
    program.process.kill()
    return True


def count(demo: Demo, *conditions: ColumnElement[bool] | bool) -> int:
    """Rows of whichever table the conditions speak of."""
    with transaction(demo.engine) as session:
        return session.exec(select(func.count()).where(*conditions)).one()


def unquiet(demo: Demo) -> list[str]:
    """What still goes on, here and at the carrier."""
    state: dict[str, Any] = ask(demo, "state")
    with redis.Redis.from_url(demo.environment["REDIS_URL"]) as client:
        room = CarrierRate(client, run.CALLS_PER_SECOND).room(0)
    found = {
        "calls are up at the carrier": state["live_calls"],
        "conferences are open": len(state["conferences"]),
        "agents are signed in": count(demo, AgentSession.state != SessionState.OFFLINE),
        "agents' lines are up": count(demo, AgentSession.line != LineState.DOWN),
        "attempts are open": demo.open_attempts(),
        "legs are open": count(demo, Leg.state != LegState.ENDED),
        "calls were not seen to end": count(
            demo, col(Attempt.call_sid).is_not(None), col(Attempt.call_ended_at).is_(None)
        ),
        "recordings go on": count(demo, col(Recording.state).in_(RUNNING)),
        "recordings are still to be fetched": _to_fetch(demo),
        "calls are taken off the rate": int(room == 0),
    }
    return [f"{number} {what}" for what, number in found.items() if number]


def _to_fetch(demo: Demo) -> int:
    """But for those whose sound the carrier does not have, which are asked for during a day."""
    with transaction(demo.engine) as session:
        query = select(Recording.recording_sid).where(Recording.state == RecordingState.COMPLETED)
        waiting = set(session.exec(query))
    known = ask(demo, "recordings") if waiting else []
    missing = {recording["sid"] for recording in known if recording["is_media_missing"]}
    return len(waiting - missing)


def _wait(demo: Demo, holds: Callable[[], bool], seconds: float, told: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise DidNotCome(f"seed {demo.plan.seed}: after {seconds} s {told()}")
        demo.group.restart_dead()
        time.sleep(0.5)
