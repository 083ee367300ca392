"""Request fields, read as strictly as Twilio reads them. Unknown fields are left alone."""

import re
from collections.abc import Callable
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from dialer.sandbox.errors import TwilioError, bad_parameter

METHODS = ("GET", "POST")
LONGEST_URL = 4000
BAD_CALLBACK = 21609
"""Whose hosts may not have underscores in their names, either."""


class Form:
    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs
        self._last = dict(pairs)

    @classmethod
    async def of(cls, request: Request) -> Self:
        body = (await request.body()).decode("utf-8", errors="replace")
        return cls(parse_qsl(body, keep_blank_values=True))

    @classmethod
    def of_query(cls, request: Request) -> Self:
        return cls(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))

    def __contains__(self, name: str) -> bool:
        return name in self._last

    def pairs(self) -> list[tuple[str, str]]:
        return self._pairs

    def text(self, name: str, default: str = "") -> str:
        return self._last.get(name, default).strip()

    def texts(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]

    def boolean(self, name: str, default: bool) -> bool:
        """Only `true` and `false`, in lower case."""
        text = self._last.get(name)
        if text is None:
            return default
        if text not in ("true", "false"):
            raise bad_parameter(name, text)
        return text == "true"

    def number(
        self,
        name: str,
        default: int,
        low: int,
        high: int,
        refusal: Callable[[str], TwilioError] | None = None,
    ) -> int:
        text = self._last.get(name)
        if text is None or text == "":
            return default
        if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
            raise refusal(text) if refusal else bad_parameter(name, text)
        return int(text)

    def method(self, name: str, default: str = "POST") -> str:
        text = self.text(name, default).upper()
        if text not in METHODS:
            raise TwilioError(21209, f"{name} must be GET or POST")
        return text

    def url(self, name: str, code: int = 21205) -> str | None:
        """An absolute HTTP URL, on any host: on the real Twilio this machine's would be refused."""
        text = self.text(name)
        if not text:
            return None
        if len(text) > LONGEST_URL or not is_url(text) or (code == BAD_CALLBACK and "_" in hostname(text)):
            raise TwilioError(code, f"{name} is not a valid URL: {text}")
        return text


def hostname(url: str) -> str:
    return urlsplit(url).hostname or ""


def is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
