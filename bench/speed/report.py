"""How results are told: the table of rows, the table of processes, quantiles in milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Row:
    number: int
    what: str
    measured: str
    target: str
    compared: str = ""
    note: str = ""
    """What has to be known to read the figures."""


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[n]) for line in (heads, *lines)) for n in range(len(heads))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in (heads, rule, *lines)
    )


def told(rows: Sequence[Row]) -> str:
    lines = [(str(one.number), one.what, one.measured, one.target, one.compared) for one in rows]
    notes = [f"{one.number}: {one.note}" for one in rows if one.note]
    heads = ("row", "what", "measured", "target", "compared with")
    return "\n".join(["", table(heads, lines), "", *dict.fromkeys(notes)])


def spread(seconds: Sequence[float]) -> str:
    """The median and the slowest hundredth, and of how many."""
    if len(seconds) < 2:
        return f"too few: {len(seconds)}"
    return f"p50 {millis(seconds, 50)}, p99 {millis(seconds, 99)} ms"


def millis(seconds: Sequence[float], percent: int) -> str:
    if len(seconds) < 2:
        return "-"
    value = 1000 * quantiles(seconds, n=100, method="inclusive")[percent - 1]
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"
