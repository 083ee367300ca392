"""The processes: a worker, the pacer, the cron. Each runs until it is told to stop."""

import signal
from collections.abc import Callable
from threading import Event

from rq import SimpleWorker
from rq.serializers import JSONSerializer

from dialer.core.log import configure_logging
from dialer.core.queue import QUEUE_NAME
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from workers import cron, jobs, pacer

NEEDED = ("database_url", "redis_url", "public_url", "twilio_account_sid", "twilio_auth_token")


def run_worker() -> None:
    """Jobs, one after another, without forking: a job that crashed is found by the sweeper."""
    get_settings().require(*NEEDED)
    configure_logging("worker")
    jobs.get_carrier()
    worker = SimpleWorker([QUEUE_NAME], connection=get_redis(), serializer=JSONSerializer)
    worker.work(logging_level="WARNING", with_scheduler=False)


def run_pacer() -> None:
    get_settings().require("database_url", "redis_url")
    configure_logging("pacer")
    _until_told(pacer.run)


def run_cron() -> None:
    get_settings().require("database_url", "redis_url")
    configure_logging("cron")
    _until_told(cron.run)


def _until_told(loop: Callable[[Event], None]) -> None:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    loop(stop)
