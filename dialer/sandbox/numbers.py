"""The account's own numbers, and what happens to calls to them."""

from dataclasses import dataclass
from datetime import datetime

from dialer.sandbox.addresses import formatted
from dialer.sandbox.ids import number_sid
from dialer.sandbox.twiml import Source


@dataclass(slots=True)
class OwnedNumber:
    phone_number: str
    friendly_name: str
    since: datetime
    updated_at: datetime
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"

    @property
    def sid(self) -> str:
        return number_sid(self.phone_number)

    @property
    def source(self) -> Source:
        return Source(
            self.voice_url,
            self.voice_method,
            fallback_url=self.voice_fallback_url or None,
            fallback_method=self.voice_fallback_method,
        )


class Numbers:
    def __init__(self, owned: tuple[str, ...], since: datetime) -> None:
        self.all = [OwnedNumber(number, formatted(number), since, since) for number in owned]

    def find(self, key: str) -> OwnedNumber | None:
        """By number or SID."""
        return next((number for number in self.all if key in (number.phone_number, number.sid)), None)
