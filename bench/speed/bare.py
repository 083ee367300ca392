"""What Twilio's library does by itself: a loop that creates calls, in one thread and in many."""

import time
from concurrent.futures import ThreadPoolExecutor

from twilio.rest import Client

from bench.speed.seed import CALLER_IDS
from dialer.core.settings import Settings
from dialer.telephony.twilio_http import TwilioCarrierHttp

TO = "+12125550142"
TWIML = "<Response><Hangup/></Response>"


def calls_a_second(settings: Settings, threads: int, seconds: float) -> float:
    """Against the sandbox that the house speaks with, by one client with a connection for each thread."""
    assert settings.twilio_auth_token is not None
    token = settings.twilio_auth_token.get_secret_value()
    client = Client(settings.twilio_account_sid, token, http_client=TwilioCarrierHttp(settings))

    def loop(_: int) -> int:
        made = 0
        while time.monotonic() < ends_at:
            client.calls.create(to=TO, from_=CALLER_IDS[0], twiml=TWIML)
            made += 1
        return made

    started = time.monotonic()
    ends_at = started + seconds
    with ThreadPoolExecutor(threads) as pool:
        made = sum(pool.map(loop, range(threads)))
    return made / (time.monotonic() - started)
