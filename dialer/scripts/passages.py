"""Reads what stands in a step or objection: words to say, notes, questions to ask, answers, an end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from dialer.scripts.blocks import Block, BlockKind
from dialer.scripts.model import Answer, Passage, PassageKind, key_of
from dialer.scripts.source import Line
from dialer.scripts.words import Words

_DIRECTIVE = re.compile(r"\s{0,3}(Ask|End):\s*(.*?)\s*", re.IGNORECASE)
_ARROW = re.compile(r"->|→")
_QUOTE = re.compile(r"(Note|Word for word)\s*(?:\(([^()]*)\))?\s*:\s*(.*)", re.IGNORECASE)
_QUOTE_HINT = "begin it with 'Note:' (for the agent's eyes) or 'Word for word:' (read out exactly)"
_QUOTATION_MARKS = "\"“”„'‘’"


@dataclass(slots=True)
class Content:
    passages: list[Passage] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    end: str | None = None


def read_content(blocks: Sequence[Block], words: Words) -> Content:
    content = Content()
    saying: list[Line] = []
    for block in blocks:
        if block.kind is BlockKind.TEXT or (block.kind is BlockKind.LIST and not _has_answers(block)):
            _read_text(block, content, saying, words)
            continue
        _finish(saying, content, words)
        if block.kind is BlockKind.LIST:
            content.answers += [answer for item in block.items if (answer := _answer(item, words))]
        elif block.kind is BlockKind.QUOTE and (passage := read_quote(block, words)):
            content.passages.append(passage)
        elif block.kind is BlockKind.HEADING:
            words.problems.add(block.place, "no headings inside a step", "write the name of a step after ##")
    _finish(saying, content, words)
    return content


def _read_text(block: Block, content: Content, saying: list[Line], words: Words) -> None:
    if saying:
        saying.append(Line("", block.place))
    for line in block.lines:
        directive = _DIRECTIVE.fullmatch(line.text) if block.kind is BlockKind.TEXT else None
        if directive is None:
            saying.append(line)
            continue
        _finish(saying, content, words)
        if directive[1].lower() == "ask":
            names = [key_of(name) for name in directive[2].split(",")]
            content.passages += [Passage(PassageKind.ASK, "", line.place, name) for name in names]
        else:
            _end(line, directive[2], content, words)


def _finish(saying: list[Line], content: Content, words: Words) -> None:
    if any(line.text.strip() for line in saying):
        text = words.spoken(saying)
        content.passages.append(Passage(PassageKind.SAY, text.strip("\n"), saying[0].place))
    saying.clear()


def _end(line: Line, written: str, content: Content, words: Words) -> None:
    if not key_of(written):
        words.problems.add(
            line.place, "'End:' needs a disposition", "such as 'End: lead' or 'End: do_not_call'"
        )
    if content.end is not None:
        words.problems.add(line.place, "a step ends once")
    content.end = key_of(written)


def read_quote(block: Block, words: Words) -> Passage | None:
    """A note or a word-for-word piece: whoever reads must never wonder whether it is said aloud."""
    match = _QUOTE.fullmatch(block.lines[0].text.strip())
    if match is None:
        words.problems.add(block.place, "is this read out or not?", _QUOTE_HINT)
        return None
    name = words.fixed(Line(match[2] or "", block.place), "a name")
    text = words.spoken([Line(match[3], block.place), *block.lines[1:]]).strip("\n")
    kind = PassageKind.NOTE if match[1].lower() == "note" else PassageKind.WORD_FOR_WORD
    if not text.strip():
        words.problems.add(block.place, "there are no words here")
    return Passage(kind, text, block.place, key_of(name))


def _has_answers(block: Block) -> bool:
    return any(_ARROW.search(item.text) for item in block.items)


def _answer(item: Line, words: Words) -> Answer | None:
    parts = _ARROW.split(item.text)
    label, target = "->".join(parts[:-1]).strip().strip(_QUOTATION_MARKS).strip(), key_of(parts[-1])
    if not label or not target:
        hint = 'write - "Yes, go on" -> Name of the step; put text between a list to read out and the answers'
        words.problems.add(item.place, "an answer leads to a step", hint)
        return None
    words.spoken([Line(label, item.place)])
    return Answer(label, target, item.place)
