"""Whatever crashes, the books balance: nobody is dialled twice, no attempt stays open, no lead is lost.

The whole house runs, as processes, against the sandbox.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from dialer.cli.processes import dialer
from dialer.core.embedded import free_port
from dialer.demo import run
from dialer.demo.run import Demo, Plan

WAIT_SECONDS = 180


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    plan = Plan(tmp_path, dialer(), agents=4, web_port=free_port(), sandbox_port=free_port())
    with run.running(plan) as demo:
        yield demo


def wait_until(demo: Demo, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        demo.group.restart_dead()
        time.sleep(0.05)


def dials_more(demo: Demo, by: int) -> None:
    before = demo.numbers().dials
    wait_until(demo, lambda: demo.numbers().dials >= before + by)


def calls_are_up(demo: Demo) -> bool:
    return demo.open_attempts() >= 2


def test_killing_worker_pacer_and_web_in_turn_loses_nothing(demo: Demo) -> None:
    dials_more(demo, 3)
    for name in ("worker-1", "worker-2", "pacer", "web", "cron"):
        wait_until(demo, lambda: calls_are_up(demo))
        program = next(program for program in demo.group.programs if program.name == name)
        os.kill(demo.group.pid(name), signal.SIGKILL)
        wait_until(demo, lambda: program.restarts == 1)  # noqa: B023 - waited for within the round
        dials_more(demo, 2)
    demo.drain()
    books = demo.balance()
    assert books.faults == ()
    assert books.double_dials == 0
    assert books.open_attempts == 0
    assert books.sandbox_calls == books.placed > 0
    assert books.connected > 0


def test_flushing_redis_loses_nothing(demo: Demo) -> None:
    client = redis.Redis.from_url(demo.environment["REDIS_URL"])
    for _ in range(4):
        dials_more(demo, 2)
        wait_until(demo, lambda: calls_are_up(demo))
        client.flushall()
    dials_more(demo, 3)
    demo.drain()
    books = demo.balance()
    assert books.faults == ()
    assert books.double_dials == 0
    assert books.open_attempts == 0
    assert books.sandbox_calls == books.placed > 0
