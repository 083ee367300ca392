"""The account's own telephone numbers, and where calls to them are sent."""

from collections.abc import Sequence

from twilio.rest import Client
from twilio.rest.api.v2010.account.incoming_phone_number import IncomingPhoneNumberInstance

from dialer.telephony.port import OwnedNumber
from dialer.telephony.twilio_http import reach, reach_if_there


class TwilioNumbers:
    def __init__(self, client: Client, fallback_url: str) -> None:
        self._client = client
        self._fallback_url = fallback_url

    def owned(self) -> Sequence[OwnedNumber]:
        numbers = reach(lambda: self._client.incoming_phone_numbers.list(page_size=1000))
        return [_owned(one) for one in numbers]

    def send_calls_to(self, number_sid: str, voice_url: str, status_url: str) -> None:
        """An app that is named there goes before the address, and is taken away."""
        number = self._client.incoming_phone_numbers(number_sid)
        reach_if_there(
            lambda: number.update(
                voice_application_sid="",
                voice_url=voice_url,
                voice_method="POST",
                voice_fallback_url=self._fallback_url,
                status_callback=status_url,
                status_callback_method="POST",
            )
        )


def _owned(number: IncomingPhoneNumberInstance) -> OwnedNumber:
    return OwnedNumber(
        sid=str(number.sid),
        phone=str(number.phone_number),
        voice_url=number.voice_application_sid or number.voice_url or "",
        status_url=number.status_callback or "",
    )
