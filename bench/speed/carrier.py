"""The sandbox of a run: Twilio on this machine with 200 ms for each REST answer, people of quick turn-over,
and a note of when each create arrived and how long each webhook took. `python -m bench.speed.carrier`.

What it noted is had from /bench/seen; /bench/people sets how many answer.
"""

import argparse
import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import uvicorn
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dialer.sandbox import sandbox
from dialer.sandbox.app import create_app
from dialer.sandbox.config import SandboxConfig
from dialer.sandbox.delivery import About, Reply
from dialer.sandbox.people import TABLES
from dialer.sandbox.webhooks import Webhooks

LATENCY_SECONDS = 0.2
RING = [(0.0, 0.5), (1.0, 2.5)]
PATIENCE = [(0.0, 20.0), (1.0, 30.0)]
CALL = re.compile(rb"attempts%2F([0-9a-f-]{36})%2Fanswer")
PROBE_EVERY_SECONDS = 0.1

creates: list[tuple[str, float]] = []
"""Attempt, and the moment at which the request for its call arrived."""
webhooks: list[tuple[str, float, float]] = []
"""Kind, when it was sent, and seconds until it was answered."""
probes: list[tuple[float, float]] = []
"""Of an endpoint that does nothing: when it was asked, and seconds until it answered."""


class TimedWebhooks(Webhooks):
    async def request(self, about: About, url: str, fields: Mapping[str, str], **options: Any) -> Reply:
        at, start = time.time(), time.perf_counter()
        kind = about.kind
        try:
            reply = await super().request(about, url, fields, **options)
            if "/attempts/" in url and "/answer" in url:
                kind = "joined" if b"<Conference" in reply.body else "not joined"
            return reply
        finally:
            webhooks.append((kind, at, time.perf_counter() - start))


class Noting:
    def __init__(self, app: ASGIApp, people: Any) -> None:
        self._app = app
        self._people = people
        self._probing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/bench/"):
            await self._answer(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].endswith("/Calls.json"):
            await self._app(scope, noted(receive, time.time()), send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        told: object = None
        match scope["path"]:
            case "/bench/seen":
                told = seen(float(asked["since"]), float(asked["until"]))
            case "/bench/people":
                self._people._config = answering(self._people._config, float(asked["answered"]))
                TABLES["talk"] = about(float(asked["talk"]))
            case "/bench/probe":
                self._probing = asyncio.get_running_loop().create_task(probe(asked["url"]))
        await JSONResponse(told)(scope, receive, send)


def noted(receive: Receive, arrived_at: float) -> Receive:
    async def receive_and_note() -> Message:
        message = await receive()
        found = CALL.search(message.get("body", b""))
        if found:
            creates.append((found[1].decode(), arrived_at))
        return message

    return receive_and_note


def seen(since: float, until: float) -> dict[str, object]:
    return {
        "creates": [one for one in creates if since <= one[1] < until],
        "webhooks": [one for one in webhooks if since <= one[1] < until],
        "probes": [one for one in probes if since <= one[0] < until],
    }


async def probe(url: str) -> None:
    """Beside everything else, from the same loop that sends the webhooks."""
    async with aiohttp.ClientSession() as session:
        while True:
            at, start = time.time(), time.perf_counter()
            try:
                async with session.get(url) as answer:
                    await answer.read()
                probes.append((at, time.perf_counter() - start))
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(PROBE_EVERY_SECONDS)


def answering(config: SandboxConfig, answered: float) -> SandboxConfig:
    """Whoever does not answer is on the phone: nobody rings for half a minute in vain."""
    return replace(config, answer_rate=answered, machine_rate=0.0, busy_rate=1 - answered, failed_rate=0.0)


def about(mean: float) -> list[tuple[float, float]]:
    return [(0.0, 0.3 * mean), (0.5, 0.8 * mean), (1.0, 2.1 * mean)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--answered", type=float, required=True, help="share of people who answer")
    parser.add_argument("--talk", type=float, required=True, help="mean seconds")
    parser.add_argument("--clock-start", type=datetime.fromisoformat, required=True)
    parser.add_argument("--clock-real-start", type=float, required=True)
    options = parser.parse_args()
    TABLES.update(human_ring=RING, busy_ring=RING, patience=PATIENCE, talk=about(options.talk))
    setattr(sandbox, Webhooks.__name__, TimedWebhooks)
    config = SandboxConfig(
        port=options.port,
        cps=10_000,
        latency_seconds=LATENCY_SECONDS,
        clock_start=options.clock_start,
        clock_real_start=options.clock_real_start,
    )
    app = create_app(answering(config, options.answered))
    noting = Noting(app, app.state.sandbox.people)
    uvicorn.run(noting, host=config.host, port=config.port, log_level="warning", access_log=False,
                timeout_keep_alive=75, timeout_graceful_shutdown=1)  # fmt: skip


if __name__ == "__main__":
    main()
