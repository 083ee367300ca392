"""Measures what one sandbox process takes: `make bench-sandbox`, or `python -m bench.sandbox [--help]`.

The sandbox is started as `dialer sandbox` starts it. A thousand calls are brought into progress and stay.
Meanwhile further calls are created as fast as the connections allow, are answered, and end two seconds later.
Every call fetches its TwiML and sends its four status callbacks to a sink in this process. Requests are made
with aiohttp, for Twilio's own library would be the slower side. Linux only: it reads /proc.
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import aiohttp
from aiohttp import web

ACCOUNT, TOKEN, OURS = "AC" + "0" * 32, "sandbox", "+15005550006"
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
STAYING = [f"+130355501{number:02}" for number in range(100)]
PASSING = [f"+120655501{number:02}" for number in range(100)]
PEOPLE = {
    "staying": {"behaviour": "human", "ring_seconds": 0.5, "patience_seconds": 10**6},
    "passing": {"behaviour": "human", "ring_seconds": 0.5, "patience_seconds": 2},
}
EVENTS = ["initiated", "ringing", "answered", "completed"]
TWIML = "<Response><Pause length='100000'/></Response>"
PATIENCE_SECONDS = 60.0


class Sink:
    """The customer's server: hands out TwiML and counts callbacks."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.heard["answer"] += 1
        await request.read()
        return web.Response(text=TWIML, content_type="text/xml")

    async def status(self, request: web.Request) -> web.Response:
        self.heard["status"] += 1
        await request.read()
        return web.Response(status=204)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        app = web.Application()
        app.add_routes([web.post("/answer", self.answer), web.post("/status", self.status)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        listener = bound()
        await web.SockSite(runner, listener).start()
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield
        await runner.cleanup()


@dataclass(frozen=True)
class Usage:
    """What a process has used by now, as Linux tells."""

    cpu_seconds: float
    memory_mb: float

    @classmethod
    def of(cls, pid: int) -> "Usage":
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks, pages = int(fields[11]) + int(fields[12]), int(fields[21])
        return cls(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


@dataclass(frozen=True)
class Result:
    in_progress: int
    creates_per_second: float
    create_ms: list[float]
    webhooks_per_second: float
    sandbox_cpu: float
    bench_cpu: float
    memory_mb: float


class Bench:
    def __init__(self, session: aiohttp.ClientSession, sink: Sink, connections: int) -> None:
        self._session = session
        self._sink = sink
        self._connections = connections

    async def prepare(self, in_progress: int) -> None:
        for numbers, person in ((STAYING, "staying"), (PASSING, "passing")):
            for number in numbers:
                async with self._session.put(f"/sandbox/numbers/{number}", json=PEOPLE[person]) as answer:
                    answer.raise_for_status()
        left = iter(range(in_progress))
        await self._at_once(lambda: self._create_all(STAYING, lambda: next(left, None) is not None, []))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.in_progress() < in_progress:
                await asyncio.sleep(0.1)

    async def measure(self, seconds: float) -> tuple[float, list[float]]:
        """Seconds that it took, and how long each create did."""
        took: list[float] = []
        start = perf_counter()
        await self._at_once(lambda: self._create_all(PASSING, lambda: perf_counter() - start < seconds, took))
        return perf_counter() - start, took

    async def end(self) -> None:
        async with self._session.post("/sandbox/reset") as answer:
            answer.raise_for_status()

    async def in_progress(self) -> int:
        async with self._session.get("/sandbox/state") as answer:
            state = await answer.json()
            return int(state["calls"]["in-progress"])

    async def _at_once(self, work: Callable[[], Awaitable[None]]) -> None:
        await asyncio.gather(*(work() for _ in range(self._connections)))

    async def _create_all(self, numbers: list[str], more: Callable[[], bool], took: list[float]) -> None:
        while more():
            fields = [
                ("To", numbers[len(took) % len(numbers)]),
                ("From", OURS),
                ("Url", f"{self._sink.url}/answer"),
                ("StatusCallback", f"{self._sink.url}/status?attempt={len(took)}#rc=3"),
                *(("StatusCallbackEvent", event) for event in EVENTS),
            ]
            start = perf_counter()
            async with self._session.post(CALLS, data=fields) as answer:
                await answer.read()
                assert answer.status == 201, answer.status
            took.append(perf_counter() - start)


async def run(url: str, sandbox_pid: int, options: argparse.Namespace) -> Result:
    sink = Sink()
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
    async with sink.listening(), aiohttp.ClientSession(url, headers=headers) as session:
        bench = Bench(session, sink, options.connections)
        await listens(session)
        await bench.prepare(options.in_progress)
        before, own_before, heard = Usage.of(sandbox_pid), Usage.of(os.getpid()), sink.heard.total()
        least = await bench.in_progress()
        seconds, took = await bench.measure(options.seconds)
        after, own_after, delivered = Usage.of(sandbox_pid), Usage.of(os.getpid()), sink.heard.total() - heard
        least = min(least, await bench.in_progress())
        await bench.end()
        return Result(
            in_progress=least,
            creates_per_second=len(took) / seconds,
            create_ms=[1000 * one for one in took],
            webhooks_per_second=delivered / seconds,
            sandbox_cpu=(after.cpu_seconds - before.cpu_seconds) / seconds,
            bench_cpu=(own_after.cpu_seconds - own_before.cpu_seconds) / seconds,
            memory_mb=after.memory_mb,
        )


async def listens(session: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                async with session.get("/sandbox/state"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)


def bound() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


def report(result: Result, target: float) -> None:
    percentiles = quantiles(result.create_ms, n=100)
    cpu = result.sandbox_cpu / result.creates_per_second
    rows = [
        ("calls in progress throughout", f"{result.in_progress:,}", ""),
        ("creates a second", f"{result.creates_per_second:.0f}", f"at least {target:.0f} wanted"),
        ("a create takes, ms: p50", f"{percentiles[49]:.1f}", ""),
        ("a create takes, ms: p99", f"{percentiles[98]:.1f}", ""),
        ("webhooks answered a second", f"{result.webhooks_per_second:.0f}", "TwiML and status callbacks"),
        ("CPU of the sandbox", f"{result.sandbox_cpu:.0%}", f"of a core; this bench {result.bench_cpu:.0%}"),
        ("CPU for one create, ms", f"{1000 * cpu:.1f}", f"or {1 / cpu:.0f} a second on a core of its own"),
        ("memory of the sandbox, MB", f"{result.memory_mb:.0f}", ""),
    ]
    for name, value, note in rows:
        print(f"{name:<30}{value:>8}   {note}".rstrip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in-progress", type=int, default=1000, help="calls that stay while others are made")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long calls are created")
    parser.add_argument("--connections", type=int, default=16, help="creates asked for at once")
    parser.add_argument("--target", type=float, default=200.0, help="creates a second below which it fails")
    options = parser.parse_args()
    with bound() as listener:
        port = listener.getsockname()[1]
    dialer = Path(sys.executable).with_name("dialer")
    sandbox = subprocess.Popen([dialer, "sandbox", "--port", str(port), "--cps", "100000"])
    try:
        result = asyncio.run(run(f"http://127.0.0.1:{port}", sandbox.pid, options))
    finally:
        sandbox.terminate()
        sandbox.wait()
    report(result, options.target)
    reached = result.creates_per_second >= options.target and result.in_progress >= options.in_progress
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
