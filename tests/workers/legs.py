"""Legs as tests find them, and who is in a room at the carrier."""

from typing import Any

from dialer.core.database import transaction
from dialer.domain.leg import LegState
from dialer.store.legs import Leg
from tests.house import until
from tests.sandbox.servers import Twilio


def leg_now(leg: Leg) -> Leg:
    with transaction() as session:
        return session.get_one(Leg, leg.id)


def leg_becomes(leg: Leg, state: LegState) -> Leg:
    return until(lambda: leg_now(leg), lambda now: now.state is state)


def members(twilio: Twilio, room: str) -> list[str]:
    """The calls that are in the room now."""
    rooms: list[dict[str, Any]] = twilio.state()["conferences"]
    return [sid for found in rooms if found["name"] == room for sid in found["participants"]]
