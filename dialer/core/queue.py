"""RQ: the names of the jobs and how one is queued.

A job carries ids and is safe to run late, twice or never: it re-reads its row under a lock. RQ's
own retries stay off, for a retried placing would dial twice.
"""

from datetime import timedelta
from enum import StrEnum

from rq import Queue
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from dialer.core.clock import real_now
from dialer.core.redis import get_redis

QUEUE_NAME, ASKING_QUEUE_NAME, CALL_QUEUE_NAME, FILE_QUEUE_NAME = QUEUE_NAMES = (
    "dialer",
    "dialer-asking",
    "dialer-calls",
    "dialer-files",
)
"""Workers take from one only while those before it are empty: no hang-up waits for a question, no question
for calls that wait for the carrier's pace, which may be always. The last has a process of its own: no call
waits for a file."""
JOB_SECONDS, FILE_JOB_SECONDS = 60, 900
FAILED_JOB_SECONDS = 86_400
WAITING_SECONDS, RUNNING_SECONDS = 30, 15
"""A job that is queued but once is asked for again and again: one that waits for longer is let go, a file's
for much longer, and one that runs for longer may be its worker's last; a second one does no harm."""


class Job(StrEnum):
    PLACE_CALLS = "workers.placing.place_calls"
    HANG_UP = "workers.jobs.hang_up"
    END_CALL = "workers.jobs.end_call"
    TELL_AGENT_LOST = "workers.jobs.tell_agent_lost"
    CALL_AGENT = "workers.jobs.call_agent"
    HANG_UP_AGENT = "workers.jobs.hang_up_agent"
    RECONCILE_ATTEMPT = "workers.jobs.reconcile_attempt"
    CHECK_LINE = "workers.jobs.check_line"
    PLAY_MESSAGE = "workers.machine_jobs.play_message"
    RECORD_VERDICT = "workers.machine_jobs.record_verdict"
    START_RECORDING = "workers.recording_jobs.start"
    CHANGE_RECORDING = "workers.recording_jobs.change"
    FIND_RECORDINGS = "workers.recording_jobs.find"
    STORE_RECORDING = "workers.recording_jobs.store"
    DELETE_RECORDING = "workers.recording_jobs.delete"
    CALL_LEG = "workers.call_jobs.call_leg"
    END_LEG = "workers.call_jobs.end_leg"
    CHECK_LEG = "workers.call_jobs.check_leg"
    APPLY_HOLD = "workers.call_jobs.apply_hold"
    APPLY_MUTE = "workers.call_jobs.apply_mute"
    SEND_TONES = "workers.call_jobs.send_tones"
    REFRESH_NUMBERS = "workers.number_jobs.refresh_account_numbers"
    PASS_ON = "workers.call_jobs.pass_on"  # noqa: S105 - a job, no password
    MOVE_LEG = "workers.call_jobs.move_leg"
    MOVE_LINE = "workers.call_jobs.move_line"
    HAND_ON = "workers.call_jobs.hand_on"
    APPLY_FILTER = "workers.queue_jobs.apply_filter"
    APPLY_SUPERVISION = "workers.supervision_jobs.apply_supervision"
    SWITCH_TAKEN_OVER = "workers.supervision_jobs.switch_taken_over"


CALL_JOBS = frozenset({Job.PLACE_CALLS, Job.CALL_AGENT, Job.CALL_LEG})
ASKING_JOBS = frozenset({Job.RECONCILE_ATTEMPT, Job.CHECK_LINE, Job.CHECK_LEG})
ONCE_JOBS = ASKING_JOBS | {Job.TELL_AGENT_LOST, Job.END_CALL}
"""Queued but once whoever asks, for cron asks until it is done: not while the same one waits or runs."""
BATCH = 16
"""Calls that one job places at most; what one commit asks for goes in as few jobs as that allows."""
FILE_JOBS = frozenset({Job.STORE_RECORDING, Job.DELETE_RECORDING, Job.APPLY_FILTER})
QUEUE_OF = {
    job: name
    for name, jobs in (
        (CALL_QUEUE_NAME, CALL_JOBS),
        (ASKING_QUEUE_NAME, ASKING_JOBS),
        (FILE_QUEUE_NAME, FILE_JOBS),
    )
    for job in jobs
}


def get_queue(name: str = QUEUE_NAME) -> Queue:
    seconds = FILE_JOB_SECONDS if name == FILE_QUEUE_NAME else JOB_SECONDS
    return Queue(name, connection=get_redis(), serializer=JSONSerializer, default_timeout=seconds)


def enqueue(job: Job, *ids: str, again: bool = False) -> None:
    """With `again` cron asks, which does so until the thing is done: not while its same job waits or runs. A
    person's wish is always queued, for a job that runs may have read an older one. Calls to be placed go in
    batches that are never the same twice, and are given up soon."""
    queue = get_queue(QUEUE_OF.get(job, QUEUE_NAME))
    is_once = job in ONCE_JOBS or (again and job is not Job.PLACE_CALLS)
    once = "-".join((job.name, *ids)) if is_once else None
    if once is not None and _is_under_way(queue, once):
        return
    waits = FILE_JOB_SECONDS if job in FILE_JOBS else WAITING_SECONDS
    queue.enqueue_call(
        job.value,
        args=ids,
        job_id=once,
        ttl=waits if once else None,
        result_ttl=0,
        failure_ttl=FAILED_JOB_SECONDS,
    )


def _is_under_way(queue: Queue, job_id: str) -> bool:
    """Whether it waits, or has begun to run a moment ago."""
    known = queue.fetch_job(job_id)
    if known is None or known.get_status(refresh=False) is JobStatus.QUEUED:
        return known is not None
    if known.get_status(refresh=False) is not JobStatus.STARTED or known.started_at is None:
        return False
    return real_now() - known.started_at < timedelta(seconds=RUNNING_SECONDS)
