"""The TwiML verbs, and those of them that are simple."""

from xml.etree.ElementTree import Element

from dialer.sandbox.attributes import recording_of
from dialer.sandbox.calls import Call
from dialer.sandbox.dial import dial
from dialer.sandbox.interpreter import Goto, Interpreter, Next, Stop, Verb
from dialer.sandbox.prompts import KEY_SECONDS, PROMPTS, pause
from dialer.sandbox.twiml import Document, Source, number

REACTION_SECONDS = 1.0
MESSAGE_SECONDS = 4.0


async def redirect(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    url = (element.text or "").strip()
    return interpreter.goto(call, url, element.get("method"), document, {}) or again(document)


async def hangup(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    return Stop()


async def gather(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    """Keys may be pressed while the nested verbs play, and until `timeout` after them."""
    limit = int(number(element, "numDigits", 1000))
    finish_on = element.get("finishOnKey", "#")
    pressed = call.presence.press_digits(limit, finish_on)
    if pressed:
        await interpreter.clock.sleep(REACTION_SECONDS + KEY_SECONDS * len(pressed))
    else:
        for nested in element:
            await PROMPTS.get(nested.tag, pause)(interpreter, call, nested, document)
        await interpreter.clock.sleep(number(element, "timeout", 5))
        if element.get("actionOnEmptyResult") != "true":
            return None
    fields = {"Digits": pressed, "msg": "Gather End"}
    return interpreter.action(call, element, document, fields) or again(document, fields)


async def record(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    """A person speaks for a while, then there is silence for `timeout`."""
    order = recording_of(element, document, "RecordVerb")
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


def again(document: Document, fields: dict[str, str] | None = None) -> Goto | Stop:
    """Without a URL of its own a verb asks the document's again; inline TwiML has none."""
    return (
        Goto(Source(document.source.url, document.source.method), fields or {})
        if document.source.url
        else Stop()
    )


VERBS: dict[str, Verb] = {
    **PROMPTS,
    "Gather": gather,
    "Record": record,
    "Dial": dial,
    "Redirect": redirect,
    "Hangup": hangup,
    "Reject": hangup,
}
