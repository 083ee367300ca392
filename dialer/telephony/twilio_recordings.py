"""Twilio's recordings: begun, paused, listed, fetched as sound, deleted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from requests import Response
from twilio.rest import Client

from dialer.core.settings import REAL_CARRIER, Settings
from dialer.telephony.port import CarrierUnreachable, RecordingChange, RecordingFacts
from dialer.telephony.twilio_http import NOT_IN_PROGRESS, TwilioCarrierHttp, reach, reach_if_there
from dialer.telephony.urls import CarrierUrls

RECORDING_EVENTS = ["in-progress", "completed", "absent"]
PIECE_BYTES = 65_536
MISSING = 404
STATUS: Mapping[RecordingChange, Any] = {change: change.value for change in RecordingChange}


class TwilioRecordings:
    def __init__(
        self, client: Client, urls: CarrierUrls, http: TwilioCarrierHttp, settings: Settings
    ) -> None:
        self._client = client
        self._urls = urls
        self._http = http
        self._base = (settings.twilio_base_url or REAL_CARRIER).rstrip("/")
        token = settings.twilio_auth_token
        self._login = (str(settings.twilio_account_sid), token.get_secret_value() if token else "")

    def start(self, call_sid: str, attempt_id: UUID) -> RecordingFacts | None:
        made = reach_if_there(
            lambda: self._client.calls(call_sid).recordings.create(
                recording_channels="dual",
                recording_status_callback=self._urls.call_recording(attempt_id),
                recording_status_callback_event=RECORDING_EVENTS,
            ),
            NOT_IN_PROGRESS,
        )
        return None if made is None else _facts(made)

    def change(self, call_sid: str, recording_sid: str, change: RecordingChange) -> bool:
        recording = self._client.calls(call_sid).recordings(recording_sid)
        return reach_if_there(lambda: recording.update(status=STATUS[change]), NOT_IN_PROGRESS) is not None

    def of_call(self, call_sid: str) -> Sequence[RecordingFacts]:
        return [
            _facts(one) for one in reach(lambda: self._client.recordings.list(call_sid=call_sid, limit=20))
        ]

    def media(self, recording_sid: str) -> Iterator[bytes] | None:
        url = f"{self._base}/2010-04-01/Accounts/{self._login[0]}/Recordings/{recording_sid}.wav"
        answer: Response = reach(lambda: self._http.stream(url, self._login))
        if answer.status_code == MISSING:
            return None
        if not answer.ok:
            raise CarrierUnreachable(f"HTTP {answer.status_code}")
        return _pieces(answer)

    def delete(self, recording_sid: str) -> None:
        reach_if_there(self._client.recordings(recording_sid).delete)


def _pieces(answer: Response) -> Iterator[bytes]:
    with answer:
        pieces = answer.iter_content(PIECE_BYTES)
        while piece := reach(lambda: next(pieces, b"")):
            yield piece


def _facts(recording: object) -> RecordingFacts:
    """Of a recording of the account or of a call: two classes of the library with the same fields."""
    duration = str(getattr(recording, "duration", None) or "")
    return RecordingFacts(
        sid=str(getattr(recording, "sid", "")),
        status=str(getattr(recording, "status", "")),
        seconds=int(duration) if duration.isdecimal() else None,
        channels=int(getattr(recording, "channels", None) or 1),
    )
