"""RQ: the names of the jobs and how one is queued.

A job carries ids and is safe to run late, twice or never: it re-reads its row under a lock. RQ's
own retries stay off, for a retried placing would dial twice.
"""

from enum import StrEnum

from rq import Queue
from rq.serializers import JSONSerializer

from dialer.core.redis import get_redis

QUEUE_NAME, FILE_QUEUE_NAME = "dialer", "dialer-files"
"""Workers take from the second only while the first is empty: no call waits for a file."""
JOB_SECONDS, FILE_JOB_SECONDS = 60, 900
FAILED_JOB_SECONDS = 86_400


class Job(StrEnum):
    PLACE_CALL = "workers.jobs.place_call"
    HANG_UP = "workers.jobs.hang_up"
    CALL_AGENT = "workers.jobs.call_agent"
    HANG_UP_AGENT = "workers.jobs.hang_up_agent"
    RECONCILE_ATTEMPT = "workers.jobs.reconcile_attempt"
    CHECK_LINE = "workers.jobs.check_line"
    START_RECORDING = "workers.recording_jobs.start"
    CHANGE_RECORDING = "workers.recording_jobs.change"
    FIND_RECORDINGS = "workers.recording_jobs.find"
    STORE_RECORDING = "workers.recording_jobs.store"
    DELETE_RECORDING = "workers.recording_jobs.delete"
    CALL_LEG = "workers.call_jobs.call_leg"
    END_LEG = "workers.call_jobs.end_leg"
    CHECK_LEG = "workers.call_jobs.check_leg"


FILE_JOBS = frozenset({Job.STORE_RECORDING, Job.DELETE_RECORDING})


def get_queue(name: str = QUEUE_NAME) -> Queue:
    seconds = FILE_JOB_SECONDS if name == FILE_QUEUE_NAME else JOB_SECONDS
    return Queue(name, connection=get_redis(), serializer=JSONSerializer, default_timeout=seconds)


def enqueue(job: Job, *ids: str) -> None:
    queue = get_queue(FILE_QUEUE_NAME if job in FILE_JOBS else QUEUE_NAME)
    queue.enqueue_call(job.value, args=ids, result_ttl=0, failure_ttl=FAILED_JOB_SECONDS)
