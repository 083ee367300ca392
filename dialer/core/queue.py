"""RQ: the names of the jobs and how one is queued.

A job carries ids and is safe to run late, twice or never: it re-reads its row under a lock. RQ's
own retries stay off, for a retried placing would dial twice.
"""

from enum import StrEnum

from rq import Queue
from rq.serializers import JSONSerializer

from dialer.core.redis import get_redis

QUEUE_NAME = "dialer"
JOB_SECONDS = 60
FAILED_JOB_SECONDS = 86_400


class Job(StrEnum):
    PLACE_CALL = "workers.jobs.place_call"
    HANG_UP = "workers.jobs.hang_up"
    CALL_AGENT = "workers.jobs.call_agent"
    HANG_UP_AGENT = "workers.jobs.hang_up_agent"
    RECONCILE_ATTEMPT = "workers.jobs.reconcile_attempt"
    CHECK_LINE = "workers.jobs.check_line"
    CALL_LEG = "workers.call_jobs.call_leg"
    END_LEG = "workers.call_jobs.end_leg"
    CHECK_LEG = "workers.call_jobs.check_leg"


def get_queue() -> Queue:
    return Queue(QUEUE_NAME, connection=get_redis(), serializer=JSONSerializer, default_timeout=JOB_SECONDS)


def enqueue(job: Job, *ids: str) -> None:
    get_queue().enqueue_call(job.value, args=ids, result_ttl=0, failure_ttl=FAILED_JOB_SECONDS)
