"""Runs the sandbox as a process of its own until SIGINT or SIGTERM."""

import signal
import socket
import sys
from collections.abc import Callable

import uvicorn

from dialer.sandbox import tls
from dialer.sandbox.app import create_app
from dialer.sandbox.config import SandboxConfig

GRACE_SECONDS = 3
KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep idle connections: none is cut just as it is used again."""


class Server(uvicorn.Server):
    """Says when it takes requests."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


def serve(
    config: SandboxConfig, tell_ready: Callable[[], None], listener: socket.socket | None = None
) -> None:
    """At `listener`, or at a socket of its own at the configured address."""
    # uvicorn raises the signal that stopped it once more when it is done: that must not kill us.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, frame: None)
    app = create_app(config)
    settings = uvicorn.Config(
        app,
        host=config.host,
        port=config.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        **tls.served_by(config, app.state.sandbox.faults),
    )
    server = Server(settings, tell_ready)
    server.run(sockets=None if listener is None else [listener])
    if not server.started:
        sys.exit(1)
