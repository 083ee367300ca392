"""What goes wrong with a call after Twilio has taken it: the call ends, and only the debugger says why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mishap:
    """Without a SIP code the call is answered before it goes wrong."""

    code: int
    message: str
    sip_code: int | None = None


SILENCE_SECONDS = 10.0
"""How long an answered call goes on without any sound from it."""

MISHAPS = {
    mishap.code: mishap
    for mishap in (
        Mishap(13224, "Dial: Twilio does not support calling this number or the number is invalid", 404),
        Mishap(13225, "Dial: Forbidden phone number", 403),
        Mishap(13227, "Dial: Geo permission is missing", 403),
        Mishap(32014, "Call is terminated because no audio was received"),
        Mishap(32016, "PSTN post-dial delay timeout", 408),
        Mishap(32017, "The carrier blocked the call for the reputation of its caller ID", 608),
        Mishap(32021, "SHAKEN/STIR call verification failed", 438),
    )
}
DIALLED_MAGIC = {"+15005550001": 13224, "+15005550002": 13224, "+15005550003": 13227, "+15005550004": 13225}
"""Where the REST API refuses Twilio's magic numbers, Dial only notes it."""
MAGIC_CALLER = "+15005550001"
