"""Calls brought into a conference room, for the tests about rooms."""

from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.conference import ConferenceInstance

from tests.sandbox.servers import Customer, Twilio, wait_for

PATIENT = {"ring_seconds": 0, "patience_seconds": 60000, "talk_seconds": 60000, "dead_air_seconds": 60000}
"""Somebody who never hangs up while a test looks on."""
EVENTS = "start end join leave mute hold modify announcement"


def joined(
    twilio: Twilio, customer: Customer, to: str, name: str = "hall", path: str = "/room", **more: str
) -> CallInstance:
    """A call in the room."""
    if to.startswith("+"):
        twilio.script(to, "human", **PATIENT)
    settings = {"statusCallback": customer.url + path, "statusCallbackEvent": EVENTS, **more}
    attributes = " ".join(f'{key}="{value}"' for key, value in settings.items())
    call = twilio.dial(
        to, twiml=f"<Response><Dial><Conference {attributes}>{name}</Conference></Dial></Response>"
    )
    wait_for(lambda: any(call.sid in room["participants"] for room in twilio.state()["conferences"]))
    return call


def room_of(twilio: Twilio) -> ConferenceInstance:
    [conference] = twilio.client.conferences.list(friendly_name="hall")
    return conference
