"""More requests at once than there are connections: they wait for their turn, or are told to come again."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
from sqlmodel import Session

from dialer.core.clock import utc_now
from dialer.domain.user import Role
from tests.factories import make_account
from tests.house import commit
from tests.web.visitor import PASSWORD, Visitor

AT_ONCE = 150


def test_a_crowd_is_answered_with_few_connections(session: Session, started_web: str) -> None:
    user = make_account(session, utc_now(), Role.SUPERVISOR, PASSWORD)
    commit(session)
    with httpx.Client(base_url=started_web, trust_env=False, timeout=60, limits=httpx.Limits()) as http:
        Visitor(http, user).enter(user.username)
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            answers = list(crowd.map(lambda _: http.get("/supervisor/floor").status_code, range(AT_ONCE)))
        assert http.get("/supervisor/floor").status_code == 200
    assert 200 in answers
    assert {*answers} <= {200, 503}


def test_forms_that_never_come_to_an_end_keep_nobody_waiting(session: Session, started_web: str) -> None:
    user = make_account(session, utc_now(), Role.SUPERVISOR, PASSWORD)
    commit(session)
    host = urlsplit(started_web)
    begun = (
        f"POST /sign-out HTTP/1.1\r\nHost: {host.netloc}\r\nContent-Length: 10\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nc"
    )
    with ExitStack() as slow:
        for _ in range(30):
            one = slow.enter_context(socket.create_connection((str(host.hostname), host.port or 80)))
            one.sendall(begun.encode())
        with httpx.Client(base_url=started_web, trust_env=False, timeout=60) as http:
            visitor = Visitor(http, user)
            visitor.enter(user.username)
            assert visitor.get("/supervisor/floor").status_code == 200
