"""Tables and the named queries on them, one file a concept. Importing this package knows every table."""

from dialer.store import (
    agent_sessions,
    attempts,
    audit,
    call_lists,
    campaigns,
    carrier_events,
    clients,
    contacts,
    dispositions,
    leads,
    suppressions,
    users,
)

__all__ = [
    "agent_sessions",
    "attempts",
    "audit",
    "call_lists",
    "campaigns",
    "carrier_events",
    "clients",
    "contacts",
    "dispositions",
    "leads",
    "suppressions",
    "users",
]
