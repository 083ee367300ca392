"""The TwiML verb Dial: its nouns say where to, its action what then."""

from xml.etree.ElementTree import Element

from dialer.sandbox.bridge import Bridge
from dialer.sandbox.calls import Call
from dialer.sandbox.confer import confer
from dialer.sandbox.interpreter import Interpreter, Next
from dialer.sandbox.twiml import Document


async def dial(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    room = element.find("Conference")
    if room is not None:
        fields = await confer(interpreter, call, room, document)
    else:
        fields = await Bridge(interpreter, call, element, document).hold()
    return interpreter.action(call, element, document, fields)
