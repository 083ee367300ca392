"""The people of a simulated campaign: where they are, when they pick up, and what they say to an agent.

All drawn from one seed. They know nothing of the dialer; `records` holds what it keeps of them.
"""

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from dialer.domain.compliance import CallingWindow
from dialer.domain.disposition import CallBackScope
from dialer.store.contacts import PRIORITY_RETRY
from tests.simulation.records import Contact

ZONES: tuple[tuple[tuple[str, ...], float], ...] = (
    (("America/New_York",), 0.38),
    (("America/Chicago",), 0.26),
    (("America/Denver",), 0.08),
    (("America/Los_Angeles",), 0.18),
    (("America/Chicago", "America/Denver"), 0.04),
    (("America/New_York", "America/Los_Angeles"), 0.03),
    (("Pacific/Honolulu",), 0.02),
    ((), 0.01),
)
"""A mobile taken along has two; of one in a hundred nobody knows the place."""
SAID: tuple[tuple[str, float], ...] = (
    ("not_interested", 0.38),
    ("not_now", 0.14),
    ("callback", 0.16),
    ("hung_up", 0.12),
    ("do_not_call", 0.09),
    ("lead", 0.07),
    ("wrong_number", 0.04),
)
MISTAKEN = "agent_machine"
RETRIED, SUPPRESSED, MET_NOBODY = 0.15, 0.02, 0.01
"""Shares of a list tried on days before, suppressed, and abandoned the day before."""


def load(count: int, weights: dict[int, int], began: datetime, draw: Random) -> list[Contact]:
    """Contacts of several call lists; some have been tried before and are due some time today."""
    lists, zones = list(weights), [zone for zone, _ in ZONES]
    shares = [share for _, share in ZONES]
    loaded = []
    for number in range(count):
        contact = Contact(number, draw.choice(lists), draw.choices(zones, shares)[0], began)
        contact.is_suppressed = draw.random() < SUPPRESSED
        if draw.random() < RETRIED:
            tries = draw.randint(1, 3)
            contact.tried_before = tuple(began - timedelta(days=day, hours=-4) for day in range(tries, 0, -1))
            contact.priority = PRIORITY_RETRY
            contact.next_call_at = began + timedelta(hours=draw.uniform(0.0, 12.0))
            if draw.random() < MET_NOBODY / RETRIED:
                contact.abandoned_at = contact.tried_before[-1]
        loaded.append(contact)
    return loaded


def picks_up(contact: Contact, at: datetime) -> float:
    """The chance that the person answers now: she works by day, and is at home in the evening."""
    if not contact.zones:
        return 0.0
    hour = at.astimezone(ZoneInfo(contact.zones[0])).hour
    return 0.30 if hour >= 17 else 0.14 if hour < 12 else 0.18


def says(draw: Random) -> str:
    return draw.choices([code for code, _ in SAID], [share for _, share in SAID])[0]


def wants_call_back(
    contact: Contact, now: datetime, window: CallingWindow, draw: Random
) -> tuple[datetime, CallBackScope]:
    """When, inside her hours, and by whom."""
    at = now + timedelta(minutes=draw.uniform(10.0, 240.0))
    scope = CallBackScope.MINE if draw.random() < 0.6 else CallBackScope.ANYONE
    return window.next_open(at, contact.zones) or at, scope
