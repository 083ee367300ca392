"""Who answers a call, and how: drawn by seed, number and how many-eth call, or told by a script."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.resources import files
from itertools import pairwise
from random import Random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dialer.sandbox.config import SandboxConfig
from dialer.sandbox.errors import REFUSALS, TwilioError
from dialer.sandbox.mishaps import MISHAPS

Table = list[tuple[float, float]]
DATA = json.loads(files("dialer.sandbox").joinpath("data/people.json").read_text())
VERDICTS: dict[str, dict[str, float]] = DATA["verdicts"]
TABLES: dict[str, Table] = {name: rows for name, rows in DATA.items() if name not in ("note", "verdicts")}
CLIENT_ANSWER_SECONDS = 0.2
TEMPORARILY_UNAVAILABLE = 480


AnsweredBy = Literal[
    "human",
    "machine_start",
    "machine_end_beep",
    "machine_end_silence",
    "machine_end_other",
    "fax",
    "unknown",
]


class Behaviour(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    REJECT = "reject"
    CLIENT = "client"


ANSWERING = frozenset({Behaviour.HUMAN, Behaviour.MACHINE, Behaviour.CLIENT})


@dataclass(frozen=True, slots=True)
class Person:
    behaviour: Behaviour
    ring_seconds: float = 0.0
    talk_seconds: float = 0.0
    patience_seconds: float = 0.0
    dead_air_seconds: float = 0.0
    greeting_seconds: float = 0.0
    voicemail_seconds: float = 0.0
    digits: str = ""
    sip_code: int | None = None
    answered_by: str | None = None
    error_code: int | None = None
    detection_share: float = 0.0
    greeting_share: float = 0.0


class NumberScript(BaseModel):
    """What a number does on every call, instead of the draw; what is left out is still drawn."""

    model_config = ConfigDict(extra="forbid")

    behaviour: Literal["human", "machine", "no_answer", "busy", "failed", "reject"]
    ring_seconds: float | None = Field(None, ge=0)
    talk_seconds: float | None = Field(None, ge=0)
    patience_seconds: float | None = Field(None, ge=0)
    dead_air_seconds: float | None = Field(None, ge=0)
    greeting_seconds: float | None = Field(None, ge=0)
    voicemail_seconds: float | None = Field(None, ge=0)
    digits: str | None = Field(None, pattern=r"^[0-9A-D*#]*$")
    sip_code: int | None = Field(None, ge=400, le=699)
    answered_by: AnsweredBy | None = None
    error_code: int | None = None
    """Of the refusal of a create, or of what the debugger says when the call has gone wrong."""

    @field_validator("error_code")
    @classmethod
    def code_is_known(cls, code: int | None) -> int | None:
        if code not in (None, *REFUSALS, *MISHAPS):
            raise ValueError(f"must be one of {sorted([*REFUSALS, *MISHAPS])}")
        return code


class Caller(BaseModel):
    """Somebody who calls one of our numbers."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    talk_seconds: float | None = Field(None, ge=0)
    patience_seconds: float | None = Field(None, ge=0)
    digits: str | None = Field(None, pattern=r"^[0-9A-D*#]*$")


class Press(BaseModel):
    """Keys that the person at the far end of a call presses now."""

    model_config = ConfigDict(extra="forbid")

    digits: str = Field(pattern=r"^[0-9A-D*#]+$")


class Connection(BaseModel):
    """A call that an agent's browser makes through a TwiML app; `params` come to the app's URL as fields."""

    model_config = ConfigDict(extra="forbid")

    url: str = ""
    method: Literal["GET", "POST"] = "POST"
    application_sid: str | None = None
    """Instead of the URL: an application that was defined before."""
    params: dict[str, str] = Field(default_factory=dict)


class ClientScript(BaseModel):
    """What an agent's browser does; `drop` hangs up its calls now and is not kept."""

    model_config = ConfigDict(extra="forbid")

    registered: bool = True
    answer_seconds: float = Field(CLIENT_ANSWER_SECONDS, ge=0)
    sip_code: int = Field(TEMPORARILY_UNAVAILABLE, ge=400, le=699)
    drop: bool = False


class People:
    def __init__(self, config: SandboxConfig) -> None:
        self._config = config
        self._calls: Counter[str] = Counter()
        self.numbers: dict[str, NumberScript] = {}
        self.clients: dict[str, ClientScript] = {}

    def next_for(self, to: str) -> Person:
        """The person at the other end of the next call to this address."""
        identity = client_identity(to)
        if identity is not None:
            return self._client(identity)
        self._calls[to] += 1
        script = self.numbers.get(to)
        person = self._draw(to, self._calls[to], None if script is None else Behaviour(script.behaviour))
        if script is None:
            return person
        told = script.model_dump(exclude_none=True, exclude={"behaviour"})
        return replace(person, **told)

    def refusal(self, to: str) -> TwilioError | None:
        """What a create for this address is refused with, if its script says so."""
        script = self.numbers.get(to)
        return REFUSALS.get(script.error_code or 0) if script else None

    def calling(self, caller: Caller) -> Person:
        """The person who calls us: as her number is scripted, but a human, and as this call says."""
        self._calls[caller.from_] += 1
        person = self._draw(caller.from_, self._calls[caller.from_], Behaviour.HUMAN)
        script = self.numbers.get(caller.from_)
        if script is not None:
            person = replace(person, **script.model_dump(exclude_none=True, exclude={"behaviour"}))
        return replace(person, **caller.model_dump(exclude_none=True, exclude={"from_", "to"}))

    def _client(self, identity: str) -> Person:
        script = self.clients.get(identity) or ClientScript()
        if not script.registered:
            return Person(Behaviour.NO_ANSWER, sip_code=script.sip_code)
        return Person(Behaviour.CLIENT, ring_seconds=script.answer_seconds)

    def _draw(self, number: str, nth: int, behaviour: Behaviour | None) -> Person:
        random = Random(f"{self._config.seed}:{number}:{nth}")
        drawn = self._behaviour(random.random())
        behaviour = behaviour or drawn
        ring = {Behaviour.MACHINE: "machine_ring", Behaviour.BUSY: "busy_ring"}.get(behaviour, "human_ring")
        return Person(
            behaviour,
            ring_seconds=quantile(TABLES[ring], random.random()),
            talk_seconds=quantile(TABLES["talk"], random.random()) * self._config.talk_scale,
            patience_seconds=quantile(TABLES["patience"], random.random()),
            dead_air_seconds=quantile(TABLES["dead_air"], random.random()),
            greeting_seconds=quantile(TABLES["greeting"], random.random()),
            voicemail_seconds=quantile(TABLES["voicemail"], random.random()),
            detection_share=random.random(),
            greeting_share=random.random(),
        )

    def _behaviour(self, share: float) -> Behaviour:
        rates = (
            (Behaviour.HUMAN, self._config.answer_rate),
            (Behaviour.MACHINE, self._config.machine_rate),
            (Behaviour.BUSY, self._config.busy_rate),
            (Behaviour.FAILED, self._config.failed_rate),
        )
        for behaviour, rate in rates:
            if share < rate:
                return behaviour
            share -= rate
        return Behaviour.NO_ANSWER


def client_identity(address: str) -> str | None:
    """`client:ana?theme=dark` is the client `ana`; the rest are parameters for her browser."""
    if not address.startswith("client:"):
        return None
    return address.removeprefix("client:").partition("?")[0]


def quantile(table: Table, share: float) -> float:
    for (low, start), (high, end) in pairwise(table):
        if share <= high:
            return start + (end - start) * (share - low) / (high - low)
    return table[-1][1]
