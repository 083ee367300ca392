"""From numbered lines to a `Script`: splits them into steps, questions and objections and reads each.

Every fault is noted with its place and the reading goes on, so that a supervisor sees them all at once.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dialer.domain.script import DO_NOT_CALL
from dialer.scripts.blocks import Block, BlockKind, read_blocks
from dialer.scripts.checks import check_flow, check_opening
from dialer.scripts.head import Head, read_head
from dialer.scripts.model import (
    BACK,
    Objection,
    Passage,
    PassageKind,
    Script,
    ScriptQuestion,
    Step,
    key_of,
)
from dialer.scripts.passages import read_content
from dialer.scripts.problems import Place, Problem, Problems, TooManyProblems, did_you_mean
from dialer.scripts.questions import read_question
from dialer.scripts.source import Line, Source, read_source
from dialer.scripts.words import Words

MAX_SECTIONS = 300
MAX_NAME = 80

_HEADING = re.compile(r"(\w+)\s*:\s*(.*)")
_KINDS = ("Step", "Question", "Objection")
_KINDS_HINT = "write '## Step: …', '## Question: …' or '## Objection: …'"


@dataclass(frozen=True, slots=True)
class _Section:
    kind: str
    name: str
    place: Place
    blocks: list[Block] = field(default_factory=list)

    @property
    def key(self) -> str:
        return key_of(self.name)


def parse_script(
    slug: str, text: str, file: str, snippets: Mapping[str, str]
) -> tuple[Script | None, list[Problem]]:
    """The script and what is wrong with it; no script unless nothing is."""
    problems = Problems()
    script: Script | None = None
    try:
        source = read_source(text, file, snippets, problems)
        script = _script(slug, source, file, problems) if source else None
    except TooManyProblems:
        script = None
    return (None if problems else script), problems.found()


def _script(slug: str, source: Source, file: str, problems: Problems) -> Script | None:
    head = read_head(source.settings, file, problems)
    words = Words(frozenset(head.custom_fields), problems)
    sections = _sections(source.lines, words)
    steps = tuple(_step(section, words) for section in sections if section.kind == "step")
    objections = tuple(_objection(section, words) for section in sections if section.kind == "objection")
    asked = [section for section in sections if section.kind == "question"]
    questions = [read_question(section.key, section.place, section.blocks, words) for section in asked]
    places = {section.key: section.place for section in asked}
    check_flow(file, steps, objections, places, head.inbound_opening, problems)
    if problems:
        return None
    for step in steps:
        if step is steps[0] or step.key == head.inbound_opening:
            check_opening(step, frozenset(head.custom_fields), problems)
    return _assembled(slug, head, source, steps, objections, [found for found in questions if found])


def _assembled(
    slug: str,
    head: Head,
    source: Source,
    steps: tuple[Step, ...],
    objections: tuple[Objection, ...],
    questions: Iterable[ScriptQuestion],
) -> Script:
    return Script(
        slug=slug,
        title=head.title,
        language=head.language,
        summary=head.summary,
        audience=head.audience,
        custom_fields=head.custom_fields,
        steps=steps,
        objections=objections,
        questions={asked.question.key: asked for asked in questions},
        inbound_opening=head.inbound_opening,
        opt_out=next(step.key for step in steps if step.end == DO_NOT_CALL),
        source=source.text,
        version=source.version,
    )


def _sections(lines: Sequence[Line], words: Words) -> list[_Section]:
    sections: list[_Section] = []
    current: _Section | None = None
    for block in read_blocks(lines):
        if block.kind is BlockKind.HEADING and block.level <= 2:
            current = _section(block, words) if block.level == 2 else None
            sections += [current] if current else []
        elif current is not None:
            current.blocks.append(block)
        elif not sections or block.kind is not BlockKind.HEADING:
            words.problems.add(block.place, "this belongs to no step", _KINDS_HINT)
        if len(sections) > MAX_SECTIONS:
            words.problems.add(block.place, f"more than {MAX_SECTIONS} steps, questions and objections")
            break
    return _without_doubles(sections, words.problems)


def _section(block: Block, words: Words) -> _Section | None:
    match = _HEADING.fullmatch(block.text)
    kind = match[1].capitalize() if match else ""
    if match is None or kind not in _KINDS:
        hint = did_you_mean(kind, _KINDS, _KINDS_HINT) if kind else _KINDS_HINT
        words.problems.add(block.place, f"what is {block.text[:MAX_NAME]!r}?", hint)
        return _Section("unknown", block.text, block.place)
    name = words.fixed(Line(match[2].strip(), block.place), "a name")
    if not key_of(name) or len(name) > MAX_NAME:
        words.problems.add(block.place, f"a name has between 1 and {MAX_NAME} characters")
    if key_of(name) == BACK:
        words.problems.add(
            block.place, f"{name!r} is the word for the way back from an objection", "choose another"
        )
    return _Section(kind.lower(), name, block.place)


def _without_doubles(sections: Iterable[_Section], problems: Problems) -> list[_Section]:
    kept: dict[tuple[str, str], _Section] = {}
    for section in sections:
        first = kept.setdefault((section.kind, section.key), section)
        if first is not section and section.kind != "unknown":
            where = f"the first is in {first.place.file}, line {first.place.line}"
            problems.add(section.place, f"two {section.kind}s are called {section.name!r}", where)
    return list(kept.values())


def _step(section: _Section, words: Words) -> Step:
    content = read_content(section.blocks, words)
    passages = _named(section.key, content.passages)
    return Step(section.key, section.name, passages, tuple(content.answers), content.end, section.place)


def _objection(section: _Section, words: Words) -> Objection:
    content = read_content(section.blocks, words)
    if content.end is not None:
        words.problems.add(
            section.place, "an objection can't end a call", "let an answer lead to a step that does"
        )
    if not any(passage.kind is not PassageKind.NOTE for passage in content.passages):
        words.problems.add(section.place, f"the objection {section.name!r} has no reply")
    passages = _named(section.key, content.passages)
    return Objection(section.key, section.name, passages, tuple(content.answers), section.place)


def _named(key: str, passages: Iterable[Passage]) -> tuple[Passage, ...]:
    """Every word-for-word piece has a key, to be ticked by: its own name, or that of its step."""
    named: list[Passage] = []
    unnamed = 0
    for passage in passages:
        if passage.kind is PassageKind.WORD_FOR_WORD and not passage.key:
            unnamed += 1
            passage = replace(passage, key=key if unnamed == 1 else f"{key}_{unnamed}")
        named.append(passage)
    return tuple(named)
