"""Agents at work, all in one process: each holds her page's event stream open, fetches the page when
something is new, and saves a disposition after each call. `python -m bench.speed.robots`.

They ask for what the desk's own script asks for. What was heard is written down at the end (SIGTERM).
"""

import argparse
import asyncio
import json
import random
import re
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

STARTS_A_SECOND = 5
AGAIN_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 60.0
DESK = re.compile(r'id="desk" data-state="([^"]*)" data-attempt="([^"]*)"')


class Robot:
    def __init__(self, http: aiohttp.ClientSession, browser: dict[str, str], options: argparse.Namespace):
        self._http = http
        self._headers = browser | {"HX-Request": "true"}
        self._campaign = options.campaign
        self._wrap_seconds = options.wrap
        self._news = asyncio.Event()
        self.heard: list[tuple[float, str, str]] = []

    async def work(self, after: float) -> None:
        await asyncio.sleep(after)
        await asyncio.gather(self._again_and_again(self._listen), self._again_and_again(self._act))

    async def _again_and_again(self, do: Any) -> None:
        while True:
            try:
                await do()
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        timeout = aiohttp.ClientTimeout(sock_read=45)
        async with self._http.get("/desk/events", headers=self._headers, timeout=timeout) as stream:
            stream.raise_for_status()
            event = b""
            async for line in stream.content:
                if line.startswith(b"event: "):
                    event = line[7:].strip()
                elif line.startswith(b"data: ") and event == b"state":
                    told = json.loads(line[6:])
                    if told:
                        self.heard.append((time.time(), told["session_id"], told["state"]))
                    self._news.set()

    async def _act(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), LOOK_AGAIN_SECONDS)
        self._news.clear()
        await self._do(*await self._ask("GET", "/desk/state"))

    async def _do(self, state: str, attempt_id: str) -> None:
        match state:
            case "offline":
                await self._ask("POST", "/desk/start", campaign_id=self._campaign)
            case "paused" | "line_lost":
                await asyncio.sleep(AGAIN_SECONDS)
                await self._ask("POST", "/desk/ready")
            case "wrap_up":
                await asyncio.sleep(self._wrap_seconds * random.uniform(0.5, 1.5))
                form = {"attempt_id": attempt_id, "disposition": "hung_up", "notes": "Noted by a robot."}
                await self._ask("POST", "/desk/disposition", **form)

    async def _ask(self, method: str, path: str, **form: Any) -> tuple[str, str]:
        """The state that the desk shows, and whose call."""
        async with self._http.request(method, path, data=form or None, headers=self._headers) as answer:
            found = DESK.search(await answer.text())
            return (found[1], found[2]) if found else ("", "")


async def work(options: argparse.Namespace) -> None:
    browsers = json.loads(options.agents.read_text())
    leaves = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leaves.set)
    async with aiohttp.ClientSession(
        options.web,
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=30),
    ) as http:
        robots = [Robot(http, browser, options) for browser in browsers]
        shifts = [
            asyncio.get_running_loop().create_task(robot.work(n / STARTS_A_SECOND))
            for n, robot in enumerate(robots)
        ]
        await leaves.wait()
        for shift in shifts:
            shift.cancel()
        await asyncio.gather(*shifts, return_exceptions=True)
    heard = sorted(one for robot in robots for one in robot.heard)
    options.heard.write_text(json.dumps(heard))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("agents", type=Path, help="the headers of their browsers, as JSON")
    parser.add_argument("heard", type=Path, help="where to write what was heard")
    parser.add_argument("--web", required=True)
    parser.add_argument("--campaign", required=True)
    parser.add_argument("--wrap", type=float, required=True, help="mean seconds of a wrap-up")
    asyncio.run(work(parser.parse_args()))


if __name__ == "__main__":
    main()
