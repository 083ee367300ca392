"""Renders calls, conferences and numbers as the REST API shows them."""

from datetime import timedelta
from math import ceil

from dialer.sandbox.addresses import formatted
from dialer.sandbox.calls import Call, State, Status
from dialer.sandbox.clock import Clock, rfc2822, seconds_between
from dialer.sandbox.conferences import Conference, Participant
from dialer.sandbox.config import SandboxConfig
from dialer.sandbox.ids import number_sid
from dialer.sandbox.numbers import OwnedNumber
from dialer.sandbox.progress import API_VERSION
from dialer.sandbox.recordings import RUNNING, Recording

PRICE_PER_MINUTE = {"client": 0.0040, "phone": 0.0140}
PRICED_AFTER_SECONDS = 10
ACCOUNT_PARTS = ("calls", "conferences", "incoming_phone_numbers", "recordings")
CALL_PARTS = (
    "notifications",
    "recordings",
    "payments",
    "events",
    "siprec",
    "streams",
    "transcriptions",
    "user_defined_message_subscriptions",
    "user_defined_messages",
)

Resource = dict[str, object]


class Resources:
    def __init__(self, config: SandboxConfig, clock: Clock) -> None:
        self._account_sid = config.account_sid
        self._auth_token = config.auth_token
        self._base_url = config.base_url
        self._clock = clock
        self.root = f"/{API_VERSION}/Accounts/{config.account_sid}"

    def call(self, call: Call, lag_seconds: float = 0.0) -> Resource:
        order, state = call.order, call.state_at(self._clock.now() - timedelta(seconds=lag_seconds))
        uri = f"{self.root}/Calls/{call.sid}"
        return {
            "sid": call.sid,
            "date_created": rfc2822(call.created_at),
            "date_updated": rfc2822(call.updated_at or call.created_at),
            "parent_call_sid": order.parent.sid if order.parent else None,
            "account_sid": self._account_sid,
            "to": order.to,
            "to_formatted": formatted(order.to),
            "from": order.from_,
            "from_formatted": formatted(order.from_),
            "phone_number_sid": number_sid(order.from_) if order.from_.startswith("+") else None,
            "status": state.status,
            "start_time": rfc2822(state.started_at),
            "end_time": rfc2822(state.ended_at),
            "duration": str(seconds_between(state.answered_at, state.ended_at)) if state.ended_at else None,
            "price": self._price(call, state),
            "price_unit": "USD",
            "direction": order.direction,
            "answered_by": call.answered_by,
            "api_version": API_VERSION,
            "forwarded_from": None,
            "group_sid": None,
            "caller_name": None,
            "queue_time": str(round(call.queue_seconds * 1000)),
            "trunk_sid": None,
            "uri": f"{uri}.json",
            "subresource_uris": {part: f"{uri}/{camel(part)}.json" for part in CALL_PARTS},
        }

    def _price(self, call: Call, state: State) -> str | None:
        """Filled in some time after the end; ringing costs nothing."""
        if state.ended_at is None or state.status is not Status.COMPLETED:
            return None
        if (self._clock.now() - state.ended_at).total_seconds() < PRICED_AFTER_SECONDS:
            return None
        kind = "client" if call.order.to.startswith("client:") else "phone"
        minutes = ceil(seconds_between(state.answered_at, state.ended_at) / 60)
        return f"-{minutes * PRICE_PER_MINUTE[kind]:.5f}"

    def conference(self, conference: Conference) -> Resource:
        uri = f"{self.root}/Conferences/{conference.sid}"
        return {
            "account_sid": self._account_sid,
            "date_created": rfc2822(conference.created_at),
            "date_updated": rfc2822(conference.updated_at),
            "api_version": API_VERSION,
            "friendly_name": conference.name,
            "region": conference.region,
            "sid": conference.sid,
            "status": conference.status,
            "uri": f"{uri}.json",
            "subresource_uris": {
                "participants": f"{uri}/Participants.json",
                "recordings": f"{uri}/Recordings.json",
            },
            "reason_conference_ended": conference.reason_ended,
            "call_sid_ending_conference": conference.call_sid_ending,
        }

    def participant(self, conference: Conference, participant: Participant) -> Resource:
        call = participant.call
        return {
            "account_sid": self._account_sid,
            "call_sid": call.sid,
            "label": participant.label,
            "call_sid_to_coach": participant.call_sid_to_coach,
            "coaching": participant.coaching,
            "conference_sid": conference.sid,
            "date_created": rfc2822(participant.created_at),
            "date_updated": rfc2822(participant.updated_at),
            "end_conference_on_exit": participant.end_on_exit,
            "muted": participant.muted,
            "hold": participant.hold,
            "start_conference_on_enter": participant.start_on_enter,
            "status": participant_status(participant),
            "queue_time": str(round(call.queue_seconds * 1000)),
            "uri": f"{self.root}/Conferences/{conference.sid}/Participants/{call.sid}.json",
        }

    def call_recording(self, recording: Recording) -> Resource:
        owner = "Calls" if recording.call else "Conferences"
        subject = recording.subject
        assert subject is not None
        return {
            **self._recording(recording),
            "track": recording.order.track,
            "price": None,
            "uri": f"{self.root}/{owner}/{subject.sid}/Recordings/{recording.sid}.json",
        }

    def recording(self, recording: Recording) -> Resource:
        uri = f"{self.root}/Recordings/{recording.sid}"
        return {
            **self._recording(recording),
            "price": None,
            "uri": f"{uri}.json",
            "subresource_uris": {
                "add_on_results": f"{uri}/AddOnResults.json",
                "transcriptions": f"{uri}/Transcriptions.json",
            },
            "media_url": f"{self._base_url}{uri}",
        }

    def _recording(self, recording: Recording) -> Resource:
        running = recording.status in RUNNING
        return {
            "account_sid": self._account_sid,
            "api_version": API_VERSION,
            "call_sid": recording.call.sid if recording.call else None,
            "conference_sid": recording.conference.sid if recording.conference else None,
            "channels": recording.order.channels,
            "date_created": rfc2822(recording.started_at),
            "date_updated": rfc2822(recording.updated_at),
            "start_time": rfc2822(recording.started_at),
            "price_unit": "USD",
            "duration": None if running else str(recording.seconds),
            "sid": recording.sid,
            "source": recording.order.source,
            "status": recording.status,
            "error_code": None,
            "encryption_details": None,
        }

    def account(self, created: str | None) -> Resource:
        return {
            "auth_token": self._auth_token,
            "date_created": created,
            "date_updated": created,
            "friendly_name": "Sandbox",
            "owner_account_sid": self._account_sid,
            "sid": self._account_sid,
            "status": "active",
            "subresource_uris": {part: f"{self.root}/{camel(part)}.json" for part in ACCOUNT_PARTS},
            "type": "Full",
            "uri": f"{self.root}.json",
        }

    def number(self, number: OwnedNumber) -> Resource:
        return {
            "account_sid": self._account_sid,
            "address_sid": None,
            "address_requirements": "none",
            "api_version": API_VERSION,
            "beta": False,
            "capabilities": {"voice": True, "sms": False, "mms": False, "fax": False},
            "date_created": rfc2822(number.since),
            "date_updated": rfc2822(number.updated_at),
            "friendly_name": number.friendly_name,
            "identity_sid": None,
            "phone_number": number.phone_number,
            "origin": "twilio",
            "sid": number.sid,
            "sms_application_sid": None,
            "sms_fallback_method": "POST",
            "sms_fallback_url": "",
            "sms_method": "POST",
            "sms_url": "",
            "status_callback": number.status_callback,
            "status_callback_method": number.status_callback_method,
            "trunk_sid": None,
            "uri": f"{self.root}/IncomingPhoneNumbers/{number.sid}.json",
            "voice_receive_mode": "voice",
            "voice_application_sid": number.voice_application_sid or None,
            "voice_caller_id_lookup": False,
            "voice_fallback_method": number.voice_fallback_method,
            "voice_fallback_url": number.voice_fallback_url,
            "voice_method": number.voice_method,
            "voice_url": number.voice_url,
            "emergency_status": "Inactive",
            "emergency_address_sid": None,
            "emergency_address_status": "unregistered",
            "bundle_sid": None,
            "status": "in-use",
            "type": "local",
        }


def participant_status(participant: Participant) -> str:
    call = participant.call
    match call.status:
        case Status.QUEUED:
            return "queued" if call.started_at is None else "connecting"
        case Status.RINGING:
            return "ringing"
        case Status.IN_PROGRESS:
            return "connected"
        case Status.COMPLETED:
            return "complete"
        case _:
            return "failed"


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
