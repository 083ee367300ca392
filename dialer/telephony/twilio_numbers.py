"""The account's own telephone numbers, and where calls to them are sent."""

from collections.abc import Sequence

from twilio.rest import Client

from dialer.telephony.port import OwnedNumber
from dialer.telephony.twilio_http import reach, reach_if_there


class TwilioNumbers:
    def __init__(self, client: Client) -> None:
        self._client = client

    def owned(self) -> Sequence[OwnedNumber]:
        numbers = reach(lambda: self._client.incoming_phone_numbers.list(page_size=1000))
        return [OwnedNumber(str(one.sid), str(one.phone_number), one.voice_url or "") for one in numbers]

    def send_calls_to(self, number_sid: str, voice_url: str) -> None:
        number = self._client.incoming_phone_numbers(number_sid)
        reach_if_there(lambda: number.update(voice_url=voice_url, voice_method="POST"))
