"""The TwiML verb Dial: its nouns say where to, its action what then."""

from xml.etree.ElementTree import Element

from dialer.sandbox.bridge import Bridge
from dialer.sandbox.calls import Call
from dialer.sandbox.confer import confer
from dialer.sandbox.enqueue import take_next
from dialer.sandbox.interpreter import Interpreter, Next
from dialer.sandbox.twiml import Document


async def dial(interpreter: Interpreter, call: Call, element: Element, document: Document) -> Next:
    room, queue = element.find("Conference"), element.find("Queue")
    if room is not None:
        fields = await confer(interpreter, call, room, document)
    elif queue is not None:
        fields = await take_next(interpreter, call, element, queue, document)
    else:
        fields = await Bridge(interpreter, call, element, document).hold()
    return interpreter.action(call, element, document, fields)
