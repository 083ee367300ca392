"""Runs the sandbox as a process of its own until SIGINT or SIGTERM."""

import signal

import uvicorn

from dialer.sandbox.app import create_app
from dialer.sandbox.config import SandboxConfig

GRACE_SECONDS = 3
KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep idle connections: none is cut just as it is used again."""


def serve(config: SandboxConfig) -> None:
    # uvicorn raises the signal that stopped it once more when it is done: that must not kill us.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, frame: None)
    uvicorn.run(
        create_app(config),
        host=config.host,
        port=config.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
