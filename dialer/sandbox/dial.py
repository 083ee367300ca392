"""The TwiML verb Dial: into a conference, or to numbers and clients."""

import asyncio
from xml.etree.ElementTree import Element

from dialer.sandbox.addresses import is_valid, normalized
from dialer.sandbox.calls import Call, Cause, Direction, Order, Script, Status, StatusCallback
from dialer.sandbox.clock import seconds_between
from dialer.sandbox.conferences import Conference, Conferences, Participant, RoomCallback, RoomStatus
from dialer.sandbox.detection import Detection, detection_of
from dialer.sandbox.errors import TwilioError
from dialer.sandbox.forms import Form
from dialer.sandbox.interpreter import Interpreter, Next
from dialer.sandbox.recordings import RecordingCallback, RecordingOrder
from dialer.sandbox.twiml import Document, Source, number

NOUNS = ("Number", "Client", "Sip")
LONGEST_DIAL = 86_400.0
WAITING_VERBS = ("Play", "Say", "Pause", "Redirect")


async def dial(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    room = element.find("Conference")
    if room is not None:
        fields = await _confer(interpreter, call, room, document)
    else:
        fields = await Bridge(interpreter, call, element, document).hold()
    return interpreter.action(call, element, document, fields)


async def _confer(interpreter: Interpreter, call: Call, noun: Element, document: Document) -> dict[str, str]:
    conference = interpreter.conferences.open((noun.text or "").strip())
    now = interpreter.clock.now()
    participant = Participant(
        call,
        created_at=now,
        updated_at=now,
        label=noun.get("participantLabel"),
        muted=noun.get("muted") == "true",
        start_on_enter=noun.get("startConferenceOnEnter") != "false",
        end_on_exit=noun.get("endConferenceOnExit") == "true",
        coaching=bool(noun.get("coach")),
        call_sid_to_coach=noun.get("coach"),
    )
    url = document.resolve(noun.get("statusCallback", "")) if noun.get("statusCallback") else None
    callback = None
    if url:
        events = frozenset(noun.get("statusCallbackEvent", "").split())
        callback = RoomCallback(url, noun.get("statusCallbackMethod", "POST"), events)
    if conference.status is RoomStatus.INIT and not await _may_wait(interpreter, call, noun, document):
        return {"DialCallStatus": Status.FAILED, "DialBridged": "false"}
    if noun.get("record") == "record-from-start" and not conference.seen:
        interpreter.recordings.record_conference(conference, recording_of(noun, document, "Conference"))
    await stay(interpreter.conferences, conference, participant, callback)
    seconds = seconds_between(now, interpreter.clock.now())
    return {"DialCallStatus": "answered", "DialCallDuration": str(seconds), "DialBridged": "true"}


async def _may_wait(interpreter: Interpreter, call: Call, noun: Element, document: Document) -> bool:
    """What is played to those who wait is asked for once; if it can't be had, the call does not join."""
    url = noun.get("waitUrl")
    resolved = document.resolve(url) if url else None
    if resolved is None:
        return True
    source = Source(resolved, noun.get("waitMethod", "POST"))
    music = await interpreter.fetcher.fetch(call.sid, source, interpreter.progress.fields(call))
    if music is None:
        return False
    if any(verb.tag not in WAITING_VERBS for verb in music.verbs):
        interpreter.debugger.note(13238, "Forbidden verb in waitUrl", call_sid=call.sid, url=resolved)
        return False
    return True


async def stay(
    conferences: Conferences, conference: Conference, participant: Participant, callback: RoomCallback | None
) -> None:
    """In the room until the call ends, is redirected or kicked, or the room ends."""
    if conference.status is RoomStatus.COMPLETED:
        return
    call = participant.call
    call.detach = lambda cause: conferences.leave(conference, participant, cause)
    conferences.join(conference, participant, callback)
    await participant.left.wait()
    call.detach = None


def recording_of(element: Element, document: Document, source: str) -> RecordingOrder:
    """The recording that the attributes of Dial, Conference or Record ask for."""
    url = element.get("recordingStatusCallback")
    resolved = document.resolve(url) if url else None
    callback = None
    if resolved:
        events = frozenset(element.get("recordingStatusCallbackEvent", "completed").split())
        method = element.get("recordingStatusCallbackMethod", "POST")
        callback = RecordingCallback(resolved, method, events)
    channels = 2 if element.get("record", "").endswith("-dual") else 1
    return RecordingOrder(source, channels, element.get("recordingTrack", "both"), callback)


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
        self._children: list[Call] = []

    async def hold(self) -> dict[str, str]:
        self._call.detach = self._part
        nouns = [noun for noun in self._element if noun.tag in NOUNS]
        if not nouns and (self._element.text or "").strip():
            nouns = [self._element]
        orders = [order for order in map(self._order, nouns) if self._may_dial(order)]
        for order in orders:
            child = self._interpreter.exchange.place(order)
            child.detach = lambda cause: self._settle_if_all_gone()
            self._children.append(child)
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
        if self._element.get("record", "do-not-record") not in ("do-not-record", "false"):
            order = recording_of(self._element, self._document, "DialVerb")
            recording = self._interpreter.recordings.record_call(self._call, order)
            winner.on_end.append(lambda: self._interpreter.recordings.stop(recording))
        limit = number(self._element, "timeLimit", LONGEST_DIAL)
        timer = self._interpreter.clock.call_later(limit, lambda: exchange.hang_up(winner))
        try:
            await winner.ended.wait()
        finally:
            timer.cancel()
        self._bridge(winner, False)

    def _settle_if_all_gone(self) -> None:
        if all(child.is_over for child in self._children):
            self._settled.set()

    def _part(self, cause: Cause) -> None:
        self._over.set()
        self._call.presence.set_bridged(False)
        for child in self._children:
            self._interpreter.exchange.hang_up(child)

    def _bridge(self, winner: Call, bridged: bool) -> None:
        self._call.presence.set_bridged(bridged)
        winner.presence.set_bridged(bridged)

    def _order(self, noun: Element) -> Order:
        address = (noun.text or "").strip()
        return Order(
            to=f"client:{address}" if noun.tag == "Client" else normalized(address),
            from_=self._element.get("callerId") or self._call.order.from_,
            script=self._interpreter.detector.while_running(self._detection(noun), self._child_script(noun)),
            callback=self._callback(noun),
            timeout=number(self._element, "timeout", 30),
            direction=Direction.OUTBOUND_DIAL,
            parent=self._call,
            paced=False,
        )

    def _may_dial(self, order: Order) -> bool:
        if order.to.startswith(("client:", "sip:")):
            return True
        parent = self._call.order
        if not is_valid(order.to):
            code, message = 13223, f"Dial: {order.to} is no E.164 number"
        elif order.from_ not in (*self._interpreter.owned, parent.from_, parent.to):
            code, message = 13214, f"Dial: the caller id {order.from_} is not ours"
        else:
            return True
        self._interpreter.debugger.note(code, message, call_sid=self._call.sid)
        return False

    def _callback(self, noun: Element) -> StatusCallback | None:
        url = self._document.resolve(noun.get("statusCallback", "")) if noun.get("statusCallback") else None
        if not url:
            return None
        events = frozenset(noun.get("statusCallbackEvent", "completed").split())
        return StatusCallback(url, noun.get("statusCallbackMethod", "POST"), events)

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
            url = self._document.resolve(noun.get("url", "")) if noun.get("url") else None
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
            "DialCallStatus": str(child.status),
            "DialCallSid": child.sid,
            "DialBridged": "true" if child is self._winner else "false",
        }
        if child.answered_at is not None:
            fields["DialCallDuration"] = str(seconds_between(child.answered_at, child.ended_at))
        return fields
