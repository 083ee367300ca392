"""The house of a run: embedded services, the sandbox, and every process as `dialer up` starts them, on real
time but at ten in the morning where the contacts live. Left, nothing of it runs on."""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import redis
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from bench.speed import commits, seed
from dialer.cli.processes import dialer, programs
from dialer.core.clock import Clock, real_now
from dialer.core.database import make_engine, transaction
from dialer.core.embedded import embedded_postgresql, embedded_valkey, free_port
from dialer.core.processes import ProcessGroup, Program
from dialer.core.settings import adopt, get_settings
from dialer.demo.clock import first_opening
from dialer.demo.run import ACCOUNT_SID, AUTH_TOKEN, Plan, wait_until_ready
from dialer.domain.agent import SessionState
from dialer.domain.attempt import OPEN
from dialer.domain.campaign import CampaignEvent, DialMode
from dialer.migrations import runner
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.carrier_rate import SHARE

SANDBOX, ROBOTS = "sandbox", "robots"
NOT_OURS = (SANDBOX, ROBOTS)
"""What stands in for the carrier, and for the agents' browsers."""
WORK_SECONDS = 3.4
"""Mean seconds of agents' time for each call placed: 300 of them would take 88 calls a second."""
WRAP_SECONDS, JOIN_SECONDS = 1.5, 0.6
SPARE = 1.04
"""Calls a second that the house may place, of those that are wanted."""
QUIET_SECONDS = 20.0


def talk_seconds(answered: float) -> float:
    return max(0.5, WORK_SECONDS / answered - WRAP_SECONDS - JOIN_SECONDS)


@dataclass(frozen=True)
class Size:
    agents: int
    calls_a_second: float
    contacts: int
    answered: float
    mode: DialMode = DialMode.PREDICTIVE
    workers: int | None = None
    """As many as a deployment has by default."""


@dataclass
class House:
    home: Path
    size: Size
    engine: Engine
    group: ProcessGroup
    clock: Clock
    sandbox_url: str
    web_url: str
    campaign_id: int
    services: dict[str, int]
    """Process ids of PostgreSQL and Valkey."""
    fallen: list[str] = field(default_factory=list)

    @property
    def pids(self) -> dict[str, int]:
        running = {program.name: self.group.pid(program.name) for program in self.group.programs}
        return running | self.services

    def now(self) -> datetime:
        return self.clock.now()

    def real(self, moment: datetime) -> float:
        """Of the house's clock, as Unix time."""
        return (self.clock.real_start + (moment - self.clock.start)).timestamp()

    def carrier(self, what: str, **asked: Any) -> Any:
        answer = httpx.get(f"{self.sandbox_url}/bench/{what}", params=asked, timeout=60, trust_env=False)
        return answer.raise_for_status().json()

    def answer_by(self, answered: float) -> None:
        """From here on such a share of people answers, and talks the shorter."""
        self.carrier("people", answered=answered, talk=talk_seconds(answered))

    def pass_time(self, seconds: float, told: Callable[[float], None] = lambda _: None) -> None:
        """Restarts what dies, and remembers that it did."""
        started = time.monotonic()
        while (gone := time.monotonic() - started) < seconds:
            before = {program.name: program.restarts for program in self.group.programs}
            self.group.restart_dead()
            self.fallen += [one.name for one in self.group.programs if one.restarts > before[one.name]]
            told(gone)
            time.sleep(min(0.5, seconds))

    def wait_for_agents(self, seconds: float) -> int:
        """How many are ready, once all are or the time is over."""
        deadline = time.monotonic() + seconds
        while (ready := self._count(AgentSession, SessionState.READY)) < self.size.agents:
            if time.monotonic() > deadline:
                break
            self.pass_time(0.5)
        print(f"{ready} of {self.size.agents} agents are ready", flush=True)
        return ready

    def _count(self, table: Any, *states: Any) -> int:
        with transaction(self.engine) as session:
            query = select(func.count()).select_from(table).where(col(table.state).in_(states))
            return session.exec(query).one()

    def start(self) -> None:
        seed.move(self.engine, self.campaign_id, CampaignEvent.START, self.now())

    def pause(self) -> None:
        """No new calls; those under way come to their end."""
        seed.move(self.engine, self.campaign_id, CampaignEvent.PAUSE, self.now())
        deadline = time.monotonic() + QUIET_SECONDS
        while self._count(Attempt, *OPEN) and time.monotonic() < deadline:
            self.pass_time(0.5)

    def replace(self, name: str, command: Sequence[str]) -> None:
        """Another program in the place of the one of that name."""
        program = next(program for program in self.group.programs if program.name == name)
        assert program.process is not None
        program.process.send_signal(signal.SIGTERM)
        program.process.wait(15)
        program.command = command
        self.group.restart_dead()
        self.wait_for_web()

    def wait_for_web(self) -> None:
        wait_until_ready(self.group, plan_of(self.home, self.sandbox_url, self.web_url))

    def heard(self) -> list[tuple[float, str, str]]:
        """What the robots' pages heard, and when; they go home."""
        program = next(program for program in self.group.programs if program.name == ROBOTS)
        self.group.programs.remove(program)
        assert program.process is not None
        program.process.send_signal(signal.SIGTERM)
        program.process.wait(30)
        return [(at, who, state) for at, who, state in json.loads((self.home / seed.HEARD_FILE).read_text())]


