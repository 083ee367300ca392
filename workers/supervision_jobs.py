"""The jobs of supervision: what a supervisor wishes to do in a room, asked of the carrier."""

from uuid import UUID

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.log import logger
from dialer.services import supervision, taken_over
from dialer.services.taken_over import Control, Wanted
from dialer.telephony.port import CarrierUnreachable, Rooms
from workers.call_jobs import urls
from workers.jobs import get_carrier


def apply_supervision(leg_id: str) -> None:
    """Safe to run twice. What could not be done is found again by the cron."""
    with transaction() as session:
        wish = supervision.wished(session, UUID(leg_id))
    if wish is None:
        return
    try:
        done = wish.grant(get_carrier().rooms)
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", leg_id=leg_id, error=str(error))
        return
    if done:
        with transaction() as session:
            supervision.granted(session, UUID(leg_id), wish)


def switch_taken_over(leg_id: str, control: str) -> None:
    """Hold or mute in the room of a person who was taken over. Safe to run twice."""
    with transaction() as session:
        wanted = taken_over.wanted(session, UUID(leg_id), Control(control))
    if wanted is None:
        return
    try:
        done = _switched(get_carrier().rooms, wanted)
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", leg_id=leg_id, error=str(error))
        done = False
    with transaction() as session:
        taken_over.applied(session, UUID(leg_id), wanted, done, utc_now())


def _switched(rooms: Rooms, wanted: Wanted) -> bool:
    room = rooms.find(wanted.room)
    if room is None:
        return False
    if wanted.control is Control.MUTE:
        return rooms.mute(room.sid, wanted.call_sid, wanted.is_on)
    return rooms.hold(room.sid, wanted.call_sid, urls().hold_music() if wanted.is_on else None)
