"""Every route × every role: who may come in, and nothing changes without the form's token."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from sqlmodel import Session
from starlette.routing import Mount

from dialer.api.deps import Access
from dialer.app import create_app
from dialer.domain.user import Role
from tests.factories import make_account
from tests.house import House, commit
from tests.web.visitor import HTML, PASSWORD, Visitor, browser

ANYTHING = {
    "what": "rest",
    "control": "hold",
    "slug": "nowhere",
    "contact_id": "2147483647",
    "lead_id": "2147483647",
    "user_id": "2147483647",
    "call_list_id": "2147483647",
    "number_id": "2147483647",
    "upload_id": "00000000-0000-0000-0000-000000000000",
    "attempt_id": "00000000-0000-0000-0000-000000000000",
    "session_id": "00000000-0000-0000-0000-000000000000",
    "recording_id": "00000000-0000-0000-0000-000000000000",
    "from_id": "00000000-0000-0000-0000-000000000000",
    "to_id": "00000000-0000-0000-0000-000000000000",
    "digits": "1",
    "leg_id": "00000000-0000-0000-0000-000000000000",
}
DOOR = "/sign-in"
"""Its form has a token of its own, from before anybody is signed in."""


class Route(NamedTuple):
    method: str
    path: str
    access: Access


def accesses(dependant: Dependant) -> Iterator[Access]:
    for dependency in dependant.dependencies:
        access = getattr(dependency.call, "access", None)
        if isinstance(access, Access):
            yield access
        yield from accesses(dependency)


def routes() -> list[Route]:
    found = []
    for context in iter_route_contexts(create_app().routes):
        if isinstance(context.original_route, Mount):
            assert context.original_route.path == "/static"
            continue
        said = list(accesses(context.dependant))
        assert len(said) == 1, f"{context.path} must say once who may use it, and says it {len(said)} times"
        path = str(context.path).format(**ANYTHING)
        found += [Route(method, path, said[0]) for method in (context.methods or set()) - {"HEAD"}]
    return found


def ask(client: httpx.Client, route: Route, token: str = "") -> int:
    """The status of the answer alone: live events have no end."""
    data = {"csrf_token": token} if route.method == "POST" else None
    with client.stream(route.method, route.path, data=data, headers=HTML) as answer:
        return answer.status_code


@pytest.fixture
def all_routes(house: House) -> list[Route]:
    return routes()


def test_every_page_says_who_may_use_it(all_routes: list[Route]) -> None:
    for_people = [route for route in all_routes if route.access.roles]
    assert len(for_people) > 40
    assert all(Role.ADMIN in route.access.roles for route in for_people)
    by_prefix = {
        "/desk": {Role.AGENT},
        "/supervisor": {Role.SUPERVISOR},
        "/manager/leads-per-hour": {Role.MANAGER, Role.SUPERVISOR},
        "/manager/leads": {Role.MANAGER},
        "/admin": set(),
    }
    for route in for_people:
        prefix = next((prefix for prefix in by_prefix if route.path.startswith(prefix)), None)
        if prefix is not None:
            assert route.access.roles == by_prefix[prefix] | {Role.ADMIN}, route


def test_nobody_signed_in_is_sent_to_the_door(web: httpx.Client, all_routes: list[Route]) -> None:
    for route in all_routes:
        status = ask(web, route)
        if route.access.public:
            assert status == (403 if route.method == "POST" else 200), route
        elif route.access.carrier:
            assert status == 403, route
        else:
            assert status == (303 if route.method == "GET" else 401), route


@pytest.mark.parametrize("role", Role)
def test_a_role_enters_what_is_its_own(
    role: Role, web: httpx.Client, session: Session, now: datetime, all_routes: list[Route]
) -> None:
    with browser(web) as client:
        user = make_account(session, now, role, PASSWORD)
        commit(session)
        visitor = Visitor(client, user)
        assert visitor.enter(user.username).status_code == 303
        for route in all_routes:
            if not route.access.roles or route.path == "/sign-out":
                continue
            status = ask(client, route, visitor.token)
            if role in route.access.roles:
                assert status in (200, 204, 303, 404, 409, 422), (route, status)
            else:
                assert status == 403, (route, status)
            if route.method == "POST":
                assert ask(client, route) == 403, route
                assert ask(client, route, "not the token") == 403, route
        assert ask(client, Route("POST", "/sign-out", all_routes[0].access)) == 403
        assert visitor.post("/sign-out").status_code == 303
        assert visitor.get("/").status_code == 303
