"""A script as it was read from its files: steps, questions and objections, not yet filled in for a call.

Every name a supervisor writes ("Ask permission") has a key made from it (`ask_permission`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dialer.domain.script import Question
from dialer.scripts.problems import Place

BACK = "back"
"""Where an objection's answer leads when the call goes on in the step it came from."""


class PassageKind(StrEnum):
    SAY = "say"  # read out, in the agent's own way
    WORD_FOR_WORD = "word_for_word"  # read out exactly as written
    NOTE = "note"  # for the agent's eyes
    ASK = "ask"  # a question


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a step in its written form; `key` names the question asked or the word-for-word piece."""

    kind: PassageKind
    text: str
    place: Place
    key: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other person may say, and the key of the step it leads to."""

    label: str
    next: str
    place: Place


@dataclass(frozen=True, slots=True)
class Step:
    """`end` is the disposition that a final step suggests; None where the call goes on."""

    key: str
    title: str
    passages: tuple[Passage, ...]
    answers: tuple[Answer, ...]
    end: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Objection:
    """Reachable from every step; without answers of its own it leads back to where it was raised."""

    key: str
    title: str
    passages: tuple[Passage, ...]
    answers: tuple[Answer, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class ScriptQuestion:
    question: Question
    text: str
    note: str
    place: Place


@dataclass(frozen=True, slots=True)
class Script:
    """`inbound_opening` is the key of the step that begins a call of theirs; None: the first step.
    `version` is the hash of `source`: all that was written, snippets included."""

    slug: str
    title: str
    language: str
    summary: str
    audience: str
    custom_fields: tuple[str, ...]
    steps: tuple[Step, ...]
    objections: tuple[Objection, ...]
    questions: Mapping[str, ScriptQuestion]
    opt_out: str
    inbound_opening: str | None
    source: str
    version: str


def key_of(name: str) -> str:
    """`Ask permission!` → `ask_permission`: how names are compared and stored."""
    return re.sub(r"\W+", "_", name.casefold()).strip("_")
