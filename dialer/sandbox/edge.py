"""The door of the REST API: who asks, how many at once, the headers of every answer, and the faults
that strike on the way."""

import asyncio
import base64
import hmac
import re
import socket
import struct
from collections import Counter
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dialer.sandbox.config import SandboxConfig
from dialer.sandbox.errors import REFUSALS, authenticate, not_found
from dialer.sandbox.faults import AnswerLost, Faults
from dialer.sandbox.progress import API_VERSION

SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
"""SIDs are random: what is drawn for a request must not hang on them."""
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for no time at all."""


class Edge:
    def __init__(self, app: ASGIApp, config: SandboxConfig, faults: Faults) -> None:
        self._app = app
        self._faults = faults
        self._latency_seconds = config.latency_seconds
        logins = {config.account_sid: config.auth_token, **config.api_keys}
        self._authorizations = [basic(user, password) for user, password in logins.items()]
        self._account = f"/{API_VERSION}/Accounts/{config.account_sid}"
        self._in_flight = 0
        self._asked: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(f"/{API_VERSION}"):
            await self._app(scope, receive, send)
            return
        self._in_flight += 1
        subject = f"{scope['method']} {SID.sub('*', scope['path'])}"
        self._asked[subject] += 1
        nth = f"{subject}#{self._asked[subject]}"
        try:
            if self._latency_seconds:
                await asyncio.sleep(self._latency_seconds)
            if self._faults.hits("connection_reset", nth):
                await cut(receive, reset=True)
            else:
                await self._admit(scope, receive, self._answering(send, nth), nth)
        except AnswerLost:
            await cut(receive)
        finally:
            self._in_flight -= 1

    def _answering(self, send: Send, nth: str) -> Send:
        """With Twilio's headers, and late if that is planned."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        slow = self._faults.hits("answer_slow", nth)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if slow:
                    await asyncio.sleep(self._faults.plan.answer_slow_seconds)
                headers = MutableHeaders(scope=message)
                headers["Twilio-Request-Id"] = f"RQ{uuid4().hex}"
                headers["Twilio-Request-Duration"] = f"{loop.time() - start:.3f}"
                headers["Twilio-Concurrent-Requests"] = str(self._in_flight)
                headers["X-Home-Region"] = "us1"
                headers["X-API-Domain"] = "api.twilio.com"
            await send(message)

        return send_with_headers

    async def _admit(self, scope: Scope, receive: Receive, send: Send, nth: str) -> None:
        given = Headers(scope=scope).get("authorization", "").encode()
        most = self._faults.plan.most_requests_at_once
        response: ASGIApp = self._app
        if not any(hmac.compare_digest(given, known) for known in self._authorizations):
            refusal = authenticate()
            headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'}
            response = JSONResponse(refusal.body(), refusal.status, headers)
        elif not scope["path"].startswith(self._account):
            response = JSONResponse(not_found(scope["path"]).body(), 404)
        elif self._faults.hits("too_many_requests", nth) or (most is not None and self._in_flight > most):
            response = JSONResponse(REFUSALS[20429].body(), 429)
        await response(scope, receive, send)


def basic(user: str, password: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


async def cut(receive: Receive, *, reset: bool = False) -> None:
    """Breaks the connection without an answer, by TCP's RST if asked. ASGI has no word for either, so this
    reaches for uvicorn's transport; on another server the client gets no answer until it gives up."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        if reset:
            line = transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
