"""What the house asks of a carrier, and what a carrier may answer. No library of any carrier here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Rejection(StrEnum):
    """Why a carrier refused a call for certain."""

    NUMBER = "number"  # this number can't be called: never dial it again
    ACCOUNT = "account"  # account or configuration: no call will go through until somebody acts
    PACE = "pace"  # too fast: later


@dataclass(frozen=True)
class Placed:
    sid: str


@dataclass(frozen=True)
class Rejected:
    why: Rejection
    code: int
    message: str


@dataclass(frozen=True)
class InDoubt:
    """The carrier may or may not have placed the call."""

    message: str


PlaceResult = Placed | Rejected | InDoubt


@dataclass(frozen=True)
class CallRequest:
    attempt_id: UUID
    to: str
    caller_id: str
    ring_seconds: int
    call_seconds_limit: int


@dataclass(frozen=True)
class AgentCallRequest:
    session_id: UUID
    identity: str
    caller_id: str


@dataclass(frozen=True)
class CallFacts:
    """A call as the carrier has it."""

    sid: str
    status: str
    to: str
    started_at: datetime | None
    created_at: datetime | None


class Carrier(Protocol):
    def place_call(self, request: CallRequest) -> PlaceResult:
        """Ask for the call once. Never retried here."""

    def call_agent(self, request: AgentCallRequest) -> PlaceResult:
        """Ring the agent's own line; answered, it waits in her conference."""

    def hang_up(self, sid: str) -> None:
        """End the call; one that has ended already is no error. Raises `CarrierUnreachable`."""

    def fetch_call(self, sid: str) -> CallFacts | None:
        """The call, or None when the carrier has none. Raises `CarrierUnreachable`."""

    def find_calls(self, to: str, caller_id: str, since: datetime) -> Sequence[CallFacts]:
        """Calls between the two numbers made at or after `since`. Raises `CarrierUnreachable`."""

    def signature_is_valid(self, url: str, fields: Mapping[str, object], signature: str) -> bool:
        """Whether a webhook sent to `url` with `fields` is the carrier's own."""


class CarrierUnreachable(Exception):
    """The carrier did not answer, or not as it should; nothing is known."""
