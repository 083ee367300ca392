"""How Twilio is asked: its client's transport with both timeouts, and what an answer that is no result
means. Nothing is asked twice here."""

from collections.abc import Callable
from json import JSONDecodeError
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from requests import Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as TransportError
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError, SSLError

from dialer.core.settings import Settings
from dialer.telephony.port import CarrierUnreachable, InDoubt, PlaceResult, Rejected, Rejection

Answer = TypeVar("Answer")

POOL = 32
NOT_FOUND = 20404
NOT_IN_PROGRESS = 21220
NUMBER_ERRORS = frozenset({21202, 21211, 21214, 21216, 21217, 13224, 13225})
PACE_ERRORS = frozenset({20429, 22005})
DOUBTFUL_STATUS, REQUEST_TIMEOUT = 500, 408
TOO_MANY_REQUESTS = 429
UNCLEAR = (TwilioException, JSONDecodeError)
"""An answer came, and it is neither a result nor a refusal with a code; a page of a proxy, for one."""


class ConnectingFirst(HTTPSConnection):
    """Whatever goes wrong before the TLS handshake is done is a connection that was never made."""

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, SSLError) as error:
            raise NewConnectionError(self, type(error).__name__) from error


class HttpsPool(HTTPSConnectionPool):
    ConnectionCls = ConnectingFirst


class TwilioCarrierHttp(TwilioHttpClient):
    """Twilio's own client with both timeouts, a pool that fits the workers, no retries, and the base
    address moved when a setting says so. The environment's proxy is the way out to the real service; a
    sandbox is not out there, and is asked directly."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(timeout=settings.twilio_read_seconds)
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=POOL, max_retries=0)
        adapter.poolmanager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": HttpsPool}
        session = Session()
        session.trust_env = settings.carrier_is_real
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        self.session = session
        self.timeout: Any = (settings.twilio_connect_seconds, settings.twilio_read_seconds)
        self._base = urlsplit(settings.twilio_base_url) if settings.twilio_base_url else None

    def request(  # type: ignore[override]  # Twilio's two classes name this parameter differently
        self, method: str, url: str, *args: Any, **options: Any
    ) -> Response:
        if self._base is not None:
            asked = urlsplit(url)
            url = urlunsplit((self._base.scheme, self._base.netloc, asked.path, asked.query, ""))
        return super().request(method, url, *args, **options)

    def stream(self, url: str, login: tuple[str, str]) -> requests.Response:
        """A file, piece by piece, with the account's password."""
        assert self.session is not None
        return self.session.get(url, auth=login, timeout=self.timeout, stream=True)


def reach(ask: Callable[[], Answer]) -> Answer:
    """What Twilio says; raises `CarrierUnreachable` for anything but a result."""
    try:
        return ask()
    except (*UNCLEAR, RequestException) as error:
        raise CarrierUnreachable(type(error).__name__) from error


def reach_if_there(ask: Callable[[], Answer], *gone: int) -> Answer | None:
    """The same; None when Twilio says that the thing is not there, or one of the codes `gone`."""

    def asked() -> Answer | None:
        try:
            return ask()
        except TwilioRestException as error:
            if error.code in (NOT_FOUND, *gone):
                return None
            raise

    return reach(asked)


def refusal(error: TwilioRestException) -> PlaceResult:
    """Sorted as section 8 of the carrier's error table says: what is certain, and what is not."""
    if error.status >= DOUBTFUL_STATUS or error.status == REQUEST_TIMEOUT:
        return InDoubt(f"HTTP {error.status}, code {error.code}")
    if error.code in PACE_ERRORS or error.status == TOO_MANY_REQUESTS:
        why = Rejection.PACE
    elif error.code in NUMBER_ERRORS:
        why = Rejection.NUMBER
    else:
        why = Rejection.ACCOUNT
    return Rejected(why, int(error.code or 0), str(error.msg))


def transport_failure(error: RequestException) -> PlaceResult:
    """A connection that was never made carried no request; anything later may have been acted on."""
    never_sent = isinstance(error, ConnectTimeout) or (
        isinstance(error, TransportError)
        and isinstance(getattr(error.args[0] if error.args else None, "reason", None), NewConnectionError)
    )
    if never_sent:
        return Rejected(Rejection.PACE, 0, "the carrier could not be reached")
    return InDoubt(type(error).__name__)
