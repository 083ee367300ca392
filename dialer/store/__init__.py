"""Tables and the named queries on them, one file a concept. Importing this package knows every table."""

from dialer.store import (
    agent_sessions,
    attempts,
    audit,
    call_lists,
    caller_ids,
    campaigns,
    carrier_events,
    clients,
    contacts,
    dispositions,
    leads,
    legs,
    recordings,
    suppressions,
    users,
)

__all__ = [
    "agent_sessions",
    "attempts",
    "audit",
    "call_lists",
    "caller_ids",
    "campaigns",
    "carrier_events",
    "clients",
    "contacts",
    "dispositions",
    "leads",
    "legs",
    "recordings",
    "suppressions",
    "users",
]
