"""Who may be dialled next, in time that grows with how many are asked for and not with the list.

Waiting contacts fall into groups of one call list, one set of zones and one priority. The groups are
found by a loose scan of `ix_contacts_dialable`, one step for each; a group whose calling window is shut
is left out whole, and of the others the index gives the longest due first.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlmodel import Session

_IN_QUEUE = (
    "campaign_id = :campaign_id AND state = 'waiting' AND NOT is_left_out AND call_back_agent_id IS NULL"
)
_FIRST = f"""
    SELECT call_list_id, zones, priority, next_call_at FROM contacts WHERE {_IN_QUEUE} {{}}
    ORDER BY call_list_id, zones, priority, next_call_at LIMIT 1
"""  # noqa: S608 - of constants alone
_GROUPS = text(f"""
    WITH RECURSIVE groups AS (
        ({_FIRST.format("")})
        UNION ALL
        SELECT following.* FROM groups CROSS JOIN LATERAL ({
    _FIRST.format(
        "AND (call_list_id, zones, priority) > (groups.call_list_id, groups.zones, groups.priority)"
    )
}) AS following
    )
    SELECT groups.call_list_id, call_lists.weight, groups.zones, groups.priority, groups.next_call_at
    FROM groups JOIN call_lists ON call_lists.id = groups.call_list_id
""")  # noqa: S608 - of constants alone
_LONGEST_DUE = text(f"""
    SELECT found.id, wanted.at, wanted.call_list_id, found.next_call_at
    FROM jsonb_to_recordset(CAST(:groups AS jsonb))
        AS wanted(at int, call_list_id int, zones text[], priority int, at_most int)
    CROSS JOIN LATERAL (
        SELECT id, next_call_at FROM contacts
        WHERE {_IN_QUEUE} AND call_list_id = wanted.call_list_id AND zones = wanted.zones
            AND priority = wanted.priority AND next_call_at <= :now AND id <> ALL(:but)
        ORDER BY next_call_at LIMIT wanted.at_most
    ) AS found
    ORDER BY found.next_call_at, found.id
""")  # noqa: S608 - of constants alone


class Group(NamedTuple):
    call_list_id: int
    weight: int
    """Of its call list."""
    zones: tuple[str, ...]
    priority: int
    first_call_at: datetime
    """When the first of it is due."""


class Due(NamedTuple):
    contact_id: int
    group: int
    """Where its group stands among those asked for."""
    call_list_id: int
    next_call_at: datetime


def groups(session: Session, campaign_id: int) -> Sequence[Group]:
    rows = session.execute(_GROUPS, {"campaign_id": campaign_id})
    return [Group(call_list, weight, tuple(zones), *more) for call_list, weight, zones, *more in rows]


def longest_due(
    session: Session,
    campaign_id: int,
    wanted: Sequence[tuple[Group, int]],
    but: Collection[int],
    now: datetime,
) -> Sequence[Due]:
    """Of each group at most so many, without `but`; the longest due first."""
    asked = [
        {
            "call_list_id": group.call_list_id,
            "zones": group.zones,
            "priority": group.priority,
            "at_most": most,
        }
        for group, most in wanted
    ]
    told = {"campaign_id": campaign_id, "groups": json.dumps(asked), "but": list(but), "now": now}
    return [Due(*row) for row in session.execute(_LONGEST_DUE, told)]
