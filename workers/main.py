"""The processes: a worker, one for files, the pacer, the cron. Each runs until it is told to stop, and
imports only what it needs, so that all of them start at once on a small machine."""

import signal
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

from dialer.core import heartbeat
from dialer.core.log import configure_logging
from dialer.core.settings import get_settings

WORKER_TTL_SECONDS = 20
"""RQ gives a sign of life 15 s before it runs out, and so every 5 s."""
NEEDED = ("database_url", "redis_url", "public_url", "twilio_account_sid", "twilio_auth_token")


def run_worker() -> None:
    from dialer.core.queue import FILE_QUEUE_NAME, QUEUE_NAMES
    from workers import placing

    _work(heartbeat.Process.WORKER, [name for name in QUEUE_NAMES if name != FILE_QUEUE_NAME])
    placing.get_batches().finish()


def run_files() -> None:
    """Files have a worker of their own: a slow one keeps no call waiting."""
    from dialer.core.queue import FILE_QUEUE_NAME

    _work(heartbeat.Process.FILES, [FILE_QUEUE_NAME])


def _work(process: heartbeat.Process, queues: Sequence[str]) -> None:
    """Jobs, one after another, without forking: a job that crashed is found by the sweeper."""
    from rq import SimpleWorker
    from rq.serializers import JSONSerializer

    from dialer.core.redis import get_redis
    from workers import jobs

    get_settings().require(*NEEDED)
    configure_logging(process.value)
    jobs.get_carrier()

    class Worker(SimpleWorker):
        def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
            super().heartbeat(timeout, pipeline)
            heartbeat.beat(process)

    worker = Worker(
        queues,
        connection=get_redis(),
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
    )
    worker.work(logging_level="WARNING", with_scheduler=False)


def run_pacer() -> None:
    from workers import pacer

    get_settings().require("database_url", "redis_url")
    configure_logging("pacer")
    _until_told(pacer.run)


def run_cron() -> None:
    from workers import cron

    get_settings().require("database_url", "redis_url")
    configure_logging("cron")
    _until_told(cron.run)


def _until_told(loop: Callable[[Event], None]) -> None:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    loop(stop)
