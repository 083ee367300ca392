"""Real servers for the sandbox's tests: the sandbox itself, and the customer that it calls back."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx
import uvicorn
from requests.adapters import HTTPAdapter
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response as TwilioResponse
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from dialer.sandbox.app import create_app
from dialer.sandbox.config import SandboxConfig
from dialer.sandbox.serve import KEEP_ALIVE_SECONDS
from tests.sandbox.openapi import Seen

DEADLINE_SECONDS = 10.0
OURS = "+15005550006"
SEEN: list[Seen] = []
"""Every answer of the REST API in the current test."""
T = TypeVar("T")


def wait_for(probe: Callable[[], T], seconds: float = DEADLINE_SECONDS) -> T:
    """The first true value of the probe."""
    deadline = time.monotonic() + seconds
    while not (value := probe()):
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.005)
    return value


@contextmanager
def running(make_app: Callable[[int], ASGIApp], **options: Any) -> Iterator[str]:
    """The app behind a real port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    app = make_app(listener.getsockname()[1])
    config = uvicorn.Config(
        app,
        log_level="warning",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        **options,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(DEADLINE_SECONDS)
        listener.close()


def is_valid(token: str, url: str, fields: Sequence[tuple[str, str]], signature: str) -> bool:
    """As Twilio's own validator sees it."""
    return bool(RequestValidator(token).validate(url, FormData([*fields]), signature))


class RebasedHttpClient(TwilioHttpClient):
    """Twilio's own client, sent to another host."""

    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=10)
        parts = urlsplit(base_url)
        self._scheme, self._netloc = parts.scheme, parts.netloc
        assert self.session is not None
        self.session.trust_env = False
        self.session.mount("http://", HTTPAdapter(pool_maxsize=32, max_retries=0))

    # twilio's own two signatures disagree on the name of the second argument
    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> TwilioResponse:  # type: ignore[override]
        parts = urlsplit(url)
        rebased = urlunsplit((self._scheme, self._netloc, parts.path, parts.query, ""))
        response = super().request(method, rebased, *args, **kwargs)
        SEEN.append(Seen(method, parts.path, int(response.status_code), str(response.text or "")))
        return response


def note(response: httpx.Response) -> None:
    if response.headers.get("content-type") in ("application/json", None):
        seen = Seen(
            response.request.method, response.request.url.path, response.status_code, response.read().decode()
        )
        SEEN.append(seen)


@dataclass
class Twilio:
    """A running sandbox, by its API and by its control API."""

    url: str
    config: SandboxConfig
    client: Client
    control: httpx.Client
    raw: httpx.Client

    def script(self, number: str, behaviour: str, **told: object) -> None:
        answer = self.control.put(f"/sandbox/numbers/{number}", json={"behaviour": behaviour, **told})
        assert answer.status_code == 200, answer.text

    def dial(self, to: str, **params: Any) -> CallInstance:
        params.setdefault("from_", OURS)
        if "url" not in params:
            params.setdefault("twiml", "<Response><Pause length='600'/></Response>")
        return self.client.calls.create(to=to, **params)

    def status(self, sid: str | None) -> str:
        assert sid is not None
        return str(self.client.calls(sid).fetch().status)

    def wait_status(self, call: CallInstance, status: str) -> None:
        wait_for(lambda: self.status(call.sid) == status)

    def account(self, sid: str | None) -> dict[str, Any]:
        """What the control API tells of a call."""
        calls: list[dict[str, Any]] = self.control.get("/sandbox/calls").json()
        return next(call for call in calls if call["sid"] == sid)

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.control.get("/sandbox/state").json()
        return state

    def codes(self) -> list[int]:
        """Of the debugger's notifications."""
        return [note["code"] for note in self.control.get("/sandbox/notifications").json()]


@contextmanager
def running_sandbox(**settings: Any) -> Iterator[Twilio]:
    config = SandboxConfig(**{"speed": 100.0, **settings})
    with running(lambda port: create_app(replace(config, port=port))) as url:
        auth = (config.account_sid, config.auth_token)
        http_client = RebasedHttpClient(url)
        root = f"{url}/2010-04-01/Accounts/{config.account_sid}"
        with (
            httpx.Client(base_url=url, trust_env=False) as control,
            httpx.Client(base_url=root, auth=auth, trust_env=False, event_hooks={"response": [note]}) as raw,
        ):
            yield Twilio(url, config, Client(*auth, http_client=http_client), control, raw)
        assert http_client.session is not None
        http_client.session.close()


@dataclass
class Heard:
    """One request that the sandbox made."""

    method: str
    path: str
    url: str
    pairs: list[tuple[str, str]]
    headers: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return dict(self.pairs)[name]

    def get(self, name: str) -> str | None:
        return dict(self.pairs).get(name)


@dataclass
class Answer:
    body: str | bytes = "<Response/>"
    status: int = 200
    content_type: str = "text/xml"
    delay_seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Customer:
    """The server that Twilio calls back: answers by path, several in turn if a list is given."""

    url: str = ""
    answers: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)

    def says(self, path: str, twiml: str) -> str:
        self.answers[path] = Answer(f"<Response>{twiml}</Response>")
        return self.url + path

    def at(self, path: str, **wanted: str) -> list[Heard]:
        return [
            heard
            for heard in list(self.heard)
            if heard.path == path and all(heard.get(name) == value for name, value in wanted.items())
        ]

    def wait(self, path: str, count: int = 1, **wanted: str) -> list[Heard]:
        return wait_for(lambda: found if len(found := self.at(path, **wanted)) >= count else [])

    def statuses(self, path: str = "/status") -> list[str]:
        """CallStatus in the order of the sequence numbers."""
        heard = sorted(self.at(path), key=lambda one: int(one["SequenceNumber"]))
        return [one["CallStatus"] for one in heard]

    def events(self, path: str = "/room") -> list[str]:
        heard = sorted(self.at(path), key=lambda one: int(one["SequenceNumber"]))
        return [one["StatusCallbackEvent"] for one in heard]

    async def hear(self, request: Request) -> Response:
        body = (await request.body()).decode()
        path, query = request.url.path, request.scope["query_string"].decode()
        url = f"{self.url}{path}{'?' + query if query else ''}"
        pairs = parse_qsl(body if request.method == "POST" else query, keep_blank_values=True)
        self.heard.append(Heard(request.method, path, url, pairs, dict(request.headers)))
        answer = self.answers.get(path, Answer())
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        await asyncio.sleep(answer.delay_seconds)
        return Response(answer.body, answer.status, answer.headers, answer.content_type)


@contextmanager
def running_customer() -> Iterator[Customer]:
    customer = Customer()
    app = Starlette(routes=[Route("/{path:path}", customer.hear, methods=["GET", "POST"])])
    with running(lambda port: app) as customer.url:
        yield customer
