"""How many requests may have a transaction at once: no more than there are connections.

Who waits here holds neither a connection nor a thread: else requests that have a connection wait for a
thread, and all threads for a connection. Pages leave room for the carrier, whose people are on the line.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.exceptions import HTTPException

SPARE = 2
"""Connections for what a process notes beside its requests, and for `/readyz`."""
WAIT_SECONDS = 5.0
"""For a turn; the carrier gives up after 15, and repeats at once what was refused."""


class Admission:
    def __init__(self, connections: int) -> None:
        most = max(1, connections - SPARE)
        self._all = asyncio.Semaphore(most)
        self._pages = asyncio.Semaphore(max(1, most * 2 // 3))

    @asynccontextmanager
    async def enter(self, *, is_carrier: bool) -> AsyncIterator[None]:
        """Raises `HTTPException` 503 when there was no turn in time."""
        async with AsyncExitStack() as turns:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    if not is_carrier:
                        await turns.enter_async_context(self._pages)
                    await turns.enter_async_context(self._all)
            except TimeoutError as error:
                raise HTTPException(503, "Too much at once. Try again.", {"Retry-After": "1"}) from error
            yield
