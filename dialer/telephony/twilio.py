"""The only speaker of Twilio's API. It asks once, with timeouts, and never guesses.

It does not know whether it talks to a sandbox: the base address is a setting. Pointed at the real
service it refuses numbers reserved for fiction.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from json import JSONDecodeError
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from requests import Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as TransportError
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from urllib3.exceptions import NewConnectionError

from dialer.core.settings import Settings
from dialer.domain.phone import is_fictional
from dialer.telephony.port import (
    AgentCallRequest,
    CallFacts,
    CallRequest,
    CarrierUnreachable,
    InDoubt,
    Placed,
    PlaceResult,
    Rejected,
    Rejection,
)
from dialer.telephony.urls import CarrierUrls

Answer = TypeVar("Answer")

POOL = 32
AGENT_LINE_SECONDS = 14_400
"""Four hours: what an account allows a call unless it has asked for more."""
NOT_FOUND = 20404
NOT_IN_PROGRESS = 21220
EVENTS = ["initiated", "ringing", "answered", "completed"]

NUMBER_ERRORS = frozenset({21202, 21211, 21214, 21216, 21217, 13224, 13225})
PACE_ERRORS = frozenset({20429, 22005})
DOUBTFUL_STATUS = 500
TOO_MANY_REQUESTS = 429
UNCLEAR = (TwilioException, JSONDecodeError)
"""An answer came, and it is neither a result nor a refusal with a code; a page of a proxy, for one."""


class TwilioCarrierHttp(TwilioHttpClient):
    """Twilio's own client with both timeouts, a pool that fits the workers, no retries, and the base
    address moved when a setting says so."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(timeout=settings.twilio_read_seconds)
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=POOL, max_retries=0)
        session = Session()
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


class TwilioCarrier:
    def __init__(self, settings: Settings) -> None:
        settings.require("twilio_account_sid", "twilio_auth_token", "public_url")
        token = settings.twilio_auth_token.get_secret_value() if settings.twilio_auth_token else ""
        self._client = Client(settings.twilio_account_sid, token, http_client=TwilioCarrierHttp(settings))
        self._validator = RequestValidator(token)
        self._urls = CarrierUrls(str(settings.public_url))
        self._is_real = settings.carrier_is_real

    def place_call(self, request: CallRequest) -> PlaceResult:
        if self._is_real and is_fictional(request.to):
            return Rejected(Rejection.NUMBER, 0, "a number reserved for fiction is not dialled for real")
        return self._create(
            to=request.to,
            from_=request.caller_id,
            url=self._urls.call_answer(request.attempt_id),
            status_callback=self._urls.call_status(request.attempt_id),
            status_callback_event=EVENTS,
            timeout=request.ring_seconds,
            time_limit=request.call_seconds_limit,
        )

    def call_agent(self, request: AgentCallRequest) -> PlaceResult:
        return self._create(
            to=f"client:{request.identity}",
            from_=request.caller_id,
            url=self._urls.agent_answer(request.session_id),
            status_callback=self._urls.agent_status(request.session_id),
            status_callback_event=EVENTS,
            time_limit=AGENT_LINE_SECONDS,
        )

    def _create(self, **fields: Any) -> PlaceResult:
        try:
            call = self._client.calls.create(**fields)
        except TwilioRestException as error:
            return _refusal(error)
        except UNCLEAR as error:
            return InDoubt(f"unclear answer: {error}")
        except RequestException as error:
            return _transport_failure(error)
        return Placed(call.sid) if call.sid else InDoubt("the carrier's answer had no sid")

    def hang_up(self, sid: str) -> None:
        def end() -> None:
            try:
                self._client.calls(sid).update(status="completed")
            except TwilioRestException as error:
                if error.code not in (NOT_IN_PROGRESS, NOT_FOUND):
                    raise

        _reach(end)

    def fetch_call(self, sid: str) -> CallFacts | None:
        def fetch() -> CallFacts | None:
            try:
                return _facts(self._client.calls(sid).fetch())
            except TwilioRestException as error:
                if error.code == NOT_FOUND:
                    return None
                raise

        return _reach(fetch)

    def find_calls(self, to: str, caller_id: str, since: datetime) -> Sequence[CallFacts]:
        """The newest hundred are looked through. No StartTime filter: a queued call has none."""
        calls = _reach(lambda: self._client.calls.list(to=to, from_=caller_id, limit=100))
        facts = [_facts(call) for call in calls]
        return [call for call in facts if call.created_at is None or call.created_at >= since]

    def signature_is_valid(self, url: str, fields: Mapping[str, object], signature: str) -> bool:
        return bool(self._validator.validate(url, fields, signature))


def _reach(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except (*UNCLEAR, RequestException) as error:
        raise CarrierUnreachable(type(error).__name__) from error


def _refusal(error: TwilioRestException) -> PlaceResult:
    """Sorted as section 8 of the carrier's error table says: what is certain, and what is not."""
    if error.status >= DOUBTFUL_STATUS:
        return InDoubt(f"HTTP {error.status}, code {error.code}")
    if error.code in PACE_ERRORS or error.status == TOO_MANY_REQUESTS:
        why = Rejection.PACE
    elif error.code in NUMBER_ERRORS:
        why = Rejection.NUMBER
    else:
        why = Rejection.ACCOUNT
    return Rejected(why, int(error.code or 0), str(error.msg))


def _transport_failure(error: RequestException) -> PlaceResult:
    """A connection that was never made carried no request; anything later may have been acted on."""
    never_sent = isinstance(error, ConnectTimeout) or (
        isinstance(error, TransportError)
        and isinstance(getattr(error.args[0] if error.args else None, "reason", None), NewConnectionError)
    )
    if never_sent:
        return Rejected(Rejection.PACE, 0, "the carrier could not be reached")
    return InDoubt(type(error).__name__)


def _facts(call: CallInstance) -> CallFacts:
    return CallFacts(
        sid=str(call.sid),
        status=str(call.status),
        to=str(call.to),
        started_at=call.start_time,
        created_at=call.date_created,
    )
