"""Placing: the calls of one decision are asked for at once, each in a thread of its own, so that none
waits for the carrier's answer to another.

The job that RQ runs hands its calls on and is done. What is lost with the process is found by the
sweeper: a claim without its job, or an attempt of which nobody knows whether it was placed.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from threading import BoundedSemaphore
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dialer.core.clock import get_clock, utc_now
from dialer.core.database import told, transaction
from dialer.core.log import logger
from dialer.core.queue import Job, enqueue
from dialer.services import attempts, claims
from dialer.store import attempts as attempt_rows
from dialer.telephony.port import CallRequest, InDoubt, Placed, PlaceResult, Rejected
from workers.jobs import get_carrier
from workers.pace import ask, tokens

BATCHES = 6
"""At once; each holds two connections to PostgreSQL for a moment, and one while the carrier is asked."""
MOMENT_SECONDS = 0.1
"""So long a job waits for one of them to end, and whoever wants to hang up waits with it."""
WRITE_AGAIN_SECONDS = 0.2, 1.0, 3.0
"""What the carrier answered is kept while PostgreSQL is away for a moment."""
REQUESTS = 32
"""In flight at once, of one worker: at 200 ms a request, 160 calls a second."""


class Batches:
    """Threads for batches and for their requests."""

    def __init__(self) -> None:
        self._free = BoundedSemaphore(BATCHES)
        self._batches = ThreadPoolExecutor(BATCHES, "batch")
        self.requests = ThreadPoolExecutor(REQUESTS, "request")

    def begin(self, attempt_ids: Sequence[UUID]) -> bool:
        """False while all are busy."""
        if not self._free.acquire(timeout=MOMENT_SECONDS):
            return False
        self._batches.submit(place, attempt_ids).add_done_callback(self._done)
        return True

    def finish(self) -> None:
        """Wait until every answer is there and written down."""
        self._batches.shutdown()
        self.requests.shutdown()

    def _done(self, batch: "Future[None]") -> None:
        self._free.release()
        error = batch.exception()
        if isinstance(error, DBAPIError):
            logger.error("batch_failed", **told(error))
        elif error is not None:
            logger.error("batch_failed", error=type(error).__name__)


@lru_cache
def get_batches() -> Batches:
    return Batches()


def place_calls(*attempt_ids: str) -> None:
    """While all threads wait for the carrier it goes back into its queue, which is the last: so the worker
    is there for what others wait for."""
    if not get_batches().begin([UUID(attempt_id) for attempt_id in attempt_ids]):
        enqueue(Job.PLACE_CALLS, *attempt_ids)


def place(attempt_ids: Sequence[UUID]) -> None:
    """Ask the carrier for each call, once. A crash between the two transactions leaves an attempt `placing`,
    which the sweeper turns into doubt: it is never asked for again."""
    with transaction() as session:
        waiting = claims.to_be_placed(session, attempt_ids)
    paced = waiting[: tokens(Job.PLACE_CALLS, [str(attempt_id) for attempt_id in waiting])]
    with _held(paced) as held:
        begun_at = get_clock().now()
        asked = {
            get_batches().requests.submit(_ask, request, begun_at): request
            for request in _begun(held, begun_at)
        }
        while asked:
            answered, _ = wait(asked, return_when=FIRST_COMPLETED)
            for one in answered:
                _write_down(asked.pop(one).attempt_id, one.result())


def _begun(attempt_ids: Sequence[UUID], now: datetime) -> Sequence[CallRequest]:
    """Looked at together; where one of them can't be, each by itself, so that it keeps none of the others."""
    if not attempt_ids:
        return []
    try:
        with transaction() as session:
            return claims.begin_placing(session, attempt_ids, now)
    except LookupError as error:
        if len(attempt_ids) == 1:
            logger.error("call_not_begun", attempt_id=str(attempt_ids[0]), error=str(error))
            return []
    return [request for attempt_id in attempt_ids for request in _begun([attempt_id], now)]


@contextmanager
def _held(attempt_ids: Sequence[UUID]) -> Iterator[list[UUID]]:
    """Those that no other worker asks for; until the end nobody takes them for never placed."""
    with transaction() as guard:
        yield [attempt_id for attempt_id in attempt_ids if attempt_rows.try_hold(guard, attempt_id)]


def _ask(request: CallRequest, begun_at: datetime) -> PlaceResult:
    """Doubt, whatever went wrong: the call may have been placed all the same."""
    try:
        return ask(begun_at, lambda: get_carrier().place_call(request))
    except Exception as error:
        logger.error("placing_failed", attempt_id=str(request.attempt_id), error=type(error).__name__)
        return InDoubt(type(error).__name__)


def _write_down(attempt_id: UUID, result: PlaceResult) -> None:
    """Each answer by itself: one that can't be written down takes no other with it. What is lost all the
    same the sweeper takes for doubt."""
    if not isinstance(result, Placed):
        code = result.code if isinstance(result, Rejected) else None
        logger.warning("call_not_placed", attempt_id=str(attempt_id), result=type(result).__name__, code=code)
    for pause in (*WRITE_AGAIN_SECONDS, None):
        try:
            with transaction() as session:
                attempts.record_result(session, attempt_id, result, utc_now())
            return
        except LookupError as error:
            logger.error("answer_not_recorded", attempt_id=str(attempt_id), error=str(error))
            return
        except (DBAPIError, PoolTimeout) as error:
            logger.warning("answer_not_recorded_yet", attempt_id=str(attempt_id), error=type(error).__name__)
        if pause is not None:
            time.sleep(pause)
