"""The only speaker of Twilio's API. It asks once, with timeouts, and never guesses.

It does not know whether it talks to a sandbox: the base address is a setting. Pointed at the real
service it refuses numbers reserved for fiction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from dialer.core.settings import Settings
from dialer.domain.campaign import MachineDetection
from dialer.domain.phone import is_fictional
from dialer.telephony.port import (
    AgentCallRequest,
    CallFacts,
    CallRequest,
    InDoubt,
    LegRequest,
    Placed,
    PlaceResult,
    Rejected,
    Rejection,
)
from dialer.telephony.twilio_http import (
    NOT_IN_PROGRESS,
    UNCLEAR,
    TwilioCarrierHttp,
    reach,
    reach_if_there,
    refusal,
    transport_failure,
)
from dialer.telephony.twilio_numbers import TwilioNumbers
from dialer.telephony.twilio_recordings import RECORDING_EVENTS, TwilioRecordings
from dialer.telephony.twilio_rooms import TwilioRooms
from dialer.telephony.urls import CarrierUrls

AGENT_LINE_SECONDS = 14_400
"""Four hours: what an account allows a call unless it has asked for more."""
EVENTS = ["initiated", "ringing", "answered", "completed"]
GREETING_SECONDS = 45
"""Thirty, Twilio's default, is short for the greeting of a business."""


class TwilioCarrier:
    def __init__(self, settings: Settings) -> None:
        settings.require("twilio_account_sid", "twilio_auth_token", "public_url")
        token = settings.twilio_auth_token.get_secret_value() if settings.twilio_auth_token else ""
        http = TwilioCarrierHttp(settings)
        self._client = Client(settings.twilio_account_sid, token, http_client=http)
        self._validator = RequestValidator(token)
        self._urls = CarrierUrls(str(settings.public_url))
        self._is_real = settings.carrier_is_real
        fallback_url = str(settings.fallback_url or "")
        self._fallback = {"fallback_url": fallback_url} if fallback_url else {}
        self.rooms = TwilioRooms(self._client)
        self.recordings = TwilioRecordings(self._client, self._urls, http, settings)
        self.numbers = TwilioNumbers(self._client, fallback_url)

    def place_call(self, request: CallRequest) -> PlaceResult:
        return self._create(
            request.to,
            from_=request.caller_id,
            url=self._urls.call_answer(request.attempt_id),
            **self._fallback,
            status_callback=self._urls.call_status(request.attempt_id),
            timeout=request.ring_seconds,
            time_limit=request.call_seconds_limit,
            **self._detection(request),
            **self._recording(request),
        )

    def _detection(self, request: CallRequest) -> Mapping[str, Any]:
        """`AsyncAmd` is a word, not a truth value: contract section 3."""
        if request.machine_detection is MachineDetection.OFF:
            return {}
        fields: dict[str, Any] = {"machine_detection": "Enable"}
        if request.leaves_message:
            fields |= {"machine_detection": "DetectMessageEnd", "machine_detection_timeout": GREETING_SECONDS}
        if request.machine_detection is MachineDetection.WHILE_CONNECTING:
            callback = self._urls.call_machine(request.attempt_id)
            fields |= {"async_amd": "true", "async_amd_status_callback": callback}
        return fields

    def _recording(self, request: CallRequest) -> Mapping[str, Any]:
        if not request.record:
            return {}
        return {
            "record": True,
            "recording_channels": "dual",
            "recording_status_callback": self._urls.call_recording(request.attempt_id),
            "recording_status_callback_event": RECORDING_EVENTS,
        }

    def call_agent(self, request: AgentCallRequest) -> PlaceResult:
        return self._create(
            request.address,
            from_=request.caller_id,
            url=self._urls.agent_answer(request.session_id),
            status_callback=self._urls.agent_status(request.session_id),
            time_limit=AGENT_LINE_SECONDS,
        )

    def call_leg(self, request: LegRequest) -> PlaceResult:
        return self._create(
            request.address,
            from_=request.caller_id,
            url=self._urls.leg_answer(request.leg_id),
            status_callback=self._urls.leg_status(request.leg_id),
            timeout=request.ring_seconds,
            time_limit=AGENT_LINE_SECONDS,
        )

    def _create(self, to: str, **fields: Any) -> PlaceResult:
        if self._is_real and is_fictional(to):
            return Rejected(Rejection.NUMBER, 0, "a number reserved for fiction is not dialled for real")
        try:
            call = self._client.calls.create(to=to, status_callback_event=EVENTS, **fields)
        except TwilioRestException as error:
            return refusal(error)
        except UNCLEAR as error:
            return InDoubt(f"unclear answer: {error}")
        except RequestException as error:
            return transport_failure(error)
        return Placed(call.sid) if call.sid else InDoubt("the carrier's answer had no sid")

    def hang_up(self, sid: str) -> CallFacts | None:
        call = reach_if_there(lambda: self._client.calls(sid).update(status="completed"), NOT_IN_PROGRESS)
        return None if call is None else _facts(call)

    def cancel(self, sid: str) -> CallFacts | None:
        call = reach_if_there(lambda: self._client.calls(sid).update(status="canceled"), NOT_IN_PROGRESS)
        return self.fetch_call(sid) if call is None else _facts(call)

    def redirect(self, sid: str, url: str) -> bool:
        moved = reach_if_there(lambda: self._client.calls(sid).update(url=url), NOT_IN_PROGRESS)
        return moved is not None

    def fetch_call(self, sid: str) -> CallFacts | None:
        call = reach_if_there(lambda: self._client.calls(sid).fetch())
        return None if call is None else _facts(call)

    def find_calls(self, to: str, caller_id: str, since: datetime) -> Sequence[CallFacts]:
        """The newest hundred are looked through. No StartTime filter: a queued call has none."""
        calls = reach(lambda: self._client.calls.list(to=to, from_=caller_id, limit=100))
        facts = [_facts(call) for call in calls]
        return [call for call in facts if call.created_at is None or call.created_at >= since]

    def signature_is_valid(self, url: str, fields: Mapping[str, object], signature: str) -> bool:
        return bool(self._validator.validate(url, fields, signature))


def _facts(call: CallInstance) -> CallFacts:
    return CallFacts(
        sid=str(call.sid),
        status=str(call.status),
        to=str(call.to),
        started_at=call.start_time,
        created_at=call.date_created,
        answered_by=call.answered_by or None,
    )
