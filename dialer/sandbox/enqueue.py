"""The TwiML verbs Enqueue and Leave, and the noun Queue of Dial."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from xml.etree.ElementTree import Element

from dialer.sandbox.attributes import address
from dialer.sandbox.calls import Call, Status
from dialer.sandbox.clock import seconds_between
from dialer.sandbox.delivery import About
from dialer.sandbox.interpreter import Goto, Interpreter, Next, Stop
from dialer.sandbox.music import at_least_a_second
from dialer.sandbox.queues import BRIDGED, Place, Queue
from dialer.sandbox.twiml import Document, Source, number

WAITING_VERBS = ("Play", "Say", "Pause", "Gather", "Redirect", "Hangup", "Leave")
LEAVE = "leave"


class Leave(Stop):
    """Out of the queue, on with what follows Enqueue."""


async def leave(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    return Leave()


async def enqueue(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    queue = interpreter.queues.open((element.text or "").strip())
    if queue.is_full:
        return interpreter.action(call, element, document, {"QueueResult": "queue-full"})
    place = Place(call, interpreter.clock.now(), asyncio.get_running_loop().create_future())
    queue.join(place)
    url = address(element, "waitUrl", document)
    if url:
        music = Source(url, element.get("waitUrlMethod", "POST"))
        call.sound("queue", wait(interpreter, queue, place, music))
    call.detach = lambda cause: depart(interpreter, queue, place, element, document)
    result = await place.result
    call.hush("queue")
    if result == "hangup":
        return Stop()
    call.detach = None
    queue.leave(place)
    return interpreter.action(call, element, document, told(interpreter, queue, place, result))


async def wait(interpreter: Interpreter, queue: Queue, place: Place, music: Source) -> None:
    """The waitUrl's document over and over, asked for each time with the place in the queue."""
    allowed = {name: verb for name, verb in interpreter.verbs.items() if name in WAITING_VERBS}
    heard = replace(interpreter, verbs=allowed)
    going: Next = None
    while not isinstance(going, Stop):
        began = interpreter.clock.now()
        goto = going or Goto(music, {})
        fields = interpreter.progress.fields(place.call) | queue.fields(place, began) | dict(goto.fields)
        document = await interpreter.fetcher.fetch(place.call.sid, goto.source, fields)
        if document is None:
            place.settle("error")
            return
        going = await heard.obey(place.call, document)
        await at_least_a_second(interpreter, began)
    place.settle(LEAVE if isinstance(going, Leave) else "hangup")


def depart(
    interpreter: Interpreter, queue: Queue, place: Place, element: Element, document: Document
) -> None:
    """Hung up or redirected: the action is told, and what it answers is not obeyed."""
    queue.leave(place)
    was_bridged = place.call.presence.bridged
    if place.call.is_over:
        result = BRIDGED if was_bridged else "hangup"
    else:
        result = "redirected-from-bridged" if was_bridged else "redirected"
    place.settle(result)
    going = interpreter.action(place.call, element, document, told(interpreter, queue, place, result))
    if isinstance(going, Goto):
        about = About(f"queue:{result}", f"{place.call.key}:queue", place.call.sid, place.call.order.to)
        fields = interpreter.progress.fields(place.call) | dict(going.fields)
        interpreter.webhooks.notify(about, going.source.url, fields, method=going.source.method)


def told(interpreter: Interpreter, queue: Queue, place: Place, result: str) -> Mapping[str, str]:
    seconds = place.seconds(interpreter.clock.now())
    return {"QueueResult": result, "QueueSid": queue.sid, "QueueTime": str(seconds)}


async def take_next(
    interpreter: Interpreter, call: Call, dial: Element, noun: Element, document: Document
) -> dict[str, str]:
    """Talks to the one who has waited longest; the fields of the Dial's action afterwards."""
    queue = interpreter.queues.find((noun.text or "").strip())
    if queue is None:
        return {"DialCallStatus": Status.FAILED, "DialBridged": "false"}
    place = await queue.take(interpreter.clock, number(dial, "timeout", 30))
    if place is None:
        return {"DialCallStatus": Status.NO_ANSWER, "DialBridged": "false"}
    began = interpreter.clock.now()
    call.detach = lambda cause: part(call, place)
    await whisper(interpreter, call, queue, place, address(noun, "url", document), noun)
    if not place.result.done():
        for party in (call, place.call):
            party.presence.set_bridged(True)
        await asyncio.wait({place.result})
    part(call, place)
    call.detach = None
    return {
        "DialCallStatus": "answered",
        "DialCallSid": place.call.sid,
        "DialCallDuration": str(seconds_between(began, interpreter.clock.now())),
        "DialBridged": "true",
        "QueueSid": queue.sid,
    }


def part(call: Call, place: Place) -> None:
    place.settle(BRIDGED)
    for party in (call, place.call):
        party.presence.set_bridged(False)


async def whisper(
    interpreter: Interpreter, call: Call, queue: Queue, place: Place, url: str | None, noun: Element
) -> None:
    """What the one who waited hears before the two talk."""
    place.call.hush("queue")
    if url is None:
        return
    fields = {
        "QueueSid": queue.sid,
        "QueueTime": str(place.seconds(interpreter.clock.now())),
        "DequeueingCallSid": call.sid,
    }
    source = Source(url, noun.get("method", "POST"))
    await asyncio.wait({place.call.sound("queue", interpreter.run(place.call, source, fields))})
