"""Downloads in CSV, a line at a time, that no spreadsheet takes for programs."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from fastapi.responses import StreamingResponse

_NUMBER = re.compile(r"[+-]?[\d\s().,/-]*")


def download(name: str, rows: Iterable[Sequence[str]]) -> StreamingResponse:
    return StreamingResponse(
        _lines(rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([_harmless(cell) for cell in row])
        yield line.getvalue()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula is marked as text; numbers stay as they are."""
    return f"'{cell}" if cell[:1] in "=+-@\t" and not _NUMBER.fullmatch(cell) else cell
