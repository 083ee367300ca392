"""The account's own numbers: bought, given back, and what happens to calls to them."""

import re
from dataclasses import dataclass
from datetime import datetime

from dialer.sandbox.addresses import formatted, is_valid, normalized
from dialer.sandbox.applications import Voice
from dialer.sandbox.calls import StatusCallback
from dialer.sandbox.errors import TwilioError, no_number_in, number_unavailable
from dialer.sandbox.ids import number_sid
from dialer.sandbox.twiml import Source

FICTION = re.compile(r"\+1[2-9]\d{2}55501\d{2}|\+44(2079460|7700900|1632960)\d{3}")
"""Nobody has these numbers in the world, so they are the ones that can be had here."""
MAGIC_UNAVAILABLE, MAGIC_INVALID, MAGIC_AVAILABLE = "+15005550000", "+15005550001", "+15005550006"
MAGIC_AREAS = {"500": MAGIC_AVAILABLE, "533": None}


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
    voice_application_sid: str = ""
    status_callback: str = ""
    status_callback_method: str = "POST"

    @property
    def sid(self) -> str:
        return number_sid(self.phone_number)

    @property
    def voice(self) -> Voice | None:
        if not self.voice_url:
            return None
        source = Source(
            self.voice_url,
            self.voice_method,
            fallback_url=self.voice_fallback_url or None,
            fallback_method=self.voice_fallback_method,
        )
        url = self.status_callback
        return Voice(source, StatusCallback(url, self.status_callback_method) if url else None)


class Numbers:
    def __init__(self, owned: tuple[str, ...], since: datetime) -> None:
        self.owned = {number: OwnedNumber(number, formatted(number), since, since) for number in owned}

    def find(self, key: str) -> OwnedNumber | None:
        """By number or SID."""
        return self.owned.get(key) or next((one for one in self.owned.values() if one.sid == key), None)

    def buy(self, text: str, area_code: str, now: datetime) -> OwnedNumber:
        """A given number, or the first that is free in an area."""
        wanted = self._free_in(area_code) if area_code and not text else normalized(text)
        if wanted == MAGIC_UNAVAILABLE:
            raise number_unavailable(wanted)
        if wanted == MAGIC_INVALID or not is_valid(wanted):
            raise TwilioError(21421, f"PhoneNumber is not valid: {text}")
        if wanted != MAGIC_AVAILABLE and (wanted in self.owned or not FICTION.fullmatch(wanted)):
            raise number_unavailable(wanted)
        return self.owned.setdefault(wanted, OwnedNumber(wanted, formatted(wanted), now, now))

    def release(self, number: OwnedNumber) -> None:
        del self.owned[number.phone_number]

    def _free_in(self, area_code: str) -> str:
        numbers = (f"+1{area_code}55501{last:02d}" for last in range(100))
        free = next((one for one in numbers if FICTION.fullmatch(one) and one not in self.owned), None)
        found = MAGIC_AREAS.get(area_code, free)
        if found is None:
            raise no_number_in(area_code)
        return found
