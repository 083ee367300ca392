"""A person with a browser, without the browser: signs in through the form, sends forms with their token."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from html import unescape
from typing import Any

import httpx
from sqlmodel import Session

from dialer.domain.user import Role
from dialer.store.users import User
from tests.factories import make_account
from tests.house import commit

PASSWORD = "correct horse battery"
HTML = {"Accept": "text/html"}
HTMX = {"HX-Request": "true"}
TOKEN = re.compile(r'name="csrf-token" content="([^"]*)"')


class Visitor:
    def __init__(self, http: httpx.Client, user: User) -> None:
        self.http, self.user = http, user
        self.token = ""

    def enter(self, username: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        self.token = token_of(self.http.get("/sign-in", headers=HTML).text)
        answer = self.post("/sign-in", {"username": username, "password": password} | more)
        if answer.status_code == 303:
            home = self.http.get("/", headers=HTML, follow_redirects=True)
            self.token = token_of(home.text)
        return answer

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query or None, headers=HTML)

    def post(
        self, path: str, fields: Mapping[str, Any] | None = None, *, htmx: bool = False, files: Any = None
    ) -> httpx.Response:
        """A form of the page; the answer of a redirect is the redirect."""
        data = {"csrf_token": self.token} | dict(fields or {})
        return self.http.post(path, data=data, files=files, headers=HTMX if htmx else HTML)

    def read(self, path: str, **query: Any) -> str:
        """The words of a page that must be there."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, (path, answer.status_code, words(answer)[:500])
        return words(answer)


def token_of(html: str) -> str:
    found = TOKEN.search(html)
    assert found is not None
    return found[1]


def words(answer: httpx.Response) -> str:
    """What a page says: no tags, one blank between words."""
    plain = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(plain).split())


def toast(answer: httpx.Response, visitor: Visitor) -> str:
    """What the page says after a redirect."""
    assert answer.status_code == 303, words(answer)[:500]
    return words(visitor.get(answer.headers["location"]))


@contextmanager
def browser(web: httpx.Client) -> Iterator[httpx.Client]:
    """Cookies of its own, against the same server."""
    with httpx.Client(base_url=web.base_url, trust_env=False, timeout=30) as client:
        yield client


def sign_in(web: httpx.Client, session: Session, now: datetime, role: Role) -> Visitor:
    """A person of `role`, signed in with the client `web`; what the session holds is committed."""
    user = make_account(session, now, role, PASSWORD)
    commit(session)
    visitor = Visitor(web, user)
    assert visitor.enter(user.username).status_code == 303
    return visitor
