"""What a call is told to do when somebody picks up, before it is put into the carrier's words."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class JoinAgent:
    room: str
    session_id: UUID


@dataclass(frozen=True)
class WaitForAgent:
    seconds: int = 1


@dataclass(frozen=True)
class PlayMessage:
    client_name: str
    client_number: str


@dataclass(frozen=True)
class HangUp:
    pass


AnswerPlan = JoinAgent | WaitForAgent | PlayMessage | HangUp
