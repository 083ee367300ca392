"""From a file's bytes to numbered lines: encoding, size, front matter, snippets put in their places.

Nothing here knows what the lines mean; every line remembers the file that it was written in.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

import yaml
from frontmatter.default_handlers import YAMLHandler

from dialer.scripts.problems import Place, Problems

MAX_SOURCE = 100_000
MAX_BYTES = MAX_SOURCE * 4
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_INSERT = re.compile(r"\s{0,3}Insert:\s*(\S.*?)\s*", re.IGNORECASE)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Setting:
    """One `name: value` of the front matter, or several values."""

    values: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Source:
    settings: Mapping[str, Setting]
    lines: tuple[Line, ...]
    text: str

    @property
    def version(self) -> str:
        return sha256(self.text.encode()).hexdigest()


def decode(data: bytes, file: str, problems: Problems) -> str:
    """The text of a file; empty when it is none."""
    if len(data) > MAX_BYTES:
        _too_long(Place(file, 1), problems)
        return ""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.add(Place(file, line), "this is not UTF-8 text", "save the file as UTF-8")
        return ""


def read_source(text: str, file: str, snippets: Mapping[str, str], problems: Problems) -> Source | None:
    """Front matter and body with snippets inserted; None when the text can't be taken apart."""
    text = _with_plain_line_ends(text)
    if not _is_usable(text, file, problems):
        return None
    handler = YAMLHandler()
    if not handler.detect(text):
        hint = "begin with a line ---, then title, language, summary and for, then a line ---"
        problems.add(Place(file, 1), "the front matter is missing", hint)
        return None
    try:
        head, body = handler.split(text)
    except ValueError:
        problems.add(Place(file, 1), "the front matter has no end", "close it with a line ---")
        return None
    offset = text.count("\n") - body.count("\n")
    written = [Line(line, Place(file, offset + number)) for number, line in enumerate(body.split("\n"), 1)]
    lines = tuple(_inserted(written, snippets, problems))
    whole = text[: len(text) - len(body)] + "\n".join(line.text for line in lines)
    if len(whole) > MAX_SOURCE:
        _too_long(Place(file, 1), problems)
        return None
    return Source(_settings(head, file, problems), lines, whole)


def _with_plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_usable(text: str, file: str, problems: Problems) -> bool:
    if len(text) > MAX_SOURCE:
        _too_long(Place(file, 1), problems)
        return False
    if not text.strip():
        problems.add(Place(file, 1), "the file is empty")
        return False
    return _is_text(text, file, problems)


def _is_text(text: str, file: str, problems: Problems) -> bool:
    strange = _NOT_TEXT.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        problems.add(Place(file, line), f"a control character ({strange[0]!r}) is not text")
    return strange is None


def _too_long(place: Place, problems: Problems) -> None:
    problems.add(
        place, f"longer than {MAX_SOURCE:,} characters", "no agent can find her way in that: shorten it"
    )


def _inserted(lines: list[Line], snippets: Mapping[str, str], problems: Problems) -> Iterator[Line]:
    length = 0
    for line in lines:
        asked = _INSERT.fullmatch(line.text)
        snippet = _snippet(asked[1], line.place, snippets, problems) if asked else [line]
        yield from snippet
        length += sum(len(each.text) + 1 for each in snippet)
        if length > MAX_SOURCE:
            return


def _snippet(name: str, place: Place, snippets: Mapping[str, str], problems: Problems) -> list[Line]:
    if name not in snippets:
        known = ", ".join(sorted(snippets)) or "the folder _snippets is empty"
        problems.add(place, f"there is no snippet {name!r}", f"snippets: {known}")
        return []
    file = f"_snippets/{name}.md"
    text = _with_plain_line_ends(snippets[name])
    if not _is_text(text, file, problems):
        return []
    lines = [Line(words, Place(file, number)) for number, words in enumerate(text.split("\n"), 1)]
    for line in lines:
        if _INSERT.fullmatch(line.text):
            problems.add(line.place, "a snippet can't insert another one")
    return lines


def _settings(head: str, file: str, problems: Problems) -> dict[str, Setting]:
    """The front matter's values as they are written: `no` stays a word, a date stays text."""
    try:
        tree = yaml.compose(head, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        hint = "put a value with a colon in it between quotes"
        problems.add(Place(file, line), f"front matter: {error.problem or 'not readable'}", hint)
        return {}
    except (yaml.YAMLError, RecursionError, ValueError):
        problems.add(Place(file, 1), "the front matter is not readable", "write lines of the form 'title: …'")
        return {}
    if not isinstance(tree, yaml.MappingNode):
        problems.add(Place(file, 1), "the front matter is not readable", "write lines of the form 'title: …'")
        return {}
    found: dict[str, Setting] = {}
    for name, value in tree.value:
        place = Place(file, name.start_mark.line + 1)
        values = _plain_values(value)
        if not isinstance(name, yaml.ScalarNode) or values is None:
            problems.add(place, "front matter holds plain words and lists of them only")
        elif name.value in found:
            problems.add(place, f"{name.value!r} is given twice")
        else:
            found[name.value] = Setting(values, place)
    return found


def _plain_values(node: yaml.Node) -> tuple[str, ...] | None:
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not all(isinstance(item, yaml.ScalarNode) for item in items):
        return None
    return tuple(item.value.strip() for item in items)
