"""The jobs of call control: legs called, ended and asked about.

As in `jobs.py`: the row is read in one transaction, the carrier asked outside any, and what it said
recorded in a second one.
"""

from uuid import UUID

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.log import logger
from dialer.domain.leg import LegState
from dialer.services import leg_news, legs
from dialer.store.legs import Leg
from dialer.telephony.port import CarrierUnreachable, Placed
from workers.jobs import get_carrier


def call_leg(leg_id: str) -> None:
    """Ask the carrier, once. A crash between the two transactions leaves the leg in doubt: it is taken
    up by the first webhook that names it, and given up by the sweeper."""
    with transaction() as session:
        request = legs.begin_calling(session, UUID(leg_id))
    if request is None:
        return
    result = get_carrier().call_leg(request)
    with transaction() as session:
        leg_news.called(session, request.leg_id, result, utc_now())
    if not isinstance(result, Placed):
        logger.warning("leg_not_placed", leg_id=leg_id, result=type(result).__name__)


def end_leg(leg_id: str) -> None:
    """Hang the leg's call up, whatever became of it. The sweeper asks again for what could not be ended."""
    with transaction() as session:
        leg = session.get(Leg, UUID(leg_id))
        sid = leg.call_sid if leg is not None else None
    if sid is None:
        return
    try:
        get_carrier().hang_up(sid)
    except CarrierUnreachable as error:
        logger.warning("hang_up_failed", leg_id=leg_id, error=str(error))
        return
    with transaction() as session:
        leg_news.hung_up(session, UUID(leg_id), utc_now())


def check_leg(leg_id: str) -> None:
    """Ask the carrier whether the leg's call is still up."""
    with transaction() as session:
        leg = session.get(Leg, UUID(leg_id))
        sid = leg.call_sid if leg is not None and leg.state is not LegState.ENDED else None
    if sid is None:
        return
    try:
        facts = get_carrier().fetch_call(sid)
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", leg_id=leg_id, error=str(error))
        return
    with transaction() as session:
        leg_news.looked_up(session, UUID(leg_id), facts, utc_now())
