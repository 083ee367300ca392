"""Obeys TwiML: one document after another, one verb after another, until the call has nothing left to do."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from dialer.sandbox.calls import Call, Script, Status
from dialer.sandbox.clock import Clock
from dialer.sandbox.conferences import Conferences
from dialer.sandbox.debugger import Debugger
from dialer.sandbox.detection import Detector
from dialer.sandbox.exchange import BUSY_HERE, DECLINED, Exchange
from dialer.sandbox.faults import Faults
from dialer.sandbox.progress import Progress
from dialer.sandbox.queues import Queues
from dialer.sandbox.recordings import Recordings
from dialer.sandbox.twiml import Document, Fetcher, Source
from dialer.sandbox.webhooks import Webhooks

ERROR_MESSAGE_SECONDS = 4.0
"""How long "an application error has occurred" takes to say."""


@dataclass(frozen=True)
class Goto:
    """Leave the document for another one; `fields` are added to the request for it."""

    source: Source
    fields: Mapping[str, str]


class Stop:
    """Hang up, whatever the document says next."""


Next = Goto | Stop | None
Verb = Callable[["Interpreter", Call, Element, Document], Awaitable[Next]]


@dataclass(frozen=True)
class Interpreter:
    clock: Clock
    exchange: Exchange
    conferences: Conferences
    webhooks: Webhooks
    progress: Progress
    fetcher: Fetcher
    debugger: Debugger
    detector: Detector
    recordings: Recordings
    queues: Queues
    faults: Faults
    owned: Collection[str]
    verbs: Mapping[str, Verb]

    def script(self, source: Source, fields: Mapping[str, str] | None = None) -> Script:
        async def follow(call: Call) -> None:
            await self.run(call, source, fields or {})

        return follow

    async def run(self, call: Call, source: Source, fields: Mapping[str, str]) -> bool:
        """False when the document asked to hang up or could not be had. The fallback is the whole call's."""
        going: Next = Goto(source, fields)
        while isinstance(going, Goto):
            asked = {**self.progress.fields(call), **going.fields}
            document = await self.fetcher.fetch(call.sid, going.source.falling_back_as(source), asked)
            if call.status is Status.RINGING and not self._take(call, document):
                return False
            if document is None:
                await self.clock.sleep(ERROR_MESSAGE_SECONDS)
                return False
            going = await self.obey(call, document)
        return going is None

    def _take(self, call: Call, document: Document | None) -> bool:
        """Answers a call to us, unless the first verb rejects it."""
        first = document.verbs[0] if document and document.verbs else None
        if first is None or first.tag != "Reject":
            self.exchange.answer(call)
            return True
        busy = first.get("reason") == "busy"
        self.exchange.end(call, Status.BUSY if busy else Status.NO_ANSWER, BUSY_HERE if busy else DECLINED)
        return False

    async def obey(self, call: Call, document: Document) -> Next:
        for element in document.verbs:
            verb = self.verbs.get(element.tag)
            if verb is None:
                message = f"Invalid content was found starting with element '{element.tag}'"
                self.debugger.note(12200, message, call_sid=call.sid, url=document.source.url or None)
                continue
            going = await verb(self, call, element, document)
            if going is not None:
                return going
        return None

    def action(
        self, call: Call, element: Element, document: Document, fields: Mapping[str, str]
    ) -> Goto | Stop | None:
        """What the verb's `action` asks for, or None if it has none."""
        return self.goto(call, element.get("action"), element.get("method"), document, fields)

    def goto(
        self, call: Call, url: str | None, method: str | None, document: Document, fields: Mapping[str, str]
    ) -> Goto | Stop | None:
        if not url:
            return None
        resolved = document.resolve(url)
        if resolved is None:
            self.debugger.note(15004, f"Relative URL in inline TwiML: {url}", call_sid=call.sid)
            return Stop()
        return Goto(Source(resolved, (method or "POST").upper()), fields)


def again(document: Document, fields: dict[str, str] | None = None) -> Goto | Stop:
    """Without a URL of its own a verb asks the document's again; inline TwiML has none."""
    return (
        Goto(Source(document.source.url, document.source.method), fields or {})
        if document.source.url
        else Stop()
    )
