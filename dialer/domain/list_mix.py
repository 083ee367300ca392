"""Several call lists mixed by weight: stride scheduling over their fresh contacts.

Each list has a pass, the virtual time of its next turn; the smallest is next, and moves on by a stride
that is the shorter the heavier the list. Passes outlive a refill, so that shares hold over many small ones.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
STRIDE = 1000.0
WEIGHT_AT_MOST = 100


@dataclass(frozen=True)
class Mixed(Generic[Item]):
    turns: Sequence[tuple[float, Item]]
    """Each with its virtual time, the earliest first."""
    passes: Mapping[int, float]
    """Of the lists that had somebody; the others start anew when they have."""


def quotas(weights: Mapping[int, int], wanted: int) -> dict[int, int]:
    """How many of each list are looked for so that `wanted` can be mixed; none of a list that rests."""
    total = sum(weights.values())
    return {key: math.ceil(wanted * weight / total) + 1 for key, weight in weights.items() if weight > 0}


def mix(
    found: Mapping[int, Sequence[Item]], weights: Mapping[int, int], passes: Mapping[int, float], wanted: int
) -> Mixed[Item]:
    """Up to `wanted` of what was found, each list in its own order. A list that has none gives its share
    to the others; one that comes back claims nothing of what it missed."""
    playing = {key: items for key, items in found.items() if items and weights.get(key, 0) > 0}
    going_on = [passes[key] for key in playing if key in passes]
    now = min(going_on, default=max(passes.values(), default=0.0))
    kept = {key: passes.get(key, now) for key in playing}
    taken = dict.fromkeys(playing, 0)
    turns: list[tuple[float, Item]] = []
    while playing and len(turns) < wanted:
        key = min(playing, key=lambda one: (kept[one], one))
        turns.append((kept[key], playing[key][taken[key]]))
        kept[key] += STRIDE / weights[key]
        taken[key] += 1
        if taken[key] == len(playing[key]):
            del playing[key]
    return Mixed(turns, kept)
