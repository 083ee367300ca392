"""Fetches and parses TwiML. Obeying it is `interpreter`'s business."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree import ElementTree

from dialer.sandbox.debugger import Debugger
from dialer.sandbox.delivery import About, Reply, WebhookFailed
from dialer.sandbox.webhooks import Webhooks

XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})


@dataclass(frozen=True, slots=True)
class Source:
    """Where the next document comes from: a URL to ask, or the text itself."""

    url: str = ""
    method: str = "POST"
    text: str | None = None
    fallback_url: str | None = None
    fallback_method: str = "POST"

    def falling_back_as(self, other: "Source") -> "Source":
        return replace(self, fallback_url=other.fallback_url, fallback_method=other.fallback_method)


@dataclass(frozen=True, slots=True)
class Document:
    verbs: list[ElementTree.Element]
    source: Source

    def resolve(self, url: str) -> str | None:
        """Relative URLs are taken from the document's own; inline TwiML has none (None)."""
        try:
            if urlsplit(url).scheme:
                return url
            return urljoin(urldefrag(self.source.url).url, url) if self.source.url else None
        except ValueError:
            return url  # asking for it will fail, and say why


def number(element: ElementTree.Element, name: str, default: float) -> float:
    """A whole number in an attribute; anything else counts as left out."""
    text = element.get(name, "")
    return float(text) if text.isdecimal() else default


class TwimlError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(text: str | bytes, source: Source) -> Document:
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 (see the import)
    except ElementTree.ParseError as error:
        raise TwimlError(12100, f"Document parse failure: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12102, "The root element is not Response")
    return Document(list(root), source)


def read(reply: Reply, source: Source) -> Document:
    """Audio is played and plain text is said, as if it were TwiML."""
    if reply.content_type in XML_TYPES:
        return parse(reply.body, source)
    if reply.content_type.startswith("audio/"):
        play = ElementTree.Element("Play")
        play.text = source.url
        return Document([play], source)
    if reply.content_type == "text/plain":
        say = ElementTree.Element("Say")
        say.text = reply.body.decode(errors="replace")
        return Document([say], source)
    raise TwimlError(12300, f"Unexpected Content-Type {reply.content_type}")


class Fetcher:
    def __init__(self, webhooks: Webhooks, debugger: Debugger) -> None:
        self._webhooks = webhooks
        self._debugger = debugger

    async def fetch(self, call_sid: str | None, source: Source, fields: Mapping[str, str]) -> Document | None:
        """The document, the fallback's document, or None: an application error."""
        try:
            return await self._get(call_sid, source, fields)
        except (WebhookFailed, TwimlError) as error:
            self._debugger.note(error.code, str(error), call_sid=call_sid, url=source.url or None)
            if not source.fallback_url:
                return None
            told = {**fields, "ErrorCode": str(error.code), "ErrorUrl": urldefrag(source.url).url}
        try:
            return await self._get(call_sid, Source(source.fallback_url, source.fallback_method), told)
        except (WebhookFailed, TwimlError) as error:
            self._debugger.note(error.code, str(error), call_sid=call_sid, url=source.fallback_url)
            return None

    async def _get(self, call_sid: str | None, source: Source, fields: Mapping[str, str]) -> Document:
        if source.text is not None:
            return parse(source.text, source)
        about = About("twiml", call_sid=call_sid)
        reply = await self._webhooks.request(about, source.url, fields, method=source.method)
        return read(reply, Source(reply.url, source.method))
