"""What Twilio tells the customer about a call: the common fields, and the status callbacks."""

from math import ceil
from random import Random

from dialer.sandbox.calls import ENDED, Call, Direction, Event, Status
from dialer.sandbox.clock import Clock, rfc2822, seconds_between
from dialer.sandbox.delivery import About
from dialer.sandbox.webhooks import Webhooks

API_VERSION = "2010-04-01"
PLACES = ("City", "State", "Zip", "Country")
LATER_FIELD_SHARE = 0.1
"""Twilio adds fields without notice; so do a tenth of these callbacks."""


class Progress:
    def __init__(self, account_sid: str, clock: Clock, webhooks: Webhooks, seed: int) -> None:
        self._account_sid = account_sid
        self._clock = clock
        self._webhooks = webhooks
        self._random = Random(seed)

    def fields(self, call: Call, status: str | None = None) -> dict[str, str]:
        """The fields that every request about a call carries."""
        order = call.order
        fields = {
            "CallSid": call.sid,
            "AccountSid": self._account_sid,
            "From": order.from_,
            "To": order.to,
            "Caller": order.from_,
            "Called": order.to,
            "CallStatus": status or call.status,
            "ApiVersion": API_VERSION,
            "Direction": order.direction,
        }
        if order.direction is Direction.INBOUND and order.from_.startswith("+"):
            fields["StirVerstat"] = "TN-Validation-Passed-A"
        fields |= order.params
        if order.parent is not None:
            fields["ParentCallSid"] = order.parent.sid
        for party, address in (
            ("From", order.from_),
            ("To", order.to),
            ("Caller", order.from_),
            ("Called", order.to),
        ):
            if address.startswith("+"):
                fields.update({party + place: "" for place in PLACES})
                if address.startswith("+1"):
                    fields[party + "Country"] = "US"
        return fields

    def emit(self, call: Call, event: Event) -> None:
        """Sends the event if it was asked for; only what is sent is counted in the sequence."""
        call.updated_at = self._clock.now()
        callback, order = call.callback, call.order
        if callback is None or event not in callback.events:
            return
        sequence, call.sequence = call.sequence, call.sequence + 1
        fields = self.fields(call, "initiated" if event is Event.INITIATED else None)
        fields["Timestamp"] = rfc2822(call.updated_at) or ""
        fields["SequenceNumber"] = str(sequence)
        fields["CallbackSource"] = "call-progress-events"
        if event in (Event.RINGING, Event.ANSWERED) and order.direction is not Direction.INBOUND:
            fields["StirStatus"] = "A"
        if call.status in ENDED:
            fields |= ending_fields(call) | call.last_words
        if self._random.random() < LATER_FIELD_SHARE:
            fields["AddedWithoutNotice"] = "1"
        self._webhooks.notify(
            About(f"status:{event}", f"{call.key}:{event}", call.sid, order.to),
            callback.url,
            fields,
            method=callback.method,
        )


def ending_fields(call: Call) -> dict[str, str]:
    seconds = seconds_between(call.answered_at, call.ended_at)
    fields = {"CallDuration": str(seconds)}
    if call.sip_code is not None:
        fields["SipResponseCode"] = str(call.sip_code)
    if call.status is Status.COMPLETED:
        fields["Duration"] = str(ceil(seconds / 60))
    return fields
