"""The door of the REST API: who asks, how many at once, and the headers of every answer."""

import asyncio
import base64
import hmac
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dialer.sandbox.config import SandboxConfig
from dialer.sandbox.errors import authenticate, not_found
from dialer.sandbox.progress import API_VERSION


class Edge:
    def __init__(self, app: ASGIApp, config: SandboxConfig) -> None:
        self._app = app
        self._latency_seconds = config.latency_seconds
        credentials = f"{config.account_sid}:{config.auth_token}".encode()
        self._authorization = b"Basic " + base64.b64encode(credentials)
        self._account = f"/{API_VERSION}/Accounts/{config.account_sid}"
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(f"/{API_VERSION}"):
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        start = loop.time()
        self._in_flight += 1

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Twilio-Request-Id"] = f"RQ{uuid4().hex}"
                headers["Twilio-Request-Duration"] = f"{loop.time() - start:.3f}"
                headers["Twilio-Concurrent-Requests"] = str(self._in_flight)
                headers["X-Home-Region"] = "us1"
                headers["X-API-Domain"] = "api.twilio.com"
            await send(message)

        try:
            if self._latency_seconds:
                await asyncio.sleep(self._latency_seconds)
            await self._admit(scope, receive, send_with_headers)
        finally:
            self._in_flight -= 1

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get("authorization", "").encode()
        if not hmac.compare_digest(given, self._authorization):
            refusal = authenticate()
            response = JSONResponse(
                refusal.body(), refusal.status, {"WWW-Authenticate": 'Basic realm="Twilio API"'}
            )
            await response(scope, receive, send)
        elif not scope["path"].startswith(self._account):
            await JSONResponse(not_found(scope["path"]).body(), 404)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
