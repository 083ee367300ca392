"""How a webhook is delivered: the policy in its URL's fragment, and the record of how it went."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self
from urllib.parse import parse_qsl

CAP_MS = 15_000
RETRYABLE = frozenset({"4xx", "5xx", "ct", "rt"})


@dataclass(frozen=True, slots=True)
class Policy:
    """Connection overrides: `#rc=3&rp=5xx,rt&ct=2000&rt=4000&tt=9000`. Never sent, never signed."""

    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})
    connect_seconds: float = 5.0
    read_seconds: float = 15.0
    total_seconds: float = 15.0

    @classmethod
    def of(cls, url: str) -> Self:
        return cls._read(url.partition("#")[2])

    @classmethod
    @lru_cache(256)
    def _read(cls, fragment: str) -> Self:
        given = dict(parse_qsl(fragment))

        def number(key: str, low: int, high: int, default: int) -> int:
            text = given.get(key, "")
            return min(max(int(text), low), high) if re.fullmatch(r"\d{1,9}", text) else default

        retry_on = frozenset(given.get("rp", "ct").split(","))
        return cls(
            retries=number("rc", 0, 5, 1),
            retry_on=RETRYABLE if "all" in retry_on else retry_on & RETRYABLE,
            connect_seconds=number("ct", 100, 10_000, 5_000) / 1000,
            read_seconds=number("rt", 100, CAP_MS, CAP_MS) / 1000,
            total_seconds=number("tt", 100, CAP_MS, CAP_MS) / 1000,
        )

    def retries_after(self, failed: "WebhookFailed", attempts: int, seconds: float) -> bool:
        return failed.kind in self.retry_on and attempts <= self.retries and seconds < self.total_seconds


@dataclass(frozen=True, slots=True)
class About:
    """What a webhook tells of. `key` is the same in every run with the same calls; SIDs are not."""

    kind: str
    key: str = ""
    call_sid: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    content_type: str
    body: bytes
    url: str


@dataclass
class WebhookFailed(Exception):
    """`kind` is the retry policy's word for it; `code` is the debugger's."""

    kind: str
    code: int
    reason: str
    status: int | None = None

    def __str__(self) -> str:
        return self.reason


@dataclass(slots=True)
class Delivery:
    """One line of the journal."""

    id: int
    kind: str
    at: str
    method: str
    url: str
    call_sid: str | None
    fields: Mapping[str, str]
    attempts: int = 0
    status: int | None = None
    error: str | None = None
    seconds: float | None = None
    faults: list[str] = field(default_factory=list)
