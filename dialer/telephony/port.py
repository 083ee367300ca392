"""What the house asks of a carrier, and what a carrier may answer. No library of any carrier here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from dialer.domain.campaign import MachineDetection


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
    machine_detection: MachineDetection = MachineDetection.OFF
    leaves_message: bool = False
    """A machine is listened to until its greeting is over, so that a message can be left."""
    record: bool = False
    """From the answer on, two channels."""


@dataclass(frozen=True)
class AgentCallRequest:
    session_id: UUID
    address: str
    """`client:` and a browser's identity, an E.164 number, or a `sip:` address."""
    caller_id: str


@dataclass(frozen=True)
class LegRequest:
    """A call of ours to somebody who is neither the person nor the agent: a supervisor who listens,
    the third party of a transfer."""

    leg_id: UUID
    address: str
    caller_id: str
    ring_seconds: int = 30


@dataclass(frozen=True)
class CallFacts:
    """A call as the carrier has it."""

    sid: str
    status: str
    to: str
    started_at: datetime | None
    created_at: datetime | None
    answered_by: str | None = None


@dataclass(frozen=True)
class RoomFacts:
    """A conference as the carrier has it."""

    sid: str
    calls: Collection[str]
    """The calls that are in it."""


@dataclass(frozen=True)
class RecordingFacts:
    sid: str
    status: str
    seconds: int | None
    channels: int


@dataclass(frozen=True)
class OwnedNumber:
    """A number of the account, and where its calls are sent."""

    sid: str
    phone: str
    voice_url: str
    """Or the id of a TwiML app, which goes before any address."""
    status_url: str = ""
    """Told of the ends of its calls."""


class RecordingChange(StrEnum):
    PAUSE = "paused"
    RESUME = "in-progress"
    STOP = "stopped"


class CallBook(Protocol):
    """What the carrier knows of calls. Raises `CarrierUnreachable`."""

    def fetch_call(self, sid: str) -> CallFacts | None:
        """The call, or None when the carrier shows none (yet): what it shows may lag behind."""

    def find_calls(self, to: str, caller_id: str, since: datetime) -> Sequence[CallFacts]:
        """Calls between the two numbers made at or after `since`."""


class Calls(CallBook, Protocol):
    """All but `place_call`, `call_agent` and `call_leg` raise `CarrierUnreachable`."""

    def place_call(self, request: CallRequest) -> PlaceResult:
        """Ask for the call once. Never retried here."""

    def call_agent(self, request: AgentCallRequest) -> PlaceResult:
        """Ring the agent's own line; answered, it waits in her conference."""

    def call_leg(self, request: LegRequest) -> PlaceResult:
        """Ring somebody else; answered, the leg's own address says where it goes."""

    def hang_up(self, sid: str) -> CallFacts | None:
        """End the call, as it is then; None when there is none. One that has ended already is no error."""

    def cancel(self, sid: str) -> CallFacts | None:
        """Take back a call that nobody has answered; as it is then, None when there is no such call.
        One that was answered meanwhile goes on."""

    def redirect(self, sid: str, url: str) -> bool:
        """Let the call go on with the document at `url`; False when it is not in progress."""


class Rooms(Protocol):
    """Who hears whom in a conference. What changes it says False when the call is not in the room (any
    more). Each raises `CarrierUnreachable`."""

    def mute(self, room_sid: str, call_sid: str, muted: bool) -> bool: ...

    def hold(self, room_sid: str, call_sid: str, music_url: str | None) -> bool:
        """On hold, hearing the document at `music_url`; None takes it off hold."""

    def announce(self, room_sid: str, call_sid: str, url: str) -> bool:
        """Play the document at `url` to this call alone: words or keypad tones."""

    def listen(self, room_sid: str, call_sid: str) -> bool:
        """Hears everybody and is heard by nobody, coached or not."""

    def coach(self, room_sid: str, call_sid: str, coached_sid: str | None) -> bool:
        """Heard by `coached_sid` alone; None: by everybody."""

    def find(self, name: str) -> RoomFacts | None:
        """The room of that name that is open now, and the calls in it."""


class Recordings(Protocol):
    """Raises `CarrierUnreachable`."""

    def start(self, call_sid: str, attempt_id: UUID) -> RecordingFacts | None:
        """Two channels from now on; None when the call is not in progress."""

    def change(self, call_sid: str, recording_sid: str, change: RecordingChange) -> bool:
        """False when there is no such recording going on."""

    def of_call(self, call_sid: str) -> Sequence[RecordingFacts]: ...

    def media(self, recording_sid: str) -> Iterator[bytes] | None:
        """The WAV file in pieces; None when the carrier has none (yet)."""

    def delete(self, recording_sid: str) -> None:
        """One that is gone already is no error."""


class Numbers(Protocol):
    """Raises `CarrierUnreachable`."""

    def owned(self) -> Sequence[OwnedNumber]: ...

    def send_calls_to(self, number_sid: str, voice_url: str, status_url: str) -> None:
        """Calls to that number of ours ask `voice_url` what to do; `status_url` is told of their ends."""


class Carrier(Calls, Protocol):
    @property
    def rooms(self) -> Rooms: ...

    @property
    def recordings(self) -> Recordings: ...

    @property
    def numbers(self) -> Numbers: ...

    def signature_is_valid(self, url: str, fields: Mapping[str, object], signature: str) -> bool:
        """Whether a webhook sent to `url` with `fields` is the carrier's own."""


class CarrierUnreachable(Exception):
    """The carrier did not answer, or not as it should; nothing is known."""
