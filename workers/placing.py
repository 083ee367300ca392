"""Placing: the calls of one decision are asked for at once, each in a thread of its own, so that none
waits for the carrier's answer to another.

The job that RQ runs hands its calls on and is done. What is lost with the process is found by the
sweeper: a claim without its job, or an attempt of which nobody knows whether it was placed.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from threading import BoundedSemaphore
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from dialer.core.clock import get_clock, utc_now
from dialer.core.database import told, transaction
from dialer.core.log import logger
from dialer.core.queue import Job
from dialer.services import attempts, claims
from dialer.services.sweeper import Patience
from dialer.store import attempts as attempt_rows
from dialer.telephony.port import CallRequest, Placed, PlaceResult, Rejected, Rejection
from workers.jobs import get_carrier
from workers.pace import heed, tokens

BATCHES = 6
"""At once; each holds two connections to PostgreSQL for a moment, and one while the carrier is asked."""
REQUESTS = 32
"""In flight at once, of one worker: at 200 ms a request, 160 calls a second."""


class Batches:
    """Threads for batches and for their requests; a batch waits in RQ's queue while all are busy."""

    def __init__(self) -> None:
        self._free = BoundedSemaphore(BATCHES)
        self._batches = ThreadPoolExecutor(BATCHES, "batch")
        self.requests = ThreadPoolExecutor(REQUESTS, "request")

    def begin(self, attempt_ids: Sequence[UUID]) -> None:
        self._free.acquire()
        self._batches.submit(place, attempt_ids).add_done_callback(self._done)

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
    get_batches().begin([UUID(attempt_id) for attempt_id in attempt_ids])


def place(attempt_ids: Sequence[UUID]) -> None:
    """Ask the carrier for each call, once. A crash between the two transactions leaves an attempt `placing`,
    which the sweeper turns into doubt: it is never asked for again."""
    with transaction() as session:
        waiting = claims.to_be_placed(session, attempt_ids)
    paced = waiting[: tokens(Job.PLACE_CALLS, [str(attempt_id) for attempt_id in waiting])]
    with _held(paced) as held:
        begun_at = get_clock().now()
        with transaction() as session:
            requests = claims.begin_placing(session, held, begun_at) if held else []
        asked = {get_batches().requests.submit(_ask, request, begun_at): request for request in requests}
        while asked:
            answered, _ = wait(asked, return_when=FIRST_COMPLETED)
            _record({asked.pop(one).attempt_id: one.result() for one in answered})


@contextmanager
def _held(attempt_ids: Sequence[UUID]) -> Iterator[list[UUID]]:
    """Those that no other worker asks for; until the end nobody takes them for never placed."""
    with transaction() as guard:
        yield [attempt_id for attempt_id in attempt_ids if attempt_rows.try_hold(guard, attempt_id)]


def _ask(request: CallRequest, begun_at: datetime) -> PlaceResult:
    """The decision is good for a moment: a worker that stood still after it asks for nothing."""
    if utc_now() - begun_at >= Patience.of_real(get_clock().span_of_real).placing_lost:
        return Rejected(Rejection.PACE, 0, "the worker stood still")
    result = get_carrier().place_call(request)
    heed(result)
    return result


def _record(results: dict[UUID, PlaceResult]) -> None:
    with transaction() as session:
        for attempt_id in sorted(results):
            attempts.record_result(session, attempt_id, results[attempt_id], utc_now())
    for attempt_id, result in results.items():
        if not isinstance(result, Placed):
            code = result.code if isinstance(result, Rejected) else None
            logger.warning(
                "call_not_placed", attempt_id=str(attempt_id), result=type(result).__name__, code=code
            )
