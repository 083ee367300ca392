"""Call list files: any common delimiter, encoding and line end, read row by row as they come.

A file that isn't a list of rows is refused at once, with what it looks like and what to do about it.
What the rows mean is not decided here.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from dialer.services.list_encoding import ListFileError, encoding_of

__all__ = ["ListFile", "ListFileError", "open_list"]

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_CHARACTERS = 256 * 1024
_LONGEST_CELL = 16 * 1024 * 1024
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\r?\n?", re.IGNORECASE)  # Excel's own, before the header
_LIKE_CONTACT_DATA = re.compile(r"\s*(?:[+(]?\d[\d\s().+/-]{6,}|[^@\s]+@[^@\s]+\.[^@\s]+)\s*")
_NUL = "\x00"  # no database text may hold it, and no reader sees it
_END = "\ufdd0end of the list\ufdd0"  # no text holds these two: Unicode keeps them for such use
_NEVER_CLOSED = (
    "Line {line}: a quote opened in this row is never closed; correct the row and load the file again."
)

csv.field_size_limit(_LONGEST_CELL)


@dataclass
class ListFile:
    """An open call list: its shape, and its rows as often as they are asked for."""

    headers: tuple[str, ...]
    has_header: bool
    delimiter: str
    encoding: str
    size: int
    """In bytes; `bytes_read` runs up to it."""
    row_count_estimate: int
    _open: Callable[[], BinaryIO] = field(repr=False)
    _names_separator: bool = field(repr=False)
    bytes_read: int = 0
    padded_rows: int = 0
    """How many rows had fewer cells than the header, so far."""

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that isn't blank, with the line of the file at which it begins (from 1).

        Short rows are filled up with empty cells; of long ones empty cells at the end are dropped.
        """
        self.bytes_read = self.padded_rows = 0
        width = len(self.headers)
        stream = self._open()
        with io.TextIOWrapper(stream, self.encoding, "replace", newline="") as text:
            rows = _records(text, self.delimiter)
            for line, row in islice(rows, self.has_header + self._names_separator, None):
                self.bytes_read = stream.tell()
                if len(row) < width:
                    self.padded_rows += 1
                    row += [""] * (width - len(row))
                elif len(row) > width and not any(map(str.strip, row[width:])):
                    del row[width:]
                yield line, row
        self.bytes_read = self.size

    def sample(self, count: int = 200) -> list[list[str]]:
        return [row for _, row in islice(self.rows(), count)]


def open_list(source: Path | str | bytes) -> ListFile:
    """Find out how the file is written; raises ListFileError when it holds no list."""

    def open_source() -> BinaryIO:
        return io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb")

    try:
        with open_source() as stream:
            encoding = encoding_of(stream)
            size = stream.seek(0, io.SEEK_END)
            stream.seek(0)
            with io.TextIOWrapper(stream, encoding, "replace", newline="") as reader:
                text = reader.read(_SAMPLE_CHARACTERS)
    except OSError as error:
        raise ListFileError(f"The file can't be read: {error.strerror}.") from error
    return _described(text, encoding, size, open_source)


def _described(text: str, encoding: str, size: int, open_source: Callable[[], BinaryIO]) -> ListFile:
    is_whole = len(text) < _SAMPLE_CHARACTERS
    text = text.replace(_NUL, "")
    named = _SEPARATOR_LINE.match(text)
    sample = text[named.end() :] if named else text
    delimiter = named[1] if named else _delimiter_of(sample, is_whole)
    rows = _sample_rows(sample, delimiter, is_whole)
    if not rows:
        raise ListFileError("The file is empty.")
    has_header = not _looks_like_data(rows[0], rows[1:])
    headers = _headers(rows[0] if has_header else [""] * len(rows[0]))
    if has_header and is_whole and len(rows) == 1:
        raise ListFileError(f"The file has only a header and no rows: {', '.join(headers)}.")
    share_read = 1.0 if is_whole else len(text.encode(encoding, "replace")) / size
    return ListFile(
        headers=headers,
        has_header=has_header,
        delimiter=delimiter,
        encoding=encoding,
        size=size,
        row_count_estimate=round((len(rows) - has_header) / share_read),
        _open=open_source,
        _names_separator=named is not None,
    )


def _records(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that isn't blank with its first line. The end mark shows whether a quote was left open."""
    lines = (line.replace(_NUL, "") for line in chain(text, [_END]))
    reader = csv.reader(lines, delimiter=delimiter)
    begins = 1
    try:
        for row in reader:
            if row == [_END]:
                return
            if row and row[-1].endswith(_END):
                raise ListFileError(_NEVER_CLOSED.format(line=begins))
            if any(map(str.strip, row)):
                yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ListFileError(f"Line {begins}: this row can't be read ({error}).") from error


def _sample_rows(sample: str, delimiter: str, is_whole: bool) -> list[list[str]]:
    """The sample's rows, without the last if the sample ends within it."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    rows = [row for row in reader if any(map(str.strip, row))]
    return rows if is_whole or len(rows) == 1 else rows[:-1]


def _delimiter_of(sample: str, is_whole: bool) -> str:
    """The delimiter with which most rows have as many cells as the header, and the header many."""
    widths = {
        delimiter: [len(row) for row in _sample_rows(sample, delimiter, is_whole)] for delimiter in DELIMITERS
    }
    best = max(DELIMITERS, key=lambda delimiter: _evenness(widths[delimiter]))
    if _evenness(widths[best]) > 0:
        return best
    return next((delimiter for delimiter in DELIMITERS if set(widths[delimiter]) == {1}), DELIMITERS[0])


def _evenness(widths: Sequence[int]) -> float:
    return widths.count(widths[0]) / len(widths) * math.log2(widths[0]) if widths else 0.0


def _looks_like_data(first: Sequence[str], following: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is a contact like those below: it has a number or address where they have one."""
    for column, cell in enumerate(first):
        if not _LIKE_CONTACT_DATA.fullmatch(cell):
            continue
        below = [row[column] for row in following if column < len(row) and row[column].strip()]
        alike = sum(_LIKE_CONTACT_DATA.fullmatch(other) is not None for other in below)
        if alike * 2 >= len(below):
            return True
    return False


def _headers(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(cell.split()) or f"column_{number}" for number, cell in enumerate(row, 1))
