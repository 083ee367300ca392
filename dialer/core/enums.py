"""Words from outside as members of our enums."""

from enum import StrEnum
from typing import TypeVar

Member = TypeVar("Member", bound=StrEnum)


def member_of(kind: type[Member], word: str) -> Member | None:
    """The member whose value is `word`, or None."""
    return next((member for member in kind if member.value == word), None)
