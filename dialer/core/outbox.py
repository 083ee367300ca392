"""What leaves a transaction after its commit: jobs for the workers, events for open pages, changes in Redis.

Jobs carry ids only. Redis is forgettable: when it can't be reached the commit stands, a line is
logged, and the sweeper finds the rows whose job never came.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import redis
from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from dialer.core.log import logger
from dialer.core.queue import BATCH, Job, enqueue
from dialer.core.redis import get_redis

_JOBS = "jobs_after_commit"
_EVENTS = "events_after_commit"
_CHANGES = "changes_after_commit"
_AGAIN = "asks_again"


class Channel(StrEnum):
    """Where live events go: an agent's own pages, or everybody who watches the floor."""

    AGENT = "agent"
    FLOOR = "floor"


def enqueue_after_commit(session: Session, job: Job, *ids: str) -> None:
    session.info.setdefault(_JOBS, []).append((job, ids))


def ask_again(session: Session) -> None:
    """This transaction is cron's: what is not done by its jobs it asks for the next time."""
    session.info[_AGAIN] = True


def publish_after_commit(
    session: Session, channel: Channel, key: str, event: str, data: Mapping[str, Any]
) -> None:
    session.info.setdefault(_EVENTS, []).append((f"{channel}:{key}", event, dict(data)))


def change_redis_after_commit(session: Session, change: Callable[[redis.Redis], None]) -> None:
    """For what is kept in Redis for speed alone, and is made anew from PostgreSQL when it is lost."""
    session.info.setdefault(_CHANGES, []).append(change)


def _in_batches(jobs: Sequence[tuple[Job, tuple[str, ...]]]) -> Iterator[tuple[Job, tuple[str, ...]]]:
    """Calls to be placed go together, for one job asks for many at once."""
    calls = tuple(dict.fromkeys(one for job, ids in jobs if job is Job.PLACE_CALLS for one in ids))
    yield from ((job, ids) for job, ids in jobs if job is not Job.PLACE_CALLS)
    yield from ((Job.PLACE_CALLS, calls[at : at + BATCH]) for at in range(0, len(calls), BATCH))


def deliver(session: Session) -> None:
    jobs, events = session.info.pop(_JOBS, []), session.info.pop(_EVENTS, [])
    changes, again = session.info.pop(_CHANGES, []), session.info.pop(_AGAIN, False)
    try:
        for change in changes:
            change(get_redis())
        for job, ids in _in_batches(jobs):
            enqueue(job, *ids, again=again)
        for channel, event, data in events:
            get_redis().publish(channel, json.dumps({"event": event, "data": data}))
    except RedisError as error:
        logger.warning("redis_unreachable_after_commit", jobs=len(jobs), events=len(events), error=str(error))
