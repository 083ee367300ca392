"""Occupancy and the agent's wait against abandonment, as an SVG: a line a policy, a point a team size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

WIDTH, HEIGHT = 1180, 460
PANEL, LEFT, GAP, TOP, BOTTOM = 440, 52, 62, 34, 48
LEGEND = LEFT + 2 * PANEL + GAP + 18
MOST_ABANDONED = 0.10
COLOURS = (
    "#0b6e4f",
    "#6c757d",
    "#b08900",
    "#c1440e",
    "#5b3a8c",
    "#1f5fa8",
    "#8c1c4a",
    "#2f8f9d",
    "#444444",
    "#d17b88",
    "#7a9e1f",
)


class Point(Protocol):
    @property
    def policy(self) -> str: ...
    @property
    def agents(self) -> int: ...
    @property
    def abandonment(self) -> float: ...
    @property
    def occupancy(self) -> float: ...
    @property
    def idle(self) -> float: ...


@dataclass(frozen=True)
class Panel:
    """One of the two pictures: what its height means, and between which marks."""

    left: int
    title: str
    value: Callable[[Point], float]
    low: float
    high: float
    marks: tuple[tuple[float, str], ...]

    def across(self, abandonment: float) -> float:
        return self.left + PANEL * min(abandonment, MOST_ABANDONED) / MOST_ABANDONED

    def down(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


PANELS = (
    Panel(
        LEFT,
        "occupancy: share of paid time in talk and wrap-up",
        lambda point: point.occupancy,
        0.6,
        1.0,
        tuple((percent / 100.0, f"{percent} %") for percent in range(60, 101, 5)),
    ),
    Panel(
        LEFT + PANEL + GAP,
        "seconds an agent waits for a conversation",
        lambda point: point.idle,
        0.0,
        120.0,
        tuple((float(seconds), f"{seconds} s") for seconds in range(0, 121, 20)),
    ),
)


def text(x: float, y: float, words: str, anchor: str = "start", colour: str = "#222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def grid(panel: Panel, limit: float) -> list[str]:
    floor, right = HEIGHT - BOTTOM, panel.left + PANEL
    parts = []
    for percent in range(0, 11, 2):
        x = panel.across(percent / 100.0)
        parts += [line(x, TOP, x, floor, "#e4e4e4"), text(x, floor + 18, f"{percent} %", "middle")]
    for value, words in panel.marks:
        y = panel.down(value)
        parts += [line(panel.left, y, right, y, "#e4e4e4"), text(panel.left - 8, y + 4, words, "end")]
    x = panel.across(limit)
    middle = (panel.left + right) / 2
    return [
        *parts,
        line(x, TOP, x, floor, "#c1121f"),
        text(x + 4, floor - 6, "limit", colour="#c1121f"),
        text(middle, HEIGHT - 10, "abandoned ÷ live (10 % and more at the edge)", "middle"),
        text(panel.left, TOP - 14, panel.title),
    ]


def trace(panel: Panel, points: Sequence[Point], colour: str) -> list[str]:
    places = [
        (panel.across(point.abandonment), panel.down(panel.value(point)), point.agents) for point in points
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-opacity="0.5"/>']
    for x, y, agents in places:
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        parts.append(text(x + 6, y - 5, str(agents), colour=colour))
    return parts


def draw(rows: Sequence[Point], limit: float) -> str:
    """The picture; each policy's points are joined in order of team size and bear the number of agents."""
    parts = [part for panel in PANELS for part in grid(panel, limit)]
    for place, policy in enumerate(dict.fromkeys(row.policy for row in rows)):
        colour = COLOURS[place % len(COLOURS)]
        points = sorted((row for row in rows if row.policy == policy), key=lambda row: row.agents)
        for panel in PANELS:
            parts += trace(panel, points, colour)
        parts.append(text(LEGEND, TOP + 14 + 20 * place, policy, colour=colour))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="12">'
        "<title>Occupancy and waiting against abandonment by team size</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    )
