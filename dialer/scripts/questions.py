"""Reads a `## Question:` section: settings, the words to ask, and for a choice its options."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from dialer.domain.script import Question, QuestionType
from dialer.scripts.blocks import Block, BlockKind
from dialer.scripts.model import ScriptQuestion, key_of
from dialer.scripts.passages import read_quote
from dialer.scripts.problems import Place, did_you_mean
from dialer.scripts.source import Line
from dialer.scripts.words import Words

TYPES: Mapping[str, QuestionType] = {
    "choice": QuestionType.CHOICE,
    "several": QuestionType.SEVERAL,
    "number": QuestionType.NUMBER,
    "money": QuestionType.MONEY,
    "date": QuestionType.DATE,
    "text": QuestionType.TEXT,
    "yes/no": QuestionType.YES_NO,
}
_WITH_OPTIONS = (QuestionType.CHOICE, QuestionType.SEVERAL)
_WITH_LIMITS = (QuestionType.NUMBER, QuestionType.MONEY)
_SETTING = re.compile(r"\s{0,3}([A-Za-z]+):\s*(.*?)\s*")
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,2})?", re.ASCII)


@dataclass(slots=True)
class _Draft:
    type: QuestionType | None = None
    means: str = ""
    required: bool = False
    least: Decimal | None = None
    most: Decimal | None = None
    options: list[str] = field(default_factory=list)
    text: str = ""
    note: str = ""
    faulty: bool = False


def read_question(key: str, place: Place, blocks: Sequence[Block], words: Words) -> ScriptQuestion | None:
    """None when its type or its words are missing; the problem is noted."""
    draft = _Draft()
    first, rest = (blocks[0], blocks[1:]) if blocks else (None, ())
    if first is None or first.kind is not BlockKind.TEXT or not _SETTING.fullmatch(first.lines[0].text):
        words.problems.add(
            place, "a question begins with its type", f"such as 'Type: choice'; {_type_hint()}"
        )
        return None
    for line in first.lines:
        _read_setting(draft, line, words)
    for block in rest:
        _read_block(draft, block, words)
    if not draft.faulty:
        _check(draft, place, words)
    if draft.type is None or not draft.text:
        return None
    question = Question(
        key=key,
        type=draft.type,
        means=draft.means or key,
        required=draft.required,
        options=tuple(draft.options),
        least=draft.least,
        most=draft.most,
    )
    return ScriptQuestion(question, draft.text, draft.note, place)


def _type_hint() -> str:
    return "types: " + ", ".join(TYPES)


def _read_setting(draft: _Draft, line: Line, words: Words) -> None:
    match = _SETTING.fullmatch(line.text)
    name = match[1].lower() if match else ""
    if match is None or name not in _SETTINGS:
        hint = (
            did_you_mean(name, _SETTINGS)
            if match
            else "leave an empty line between the settings and the words"
        )
        draft.faulty = True
        words.problems.add(line.place, f"this is no setting of a question: {line.text.strip()[:60]!r}", hint)
        return
    fault = _SETTINGS[name](draft, match[2])
    if fault:
        draft.faulty = True
        words.problems.add(line.place, *fault)


_Fault = tuple[str, str] | None


def _set_type(draft: _Draft, value: str) -> _Fault:
    draft.type = TYPES.get(value.lower())
    return None if draft.type else (f"unknown type {value!r}", did_you_mean(value, TYPES))


def _set_means(draft: _Draft, value: str) -> _Fault:
    draft.means = key_of(value)
    return (
        None if draft.means else ("'Means:' is empty", "need, funds, authority, time frame or a custom field")
    )


def _set_required(draft: _Draft, value: str) -> _Fault:
    draft.required = value.lower() == "yes"
    return None if value.lower() in ("yes", "no") else ("'Required:' is yes or no", "")


def _set_least(draft: _Draft, value: str) -> _Fault:
    draft.least = Decimal(value) if _AMOUNT.fullmatch(value) else None
    return None if draft.least is not None else ("'Least:' is a number", "")


def _set_most(draft: _Draft, value: str) -> _Fault:
    draft.most = Decimal(value) if _AMOUNT.fullmatch(value) else None
    return None if draft.most is not None else ("'Most:' is a number", "")


_SETTINGS: Mapping[str, Callable[[_Draft, str], _Fault]] = {
    "type": _set_type,
    "means": _set_means,
    "required": _set_required,
    "least": _set_least,
    "most": _set_most,
}


def _read_block(draft: _Draft, block: Block, words: Words) -> None:
    if block.kind is BlockKind.LIST:
        draft.options += [words.fixed(item, "an option") for item in block.items]
    elif block.kind is BlockKind.QUOTE and (note := read_quote(block, words)):
        draft.note = note.text
    elif block.kind is BlockKind.TEXT and not draft.text:
        draft.text = words.spoken(block.lines)
    elif block.kind is not BlockKind.QUOTE:
        words.problems.add(
            block.place,
            "a question is one paragraph",
            "put what comes before or after it into the step that asks it",
        )


def _check(draft: _Draft, place: Place, words: Words) -> None:
    if draft.type is None:
        words.problems.add(place, "the question has no type", _type_hint())
    if not draft.text:
        words.problems.add(place, "the question has no words to ask it with")
    if draft.type in _WITH_OPTIONS and len(set(draft.options)) < 2:
        words.problems.add(place, "a choice needs two options or more", "one line each: - First option")
    if len(set(draft.options)) < len(draft.options):
        words.problems.add(place, "the same option stands there twice")
    if draft.options and draft.type and draft.type not in _WITH_OPTIONS:
        words.problems.add(place, "only 'choice' and 'several' have options")
    if (draft.least is not None or draft.most is not None) and draft.type not in _WITH_LIMITS:
        words.problems.add(place, "only 'number' and 'money' have 'Least:' and 'Most:'")
    if draft.least is not None and draft.most is not None and draft.least > draft.most:
        words.problems.add(place, "'Least:' is more than 'Most:'")
