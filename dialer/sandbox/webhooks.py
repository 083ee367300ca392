"""Sends Twilio's requests to the customer's server: signed, with timeouts and retries in real time.
Knows nothing of what the requests mean."""

import asyncio
import ssl
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import count
from urllib.parse import quote_plus, unquote, urljoin, urlsplit
from uuid import uuid4

import aiohttp
from yarl import URL

from dialer.sandbox.clock import Clock, rfc2822
from dialer.sandbox.debugger import Debugger
from dialer.sandbox.delivery import About, Delivery, Policy, Reply, WebhookFailed
from dialer.sandbox.faults import Faults
from dialer.sandbox.forms import is_url
from dialer.sandbox.signature import sign, signed_url

KEPT = 5000
LARGEST_BODY = 2**22
REDIRECTS = 10
LONGEST_REORDER_SECONDS = 1.0
CALLBACK_FAULTS = ("callback_dropped", "callback_doubled", "callback_reordered", "callback_delayed")


class Webhooks:
    def __init__(self, auth_token: str, clock: Clock, debugger: Debugger, faults: Faults) -> None:
        self._auth_token = auth_token
        self._clock = clock
        self._debugger = debugger
        self._faults = faults
        self._session: aiohttp.ClientSession | None = None
        self._pending: set[asyncio.Task[None]] = set()
        self._waiting: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self._ids = count(1)
        self.journal: deque[Delivery] = deque(maxlen=KEPT)
        self.sent = 0

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", "X-Home-Region": "us1"},
        )

    async def stop(self) -> None:
        """Drops whatever is still to be sent; what is asked for later is not sent at all."""
        for task in self._pending:
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def notify(self, about: About, url: str, fields: Mapping[str, str], *, method: str = "POST") -> None:
        """Sends without waiting. A failure is only noted: by default Twilio loses it for good."""
        if self._session is None:
            return
        struck = [fault for fault in CALLBACK_FAULTS if self._faults.hits(fault, about.key, about.to)]
        if "callback_dropped" in struck:
            self._record(about, method, url.partition("#")[0], fields, struck).error = "dropped by a fault"
            return
        task = asyncio.get_running_loop().create_task(self._deliver(about, url, fields, method, struck))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def answered(self, call_sid: str, seconds: float) -> None:
        """Waits, in real time, until some webhook about the call has been answered."""
        event = asyncio.Event()
        self._waiting[call_sid].append(event)
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)

    async def _deliver(
        self, about: About, url: str, fields: Mapping[str, str], method: str, struck: list[str]
    ) -> None:
        if "callback_delayed" in struck:
            await asyncio.sleep(self._faults.plan.callback_delay_seconds)
        if "callback_reordered" in struck and about.call_sid:
            await self.answered(about.call_sid, LONGEST_REORDER_SECONDS)
        token = str(uuid4())
        for _ in range(2 if "callback_doubled" in struck else 1):
            try:
                await self.request(about, url, fields, method=method, token=token, struck=struck)
            except WebhookFailed as failed:
                self._debugger.note(15003, failed.reason, call_sid=about.call_sid, url=url)

    def _record(
        self, about: About, method: str, url: str, fields: Mapping[str, str], struck: Sequence[str]
    ) -> Delivery:
        at = rfc2822(self._clock.now()) or ""
        delivery = Delivery(next(self._ids), about.kind, at, method, url, about.call_sid, fields)
        delivery.faults.extend(struck)
        self.journal.append(delivery)
        return delivery

    async def request(
        self,
        about: About,
        url: str,
        fields: Mapping[str, str],
        *,
        method: str = "POST",
        token: str | None = None,
        struck: Sequence[str] = (),
    ) -> Reply:
        """The answer below 400, or WebhookFailed once the URL's retry policy is used up."""
        bare = url.partition("#")[0]
        if not is_url(bare):
            raise WebhookFailed("url", 11100, "invalid URL")
        policy = Policy.of(url)
        delivery = self._record(about, method, bare, fields, struck)
        self.sent += 1
        loop = asyncio.get_running_loop()
        start = loop.time()
        token = token or str(uuid4())
        try:
            while True:
                delivery.attempts += 1
                left = policy.total_seconds - (loop.time() - start)
                try:
                    reply = await self._attempt(delivery, policy, left, token)
                except WebhookFailed as failed:
                    delivery.status, delivery.error = failed.status, failed.reason
                    if not policy.retries_after(failed, delivery.attempts, loop.time() - start):
                        raise
                else:
                    delivery.status, delivery.error = reply.status, None
                    return reply
        finally:
            delivery.seconds = round(loop.time() - start, 3)
            for event in self._waiting.pop(about.call_sid or "", ()):
                event.set()

    async def _attempt(self, delivery: Delivery, policy: Policy, left: float, token: str) -> Reply:
        """One try; a 301 or 302 turns into a GET that has lost its fields, as Twilio's does."""
        method, url, fields = delivery.method, delivery.url, delivery.fields
        for _ in range(REDIRECTS):
            reply, location = await self._exchange(delivery, policy, left, token, method, url, fields)
            if location is None:
                return reply
            method, url, fields = "GET", urljoin(url, location), {}
        raise WebhookFailed("4xx", 11200, "too many redirects", reply.status)

    async def _exchange(
        self,
        delivery: Delivery,
        policy: Policy,
        left: float,
        token: str,
        method: str,
        url: str,
        fields: Mapping[str, str],
    ) -> tuple[Reply, str | None]:
        assert self._session is not None
        body = encoded(fields)
        if method == "GET" and fields:
            url, fields, body = f"{url}{'&' if '?' in url else '?'}{body}", {}, ""
        headers = self._headers(delivery.kind, method, url, fields, token)
        timeout = aiohttp.ClientTimeout(
            total=max(left, 0.001), sock_connect=policy.connect_seconds, sock_read=policy.read_seconds
        )
        address, auth = without_credentials(url)
        try:
            for credentials in (None, auth):
                if credentials is not None:
                    headers["Authorization"] = credentials
                async with self._session.request(
                    method,
                    URL(address, encoded=True),
                    data=body.encode() if method != "GET" else None,
                    headers=headers,
                    timeout=timeout,
                    allow_redirects=False,
                ) as response:
                    if response.status == 401 and credentials is None and auth is not None:
                        continue
                    content = await response.content.read(LARGEST_BODY)
                    return checked(response, content, url)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise transport_failure(error) from error
        raise AssertionError("the second try always returns")

    def _headers(
        self, kind: str, method: str, url: str, fields: Mapping[str, str], token: str
    ) -> dict[str, str]:
        signed = signed_url(url, keep_https_port=kind != "twiml")
        headers = {
            "X-Twilio-Signature": sign(self._auth_token, signed, fields.items()),
            "I-Twilio-Idempotency-Token": token,
        }
        if method != "GET":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        return headers


