"""The account's own numbers, asked for now and then; calls to them are not touched here."""

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.log import logger
from dialer.services import account_numbers
from dialer.telephony.port import CarrierUnreachable
from workers import jobs


def refresh_account_numbers() -> None:
    """The list of before stands when the carrier can't be reached; the next time is ten minutes away."""
    asked_at = utc_now()
    try:
        owned = jobs.get_carrier().numbers.owned()
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", error=str(error))
        return
    with transaction() as session:
        account_numbers.record(session, owned, asked_at)
