"""Dial to numbers, clients and SIP addresses: the first that answers is bridged, the others are dropped."""

import asyncio
from functools import partial
from xml.etree.ElementTree import Element

from dialer.sandbox.addresses import is_valid, normalized
from dialer.sandbox.attributes import address, callback_of, recording_of
from dialer.sandbox.calls import Call, Cause, Direction, Order, Script, Status
from dialer.sandbox.clock import seconds_between
from dialer.sandbox.detection import Detection, detection_of
from dialer.sandbox.errors import TwilioError
from dialer.sandbox.forms import Form
from dialer.sandbox.interpreter import Interpreter
from dialer.sandbox.mishaps import DIALLED_MAGIC, MAGIC_CALLER, MISHAPS
from dialer.sandbox.prompts import play_keys
from dialer.sandbox.recordings import Recording
from dialer.sandbox.twiml import Document, Source, number

NOUNS = ("Number", "Client", "Sip")
LONGEST_DIAL = 86_400.0


class Bridge:
    """A call that waits for one of those it dials, and talks to the first that answers."""

    def __init__(self, interpreter: Interpreter, call: Call, element: Element, document: Document) -> None:
        self._interpreter = interpreter
        self._call = call
        self._element = element
        self._document = document
        self._winner: Call | None = None
        self._settled = asyncio.Event()
        self._over = asyncio.Event()
        self._parted = asyncio.Event()
        self._children: list[Call] = []
        self._gone: set[Call] = set()
        """Those of the children that have ended or were redirected elsewhere."""

    async def hold(self) -> dict[str, str]:
        self._call.detach = self._part
        nouns = [noun for noun in self._element if noun.tag in NOUNS]
        if not nouns and (self._element.text or "").strip():
            nouns = [self._element]
        orders = [order for order in map(self._order, nouns) if self._may_dial(order)]
        for order in orders:
            child = self._interpreter.exchange.place(order)
            self._children.append(child)
            child.detach = partial(self._lose, child)
        if self._children:
            await self._settled.wait()
        if self._winner is not None:
            await self._talk(self._winner)
        self._call.detach = None
        return self._result()

    async def _talk(self, winner: Call) -> None:
        exchange = self._interpreter.exchange
        for child in self._children:
            if child is not winner:
                exchange.hang_up(child)
        self._bridge(winner, True)
        recording = self._record()
        limit = number(self._element, "timeLimit", LONGEST_DIAL)
        timer = self._interpreter.clock.call_later(limit, lambda: exchange.hang_up(winner))
        try:
            await self._parted.wait()
        finally:
            timer.cancel()
            if recording is not None:
                self._interpreter.recordings.stop(recording)
        self._bridge(winner, False)

    def _record(self) -> Recording | None:
        if self._element.get("record", "do-not-record") in ("do-not-record", "false"):
            return None
        order = recording_of(self._interpreter, self._call, self._element, self._document, "DialVerb")
        return self._interpreter.recordings.record_call(self._call, order)

    def _lose(self, child: Call, cause: Cause) -> None:
        self._gone.add(child)
        if child is self._winner:
            self._parted.set()
        if self._gone.issuperset(self._children):
            self._settled.set()

    def _part(self, cause: Cause) -> None:
        self._over.set()
        self._call.presence.set_bridged(False)
        for child in self._children:
            if child not in self._gone:
                self._interpreter.exchange.hang_up(child)

    def _bridge(self, winner: Call, bridged: bool) -> None:
        self._call.presence.set_bridged(bridged)
        winner.presence.set_bridged(bridged)

    def _order(self, noun: Element) -> Order:
        dialled = (noun.text or "").strip()
        return Order(
            to=f"client:{dialled}" if noun.tag == "Client" else normalized(dialled),
            from_=self._element.get("callerId") or self._call.order.from_,
            script=self._interpreter.detector.while_running(self._detection(noun), self._child_script(noun)),
            callback=callback_of(noun, self._document),
            timeout=number(self._element, "timeout", 30),
            direction=Direction.OUTBOUND_DIAL,
            parent=self._call,
            paced=False,
        )

    def _may_dial(self, order: Order) -> bool:
        if order.to.startswith(("client:", "sip:")):
            return True
        parent = self._call.order
        if order.to in DIALLED_MAGIC:
            mishap = MISHAPS[DIALLED_MAGIC[order.to]]
            code, message = mishap.code, mishap.message
        elif order.from_ == MAGIC_CALLER:
            code, message = 13247, f"Dial: {order.from_} is on the do-not-originate list"
        elif not is_valid(order.to):
            code, message = 13223, f"Dial: {order.to} is no E.164 number"
        elif order.from_ not in (*self._interpreter.owned, parent.from_, parent.to):
            code, message = 13214, f"Dial: the caller id {order.from_} is not ours"
        else:
            return True
        self._interpreter.debugger.note(code, message, call_sid=self._call.sid)
        return False

    def _detection(self, noun: Element) -> Detection | None:
        """As a request's fields, but spelled as attributes."""
        fields = [(name[0].upper() + name[1:], value) for name, value in noun.items()]
        try:
            return detection_of(Form(fields), "AmdStatusCallback", always_async=True)
        except TwilioError as error:
            self._interpreter.debugger.note(error.code, error.message, call_sid=self._call.sid)
            return None

    def _child_script(self, noun: Element) -> Script:
        """What the noun's `url` says is played to the child alone, before the two are bridged."""

        async def answer(child: Call) -> None:
            await play_keys(self._interpreter, child, noun.get("sendDigits", ""))
            url = address(noun, "url", self._document)
            if url:
                whisper = Source(url, noun.get("method", "POST"))
                if not await self._interpreter.run(child, whisper, {}):
                    return
            if self._winner is None:
                self._winner = child
                self._settled.set()
                await self._over.wait()

        return answer

    def _result(self) -> dict[str, str]:
        child = self._winner or (self._children[-1] if self._children else None)
        if child is None:
            return {"DialCallStatus": Status.FAILED, "DialBridged": "false"}
        fields = {
            "DialCallStatus": str(child.status if child.is_over else Status.COMPLETED),
            "DialCallSid": child.sid,
            "DialBridged": "true" if child is self._winner else "false",
        }
        if child.answered_at is not None:
            ended_at = child.ended_at or self._interpreter.clock.now()
            fields["DialCallDuration"] = str(seconds_between(child.answered_at, ended_at))
        return fields
