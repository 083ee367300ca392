"""A demo from start to end: services, processes, sandbox, robots; stopped in the order that leaves
nothing open and nobody behind."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import httpx
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from dialer.core.clock import Clock, real_now
from dialer.core.database import make_engine, transaction
from dialer.core.embedded import embedded_postgresql, embedded_valkey, free_port
from dialer.core.errors import DialerError
from dialer.core.processes import ProcessGroup, Program
from dialer.core.settings import adopt, get_settings, kept_for_commands
from dialer.demo import books, clock, seed
from dialer.demo.robots import Robot
from dialer.domain.attempt import OPEN
from dialer.domain.campaign import CampaignEvent
from dialer.migrations import runner
from dialer.services import account_numbers, agents, campaigns, reports
from dialer.store import agent_sessions, caller_ids
from dialer.store import campaigns as campaign_rows
from dialer.store.attempts import Attempt
from dialer.telephony.twilio import TwilioCarrier
from dialer.telephony.urls import CarrierUrls

START_SECONDS = 120
DRAIN_SECONDS = 120
LEAVE_SECONDS = 5
ACCOUNT_SID, AUTH_TOKEN = "AC" + "0" * 32, "sandbox"
CALLS_PER_SECOND = 30


class DidNotStart(DialerError):
    """A process of the demo never answered; its log says why."""


@dataclass(frozen=True)
class Plan:
    home: Path
    command: Sequence[str]
    """What runs our own command line."""
    agents: int = 5
    seed: int = 7
    speed: float = 10.0
    web_port: int = 8000
    sandbox_port: int = 8100
    carrier_port: int | None = None
    """Where we reach the sandbox, if not directly."""
    group: Callable[[Sequence[Program], Path], ProcessGroup] = ProcessGroup
    robot: Callable[[str, str, str, str, float, int], Robot] = Robot
    sow_more: Callable[[Session, datetime], None] | None = None
    """Into the database, before anything runs."""


@dataclass
class Demo:
    """A demo that runs."""

    plan: Plan
    engine: Engine
    group: ProcessGroup
    clock: Clock
    accounts: Sequence[seed.Account]
    robots: Sequence[Robot]
    environment: Mapping[str, str]
    started_at: datetime

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.plan.web_port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.plan.sandbox_port}"

    def numbers(self) -> reports.Row:
        with transaction(self.engine) as session:
            return reports.total(session, self.started_at, self.clock.now())

    def drain(self) -> None:
        """No new calls; every agent finishes hers; everything in flight comes to its end."""
        with transaction(self.engine) as session:
            for campaign in campaign_rows.running(session):
                campaigns.move(session, campaign, CampaignEvent.PAUSE, None, self.clock.now())
        for robot in self.robots:
            robot.go_home()
        deadline = time.monotonic() + DRAIN_SECONDS
        for robot in self.robots:
            robot.thread.join(max(0.1, deadline - time.monotonic()))
        while self.open_attempts() and time.monotonic() < deadline:
            self.group.restart_dead()
            Event().wait(0.1)

    def balance(self) -> books.Books:
        calls = httpx.get(f"{self.sandbox_url}/sandbox/calls", timeout=30, trust_env=False).json()
        with transaction(self.engine) as session:
            return books.balance(session, calls, self.clock.now())

    def open_attempts(self) -> int:
        with transaction(self.engine) as session:
            query = select(func.count()).select_from(Attempt).where(col(Attempt.state).in_(OPEN))
            return session.exec(query).one()


@contextlib.contextmanager
def running(plan: Plan) -> Iterator[Demo]:
    """Everything started, the robots at work; leaving it stops every process."""
    plan.home.mkdir(parents=True, exist_ok=True)
    with embedded_postgresql(plan.home) as database_url, embedded_valkey(plan.home) as redis_url:
        runner.upgrade(database_url)
        engine = make_engine(database_url, 5)
        shifted = _clock(engine, plan)
        environment = _environment(plan, shifted, database_url, redis_url)
        adopt(environment)
        accounts = _prepare(engine, plan, shifted)
        try:
            with (
                kept_for_commands(environment),
                plan.group(_programs(plan, environment), plan.home / "logs") as group,
            ):
                wait_until_ready(group, plan)
                _send_calls_here(engine, shifted)
                demo = Demo(plan, engine, group, shifted, accounts, _robots(plan), environment, shifted.now())
                with at_work(demo.robots):
                    yield demo
        finally:
            engine.dispose()


@contextlib.contextmanager
def at_work(robots: Sequence[Robot]) -> Iterator[Sequence[Robot]]:
    for robot in robots:
        robot.thread.start()
    try:
        yield robots
    finally:
        for robot in robots:
            robot.kill()
        for robot in robots:
            robot.thread.join(LEAVE_SECONDS)


def _clock(engine: Engine, plan: Plan) -> Clock:
    """Ten in the morning of a weekday, after all that the kept data know of."""
    real = real_now()
    with transaction(engine) as session:
        last = clock.last_recorded(session)
    opening = clock.next_opening(last) if last is not None else clock.first_opening(real)
    return Clock(opening.astimezone(UTC), real, plan.speed)


def _prepare(engine: Engine, plan: Plan, shifted: Clock) -> Sequence[seed.Account]:
    """The data that this run begins with."""
    with transaction(engine) as session:
        last = clock.last_recorded(session)
        if last is not None:
            _end_left_over(session, last)
        accounts = seed.sow(session, plan.home, plan.agents, plan.seed, shifted.now())
        campaign = campaign_rows.by_slug(session, seed.CAMPAIGN)
        if campaign is not None:
            campaigns.move(session, campaign, CampaignEvent.START, None, shifted.now())
        if plan.sow_more is not None:
            plan.sow_more(session, shifted.now())
    return accounts


def _send_calls_here(engine: Engine, shifted: Clock) -> None:
    """Whoever calls a number of ours back reaches us."""
    settings = get_settings()
    numbers = TwilioCarrier(settings).numbers
    asked_at, owned = shifted.now(), numbers.owned()
    with transaction(engine) as session:
        account_numbers.record(session, owned, asked_at)
        shown = caller_ids.campaigns_by_number(session)
    account_numbers.send_calls(numbers, owned, shown, CarrierUrls(str(settings.public_url)))


def _end_left_over(session: Session, at: datetime) -> None:
    """Sessions of the run before end when it did, not a night later."""
    for agent in agent_sessions.signed_in(session):
        agents.end(session, agent, at)


def _environment(plan: Plan, shifted: Clock, database_url: str, redis_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DIALER_HOME": str(plan.home),
        "PUBLIC_URL": f"http://127.0.0.1:{plan.web_port}",
        "WEB_PORT": str(plan.web_port),
        "TWILIO_BASE_URL": f"http://127.0.0.1:{plan.carrier_port or plan.sandbox_port}",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_CALLS_PER_SECOND": str(CALLS_PER_SECOND),
        "CLOCK_START": shifted.start.isoformat(),
        "CLOCK_REAL_START": shifted.real_start.isoformat(),
        "CLOCK_SPEED": str(shifted.speed),
    }


def _programs(plan: Plan, environment: Mapping[str, str]) -> list[Program]:
    sandbox = [
        *plan.command,
        "sandbox",
        f"--port={plan.sandbox_port}",
        f"--speed={plan.speed}",
        f"--seed={plan.seed + datetime.fromisoformat(environment['CLOCK_START']).toordinal()}",
        "--talk-scale=0.3",
        f"--clock-start={datetime.fromisoformat(environment['CLOCK_START']):%Y-%m-%dT%H:%M:%S%z}",
        f"--clock-real-start={datetime.fromisoformat(environment['CLOCK_REAL_START']).timestamp()}",
    ]
    ours = [
        Program(name, [*plan.command, name.split("-")[0]], environment)
        for name in ("web", "worker-1", "worker-2", "files", "pacer", "cron")
    ]
    return [Program("sandbox", sandbox, {}), *ours]


def _robots(plan: Plan) -> list[Robot]:
    password = seed.passwords(plan.home)["robots"]
    web, sandbox = f"http://127.0.0.1:{plan.web_port}", f"http://127.0.0.1:{plan.sandbox_port}"
    return [
        plan.robot(web, sandbox, seed.robot_username(number), password, plan.speed, plan.seed)
        for number in range(1, plan.agents + 1)
    ]


def wait_until_ready(group: ProcessGroup, plan: Plan) -> None:
    """Until web and sandbox answer. Raises `DidNotStart` naming the log to read."""
    deadline = time.monotonic() + START_SECONDS
    for name, url in (
        ("sandbox", f"http://127.0.0.1:{plan.sandbox_port}/sandbox/state"),
        ("web", f"http://127.0.0.1:{plan.web_port}/readyz"),
    ):
        while not _answers(url):
            dead = [program.name for program in group.programs if program.process and program.process.poll()]
            if dead or time.monotonic() > deadline:
                who = ", ".join(dead) or name
                raise DidNotStart(f"{who} did not start; see {plan.home / 'logs'}.")
            Event().wait(0.1)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def port_or_free(port: int) -> int:
    """`port` if nobody listens there, else a free one."""
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    return free_port() if taken else port
