"""State machines as data: one table of (state, event) to state, one way to advance.

An event that the table does not know for a state (late, repeated, out of order) leaves the state
as it is. It never raises: a carrier's webhook may come twice or in any order.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


def advance(table: Mapping[tuple[State, Event], State], state: State, event: Event) -> State:
    return table.get((state, event), state)
