"""The roles of people who sign in."""

from enum import StrEnum


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMIN = "admin"


OWNERS = frozenset({Role.MANAGER, Role.AGENT})
"""Who a lead may go to."""
