"""Jobs and live events leave after the commit, never after a rollback, and never hold a commit back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from redis.client import PubSub
from sqlalchemy.exc import DataError
from sqlmodel import Session, select

from dialer.core.database import driver_url, transaction
from dialer.core.outbox import Channel, enqueue_after_commit, publish_after_commit
from dialer.core.queue import QUEUE_NAMES, Job, get_queue
from dialer.core.redis import get_redis
from dialer.store.audit import AuditEntry, note
from tests.house import NOW, House, queued, wait_for


class Oops(Exception):
    pass


@pytest.fixture
def floor(house: House) -> Iterator[PubSub]:
    with PubSub(get_redis().connection_pool, ignore_subscribe_messages=True) as listener:
        listener.subscribe("floor:all")
        wait_for(lambda: get_redis().pubsub_numsub("floor:all")[0][1])
        yield listener


def heard(listener: PubSub) -> list[dict[str, Any]]:
    """All that was said up to now."""
    get_redis().publish("floor:all", "null")
    messages = []
    while (message := wait_for(lambda: listener.get_message(timeout=0.1)))["data"] != b"null":
        messages.append(json.loads(message["data"]))
    return messages


def ask(session: Session) -> None:
    note(session, NOW, None, "asked", "the outbox")
    enqueue_after_commit(session, Job.HANG_UP, "1")
    enqueue_after_commit(session, Job.CALL_AGENT, "2", "3")
    publish_after_commit(session, Channel.FLOOR, "all", "lead", {"lead_id": 7})


def noted() -> int:
    with transaction() as session:
        return len(session.exec(select(AuditEntry)).all())


def test_they_leave_after_the_commit_in_their_order(floor: PubSub) -> None:
    with transaction() as session:
        ask(session)
        session.flush()
        assert queued() == []
        assert heard(floor) == []
    assert queued() == [(Job.HANG_UP, "1"), (Job.CALL_AGENT, "2", "3")]
    assert heard(floor) == [{"event": "lead", "data": {"lead_id": 7}}]
    assert noted() == 1


def test_after_a_rollback_nobody_hears_of_it(floor: PubSub) -> None:
    def fail() -> None:
        with transaction() as session:
            ask(session)
            raise Oops

    with pytest.raises(Oops):
        fail()
    assert (queued(), heard(floor), noted()) == ([], [], 0)


def test_a_commit_that_fails_lets_nothing_go(floor: PubSub) -> None:
    def fail() -> None:
        with transaction() as session:
            ask(session)
            session.add(AuditEntry(at=NOW, action="x" * 61, subject="too long for its column"))

    with pytest.raises(DataError, match="audit_entries"):
        fail()
    assert (queued(), heard(floor), noted()) == ([], [], 0)


def test_with_redis_gone_the_commit_stands(house: House) -> None:
    house.furnish(REDIS_URL="redis://127.0.0.1:9/0")
    with transaction() as session:
        ask(session)
    assert noted() == 1
    house.furnish()
    assert queued() == []


def test_a_job_is_tried_once_and_carries_ids_alone(house: House) -> None:
    with transaction() as session:
        ask(session)
    jobs = [job for name in QUEUE_NAMES for job in get_queue(name).get_jobs()]
    assert jobs
    for job in jobs:
        assert job.retries_left is None
        assert all(isinstance(one, str) for one in job.args)
        assert job.kwargs == {}


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgresql://a@b/c", "postgresql+psycopg://a@b/c"),
        ("postgres://a@b/c", "postgresql+psycopg://a@b/c"),
        ("postgresql+psycopg://a@b/c", "postgresql+psycopg://a@b/c"),
    ],
)
def test_any_address_of_postgresql_uses_our_driver(url: str, driver: str) -> None:
    assert driver_url(url) == driver
