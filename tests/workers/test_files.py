"""Files have a worker of their own: however slow one is, calls and hang-ups go on."""

import time
from uuid import uuid4

import pytest

from dialer.core.queue import CALL_JOBS, FILE_JOBS, Job, enqueue
from tests.forked import running
from tests.house import House, queued

WAIT_SECONDS = 120.0
"""A process starts slowly on a small machine that has much to do."""


@pytest.mark.parametrize(("command", "left"), [("worker", FILE_JOBS), ("files", CALL_JOBS | {Job.HANG_UP})])
def test_each_takes_its_own(house: House, command: str, left: frozenset[Job]) -> None:
    for job in CALL_JOBS | FILE_JOBS | {Job.HANG_UP}:
        enqueue(job, str(uuid4()))
    process = running(command)
    deadline = time.monotonic() + WAIT_SECONDS
    try:
        while {job for job, *_ in queued()} != left:
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.05)
    finally:
        process.terminate()
        process.join(30)
    assert process.exitcode == 0
    assert {job for job, *_ in queued()} == left
