"""The TwiML verbs, and those of them that are simple."""

from xml.etree.ElementTree import Element

from dialer.sandbox.attributes import recording_of
from dialer.sandbox.calls import Call
from dialer.sandbox.dial import dial
from dialer.sandbox.enqueue import enqueue, leave
from dialer.sandbox.gather import gather
from dialer.sandbox.interpreter import Interpreter, Next, Stop, Verb, again
from dialer.sandbox.prompts import PROMPTS
from dialer.sandbox.twiml import Document, number

MESSAGE_SECONDS = 4.0


async def redirect(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    url = (element.text or "").strip()
    return interpreter.goto(call, url, element.get("method"), document, {}) or again(document)


async def hangup(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    return Stop()


async def record(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    """A person speaks for a while, then there is silence for `timeout`."""
    order = recording_of(interpreter, call, element, document, "RecordVerb")
    recording = interpreter.recordings.record_call(call, order)
    longest = number(element, "maxLength", 3600)
    await interpreter.clock.sleep(min(longest, MESSAGE_SECONDS + number(element, "timeout", 5)))
    interpreter.recordings.stop(recording)
    fields = {
        "RecordingUrl": interpreter.recordings.media_url(recording),
        "RecordingSid": recording.sid,
        "RecordingDuration": str(recording.seconds),
    }
    return interpreter.action(call, element, document, fields) or again(document, fields)


VERBS: dict[str, Verb] = {
    **PROMPTS,
    "Gather": gather,
    "Record": record,
    "Dial": dial,
    "Enqueue": enqueue,
    "Leave": leave,
    "Redirect": redirect,
    "Hangup": hangup,
    "Reject": hangup,
}
