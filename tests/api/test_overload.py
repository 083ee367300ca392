"""More requests at once than there are connections: they wait for their turn, and each is answered."""

from concurrent.futures import ThreadPoolExecutor

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
    assert answers == [200] * AT_ONCE
