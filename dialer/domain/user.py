"""The roles of people who sign in."""

from enum import StrEnum


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMIN = "admin"


def identity_of(user_id: int) -> str:
    """What the carrier knows a person's browser by; it is called as `client:` and this."""
    return f"agent_{user_id}"


SPEAKERS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})
"""Whose browser is a telephone, on the pages that they work with."""
OWNERS = frozenset({Role.MANAGER, Role.AGENT})
"""Who a lead may go to."""
