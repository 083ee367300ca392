"""The job of supervision: what a supervisor wishes to do in a room, asked of the carrier."""

from uuid import UUID

from dialer.core.database import transaction
from dialer.core.log import logger
from dialer.services import supervision
from dialer.telephony.port import CarrierUnreachable
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
