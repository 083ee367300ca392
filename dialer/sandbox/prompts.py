"""The TwiML verbs that are heard: Say, Play, Pause. Nothing is synthesised, only its length estimated."""

from collections.abc import Awaitable, Callable
from xml.etree.ElementTree import Element

from dialer.sandbox.calls import Call
from dialer.sandbox.delivery import About, WebhookFailed
from dialer.sandbox.interpreter import Interpreter, Next
from dialer.sandbox.sound import play_seconds, say_seconds
from dialer.sandbox.twiml import Document, number

LONGEST_LOOP = 1000
"""`loop="0"` means for ever; the call's own limits end it before this many rounds are over."""
KEY_SECONDS = 0.5
WAITS = {"w": 0.5, "W": 1.0}


async def say(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    seconds = say_seconds("".join(element.itertext()))
    await interpreter.clock.sleep(seconds * loops(element))
    return None


async def play(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    digits = element.get("digits")
    if digits is not None:
        await play_keys(interpreter, call, digits)
        return None
    url = document.resolve((element.text or "").strip())
    if not url:
        interpreter.debugger.note(12200, "Play has no absolute URL", call_sid=call.sid)
        return None
    try:
        media = await interpreter.webhooks.request(About("media", call_sid=call.sid), url, {}, method="GET")
    except WebhookFailed as failed:
        interpreter.debugger.note(failed.code, failed.reason, call_sid=call.sid, url=url)
        return None
    await interpreter.clock.sleep(play_seconds(media.body) * loops(element))
    return None


async def play_keys(interpreter: Interpreter, call: Call, digits: str) -> None:
    """Keypad tones on the line of this call; `w` and `W` are waits and are not heard."""
    for key in digits:
        if key not in WAITS:
            call.digits_heard += key
        await interpreter.clock.sleep(WAITS.get(key, KEY_SECONDS))


async def pause(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    await interpreter.clock.sleep(number(element, "length", 1))
    return None


def loops(element: Element) -> int:
    return int(number(element, "loop", 1)) or LONGEST_LOOP


PROMPTS: dict[str, Callable[[Interpreter, Call, Element, Document], Awaitable[Next]]] = {
    "Say": say,
    "Play": play,
    "Pause": pause,
}