@contextmanager
def services(home: Path) -> Iterator[tuple[dict[str, str], dict[str, int]]]:
    """Their addresses as settings, and their process ids."""
    home.mkdir(parents=True, exist_ok=True)
    commits.keep_times(home)
    with embedded_postgresql(home) as database_url, embedded_valkey(home) as redis_url:
        runner.upgrade(database_url)
        with redis.Redis.from_url(redis_url) as client:
            valkey = int(client.info()["process_id"])
        postmaster = int((home / "postgresql" / "postmaster.pid").read_text().split()[0])
        yield (
            {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "DIALER_HOME": str(home)},
            {"postgresql": postmaster, "valkey": valkey},
        )


def opened() -> Clock:
    """Real time, moved to when people may be called."""
    real = real_now()
    return Clock(first_opening(real).astimezone(UTC), real)


def clock_settings(clock: Clock) -> dict[str, str]:
    return {"CLOCK_START": clock.start.isoformat(), "CLOCK_REAL_START": clock.real_start.isoformat()}


@contextmanager
def house(home: Path, size: Size) -> Iterator[House]:
    with services(home) as (urls, pids):
        engine = make_engine(urls["DATABASE_URL"], 5)
        try:
            commits.watch(engine)
            clock = opened()
            sandbox_url, web_url = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
            adopt(environment := urls | _settings(size, clock, sandbox_url, web_url))
            with transaction(engine) as session:
                campaign_id = _sow(session, home, size, clock.now())
            seed.analyze(engine)
            sandbox = _sandbox(size, clock, sandbox_url)
            with ProcessGroup([sandbox, *programs(get_settings(), environment)], home / "logs") as group:
                made = House(home, size, engine, group, clock, sandbox_url, web_url, campaign_id, pids)
                made.wait_for_web()
                robots = _robots(made, environment)
                with ProcessGroup([robots], home / "logs") as others:
                    group.programs += others.programs
                    made.carrier("probe", url=f"{web_url}/healthz")
                    yield made
        finally:
            engine.dispose()


def _sow(session: Session, home: Path, size: Size, now: datetime) -> int:
    seed.agents(session, home, size.agents, now)
    campaign = seed.campaign(session, "bench", size.mode, now)
    seed.contacts(session, campaign.id, 0, min(size.contacts, seed.MOST_CONTACTS), now)
    return campaign.id


def _settings(size: Size, clock: Clock, sandbox_url: str, web_url: str) -> dict[str, str]:
    workers = {"WORKER_COUNT": str(size.workers)} if size.workers else {}
    return {
        "PUBLIC_URL": web_url,
        "WEB_PORT": web_url.rpartition(":")[2],
        "TWILIO_BASE_URL": sandbox_url,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_CALLS_PER_SECOND": str(size.calls_a_second * SPARE / SHARE),
        **clock_settings(clock),
        **workers,
    }


def _sandbox(size: Size, clock: Clock, url: str) -> Program:
    command = [
        sys.executable,
        "-m",
        "bench.speed.carrier",
        f"--port={url.rpartition(':')[2]}",
        f"--answered={size.answered}",
        f"--talk={talk_seconds(size.answered)}",
        f"--clock-start={clock.start.isoformat()}",
        f"--clock-real-start={clock.real_start.timestamp()}",
    ]
    return Program(SANDBOX, command, {})


def _robots(made: House, environment: dict[str, str]) -> Program:
    command = [
        sys.executable,
        "-m",
        "bench.speed.robots",
        str(made.home / seed.AGENTS_FILE),
        str(made.home / seed.HEARD_FILE),
        f"--web={made.web_url}",
        f"--campaign={made.campaign_id}",
        f"--wrap={WRAP_SECONDS}",
    ]
    return Program(ROBOTS, command, environment)


def plan_of(home: Path, sandbox_url: str, web_url: str) -> Plan:
    ports = (int(url.rpartition(":")[2]) for url in (web_url, sandbox_url))
    return Plan(home, dialer(), web_port=next(ports), sandbox_port=next(ports))
