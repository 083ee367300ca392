"""The event stream of an open page, over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import httpx
import pytest
from sqlmodel import Session

from dialer.core.outbox import Channel, publish_after_commit
from dialer.core.redis import get_redis
from dialer.domain.user import Role
from tests.factories import make_account
from tests.house import commit, wait_for
from tests.web.visitor import HTML, PASSWORD, Visitor, sign_in

EVENTS = "/desk/events"


@pytest.fixture
def agent(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.AGENT)


@contextmanager
def listening(visitor: Visitor) -> Iterator[Iterator[str]]:
    """The events as they come, from when the house knows the page."""
    before = pages(visitor)
    with visitor.http.stream("GET", EVENTS) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        wait_for(lambda: pages(visitor) > before)
        yield events(answer.iter_lines())


def pages(visitor: Visitor) -> int:
    """That listen to the agent's channel."""
    [(_, count)] = get_redis().pubsub_numsub(f"{Channel.AGENT}:{visitor.user.id}")
    return int(count)


def events(lines: Iterator[str]) -> Iterator[str]:
    """Each with all its lines; pings, which may come at any time, are not told."""
    said: list[str] = []
    for line in lines:
        if line:
            said.append(line)
        elif said:
            if said[0] != "event: ping":
                yield "\n".join(said)
            said = []


def publish(session: Session, visitor: Visitor, number: int) -> None:
    publish_after_commit(session, Channel.AGENT, str(visitor.user.id), "state", {"number": number})


def test_a_page_hears_at_once_and_after_every_commit(agent: Visitor, session: Session) -> None:
    with listening(agent) as heard:
        assert next(heard) == "retry: 1000\nevent: state\ndata: {}"
        for number in (1, 2):
            publish(session, agent, number)
            commit(session)
            assert next(heard) == f'event: state\ndata: {{"number": {number}}}'


def test_what_is_not_committed_and_what_is_anothers_is_not_heard(
    agent: Visitor, session: Session, now: datetime
) -> None:
    other = Visitor(agent.http, make_account(session, now, Role.AGENT, PASSWORD))
    commit(session)
    with listening(agent) as heard:
        next(heard)
        publish(session, agent, 1)
        session.rollback()
        session.info.clear()
        publish(session, other, 2)
        publish(session, agent, 3)
        commit(session)
        assert next(heard) == 'event: state\ndata: {"number": 3}'


def test_two_pages_of_one_agent_both_hear(agent: Visitor, session: Session) -> None:
    with listening(agent) as one, listening(agent) as two:
        assert next(one) == next(two)
        publish(session, agent, 1)
        commit(session)
        assert next(one) == next(two) == 'event: state\ndata: {"number": 1}'


def test_a_stranger_hears_nothing(web: httpx.Client) -> None:
    assert web.get(EVENTS).status_code == 401
    assert web.get(EVENTS, headers=HTML).status_code in (303, 401)


def test_a_role_without_a_desk_hears_nothing(web: httpx.Client, session: Session, now: datetime) -> None:
    assert sign_in(web, session, now, Role.MANAGER).get(EVENTS).status_code == 403
