"""Attributes that several TwiML verbs share: whom to tell of a call or a recording."""

from xml.etree.ElementTree import Element

from dialer.sandbox.calls import Call, StatusCallback
from dialer.sandbox.forms import is_url
from dialer.sandbox.interpreter import Interpreter
from dialer.sandbox.recordings import RecordingCallback, RecordingOrder
from dialer.sandbox.twiml import Document


def address(element: Element, name: str, document: Document) -> str | None:
    """The URL in an attribute, or None where there is none or it has nothing to be relative to."""
    url = element.get(name)
    return document.resolve(url) if url else None


def callback_of(noun: Element, document: Document) -> StatusCallback | None:
    url = address(noun, "statusCallback", document)
    if not url:
        return None
    events = frozenset(noun.get("statusCallbackEvent", "completed").split())
    return StatusCallback(url, noun.get("statusCallbackMethod", "POST"), events)


def recording_of(
    interpreter: Interpreter, call: Call, element: Element, document: Document, source: str
) -> RecordingOrder:
    """The recording that the attributes of Dial, Conference or Record ask for."""
    url = address(element, "recordingStatusCallback", document)
    callback = None
    if url and not is_url(url):
        interpreter.debugger.note(13256, f"Invalid recordingStatusCallback: {url}", call_sid=call.sid)
    elif url:
        events = frozenset(element.get("recordingStatusCallbackEvent", "completed").split())
        method = element.get("recordingStatusCallbackMethod", "POST")
        callback = RecordingCallback(url, method, events)
    channels = 2 if element.get("record", "").endswith("-dual") else 1
    return RecordingOrder(source, channels, element.get("recordingTrack", "both"), callback)
