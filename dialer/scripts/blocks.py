"""Takes Markdown lines apart into headings, paragraphs, quotes and lists, each with its places.

markdown-it finds the blocks; what they mean for a script is the parser's business.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.token import Token

from dialer.scripts.problems import Place
from dialer.scripts.source import Line


class BlockKind(StrEnum):
    HEADING = "heading"
    TEXT = "text"
    QUOTE = "quote"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Block:
    """`lines` are as written, without a heading's or quote's signs; a list's `items` are one line each."""

    kind: BlockKind
    lines: tuple[Line, ...]
    level: int = 0
    items: tuple[Line, ...] = ()

    @property
    def place(self) -> Place:
        return self.lines[0].place

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


_STRUCTURE = MarkdownIt("zero").enable(["heading", "blockquote", "list"])


def read_blocks(lines: Sequence[Line]) -> Iterator[Block]:
    tokens = _STRUCTURE.parse("\n".join(line.text for line in lines))
    for position, token in enumerate(tokens):
        if token.level or token.nesting < 0 or token.map is None:
            continue
        span = tuple(lines[token.map[0] : token.map[1]])
        if token.type == "heading_open":
            bare = tuple(Line(line.text.strip().strip("#").strip(), line.place) for line in span)
            yield Block(BlockKind.HEADING, bare, level=len(token.markup))
        elif token.type == "blockquote_open":
            yield Block(BlockKind.QUOTE, tuple(_unquoted(line) for line in span))
        elif token.type == "bullet_list_open":
            yield Block(BlockKind.LIST, span, items=tuple(_items(tokens, position, lines)))
        elif token.type in ("paragraph_open", "ordered_list_open"):
            yield Block(BlockKind.TEXT, span)


def _unquoted(line: Line) -> Line:
    text = line.text.lstrip()
    return Line(text.removeprefix(">").removeprefix(" ") if text.startswith(">") else text, line.place)


def _items(tokens: Sequence[Token], start: int, lines: Sequence[Line]) -> Iterator[Line]:
    for token in tokens[start + 1 :]:
        if token.level == 0:
            return
        if token.type == "list_item_open" and token.level == 1 and token.map:
            span = lines[token.map[0] : token.map[1]]
            words = " ".join(line.text.strip() for line in span if line.text.strip())
            yield Line(words[1:].strip(), span[0].place)
