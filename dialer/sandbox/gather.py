"""The TwiML verb Gather: keys that a script presses when asked, or that somebody presses meanwhile."""

import asyncio
from contextlib import suppress
from xml.etree.ElementTree import Element

from dialer.sandbox.calls import Call
from dialer.sandbox.interpreter import Interpreter, Next, again
from dialer.sandbox.presence import Keypad
from dialer.sandbox.prompts import KEY_SECONDS, PROMPTS, pause
from dialer.sandbox.twiml import Document, number

REACTION_SECONDS = 1.0


async def gather(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    limit = int(number(element, "numDigits", 1000))
    finish_on = element.get("finishOnKey", "#")
    pressed = call.presence.press_digits(limit, finish_on)
    if pressed:
        await interpreter.clock.sleep(REACTION_SECONDS + KEY_SECONDS * len(pressed))
    else:
        with call.presence.listening() as keypad:
            await prompt(interpreter, call, element, document, keypad)
            pressed = await read(interpreter, keypad, limit, finish_on, number(element, "timeout", 5))
    if not pressed and element.get("actionOnEmptyResult") != "true":
        return None
    fields = {"Digits": pressed, "msg": "Gather End"}
    return interpreter.action(call, element, document, fields) or again(document, fields)


async def prompt(
    interpreter: Interpreter, call: Call, element: Element, document: Document, keypad: Keypad
) -> None:
    """Plays what is nested; the first key breaks it off."""
    with suppress(TimeoutError):
        async with asyncio.timeout(None) as playing:
            keypad.interrupt = lambda: playing.reschedule(asyncio.get_running_loop().time())
            try:
                for nested in element:
                    await PROMPTS.get(nested.tag, pause)(interpreter, call, nested, document)
            finally:
                keypad.interrupt = None


async def read(interpreter: Interpreter, keypad: Keypad, limit: int, finish_on: str, patience: float) -> str:
    """Until there are enough, the last key, or none for as long as `timeout` says."""
    pressed = ""
    with suppress(TimeoutError):
        while len(pressed) < limit:
            async with interpreter.clock.timeout(patience):
                key = await keypad.keys.get()
            if key == finish_on:
                break
            pressed += key
    return pressed
