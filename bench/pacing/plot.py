"""Occupancy against abandonment as an SVG: one line a policy, one point a team size."""

from collections.abc import Sequence
from html import escape
from typing import Protocol

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 60, 190, 24, 48
MOST_ABANDONED = 0.10
LEAST_BUSY = 0.3
COLOURS = ("#0b6e4f", "#6c757d", "#b08900", "#c1440e", "#5b3a8c", "#1f5fa8", "#8c1c4a", "#2f8f9d", "#444444")


class Point(Protocol):
    @property
    def policy(self) -> str: ...
    @property
    def agents(self) -> int: ...
    @property
    def abandonment(self) -> float: ...
    @property
    def occupancy(self) -> float: ...


def across(abandonment: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(abandonment, MOST_ABANDONED) / MOST_ABANDONED


def down(occupancy: float) -> float:
    share = (max(occupancy, LEAST_BUSY) - LEAST_BUSY) / (1.0 - LEAST_BUSY)
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def text(x: float, y: float, words: str, anchor: str = "start", colour: str = "#222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def grid(limit: float) -> list[str]:
    parts = []
    for percent in range(0, 11, 2):
        x = across(percent / 100.0)
        parts += [
            line(x, TOP, x, HEIGHT - BOTTOM, "#e4e4e4"),
            text(x, HEIGHT - BOTTOM + 18, f"{percent} %", "middle"),
        ]
    for percent in range(30, 101, 10):
        y = down(percent / 100.0)
        parts += [line(LEFT, y, WIDTH - RIGHT, y, "#e4e4e4"), text(LEFT - 8, y + 4, f"{percent} %", "end")]
    x = across(limit)
    parts += [line(x, TOP, x, HEIGHT - BOTTOM, "#c1121f"), text(x + 4, TOP - 8, "limit", colour="#c1121f")]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts += [
        text(middle, HEIGHT - 10, "abandoned ÷ live (10 % and more at the edge)", "middle"),
        text(8, TOP - 8, "occupancy"),
    ]
    return parts


def trace(points: Sequence[Point], colour: str) -> list[str]:
    places = [(across(point.abandonment), down(point.occupancy), point.agents) for point in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-opacity="0.5"/>']
    for x, y, agents in places:
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        parts.append(text(x + 6, y - 5, str(agents), colour=colour))
    return parts


def draw(rows: Sequence[Point], limit: float) -> str:
    """The picture; each policy's points are joined in order of team size and bear the number of agents."""
    parts = grid(limit)
    for place, policy in enumerate(dict.fromkeys(row.policy for row in rows)):
        colour = COLOURS[place % len(COLOURS)]
        points = sorted((row for row in rows if row.policy == policy), key=lambda row: row.agents)
        parts += trace(points, colour)
        parts.append(text(WIDTH - RIGHT + 16, TOP + 14 + 20 * place, policy, colour=colour))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="12"><title>Occupancy against abandonment by team size</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    )