quoted = lru_cache(8192)(quote_plus)
"""Most of what is sent was sent before: quoting anew would be a third of a webhook's cost."""


def encoded(fields: Mapping[str, str]) -> str:
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in fields.items())


def checked(response: aiohttp.ClientResponse, content: bytes, url: str) -> tuple[Reply, str | None]:
    if response.status >= 400:
        kind = "4xx" if response.status < 500 else "5xx"
        raise WebhookFailed(kind, 11200, f"HTTP {response.status}", response.status)
    reply = Reply(response.status, response.content_type, content, url)
    location = response.headers.get("Location") if response.status in (301, 302, 303) else None
    return reply, location


def without_credentials(url: str) -> tuple[str, str | None]:
    """Twilio asks without user and password first, and gives them after a 401."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, None
    auth = aiohttp.encode_basic_auth(unquote(parts.username), unquote(parts.password or ""))
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), auth


def transport_failure(error: Exception) -> WebhookFailed:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return WebhookFailed("ct", 11210, "host name not found")
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return WebhookFailed("ct", 11220, "TLS handshake failed")
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return WebhookFailed("ct", 11205, "connection failed")
        case aiohttp.InvalidURL() | ValueError():
            return WebhookFailed("url", 11100, "invalid URL")
        case TimeoutError():
            return WebhookFailed("rt", 11200, "no answer in time")
        case _:
            return WebhookFailed("rt", 11200, f"connection lost: {type(error).__name__}")
