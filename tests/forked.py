"""Processes that begin at once: each is forked off one that has imported what is slow to import. They have
settings, streams and an exit status of their own, and are killed, like any other."""

import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess

HOUSE = (
    "dialer.app",
    "dialer.sandbox.serve",
    "rich.progress",
    "rich.table",
    "rq.serializers",
    "typer.rich_utils",
    "workers.jobs",
    "workers.main",
)
"""Not the commands themselves, which ask at once how wide the terminal is."""

forked = get_context("forkserver")
forked.set_forkserver_preload([*HOUSE])


def dialer(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """The command `dialer WORDS` from here on, to its end."""
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["dialer", *words]
    from dialer.cli import app

    app()


def running(*words: str) -> ForkServerProcess:
    """`dialer WORDS`, begun, set as this process is now."""
    process = forked.Process(target=dialer, args=(words, dict(os.environ)))
    process.start()
    return process
