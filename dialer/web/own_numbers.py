"""Asks the carrier for the account's numbers when a form names one that is not known to be ours."""

from collections.abc import Iterable
from datetime import datetime

from fastapi import Request
from sqlmodel import Session

from dialer.core.database import transaction
from dialer.core.errors import Invalid
from dialer.core.log import logger
from dialer.services import account_numbers
from dialer.services.numbers import e164
from dialer.telephony.port import Carrier, CarrierUnreachable


def look_up_numbers(request: Request, database: Session, numbers: Iterable[str], now: datetime) -> None:
    """Nothing was written before: the transaction of the request ends here, so that none is open while the
    carrier takes its time. Unreachable, what was listed before stands, and the check tells how old it is."""
    own = account_numbers.own_numbers(database, now)
    if all(own.holds(phone) for phone in _readable(numbers)):
        return
    database.commit()
    carrier: Carrier = request.app.state.carrier
    try:
        owned = carrier.numbers.owned()
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", error=str(error))
        return
    with transaction() as session:
        account_numbers.record(session, owned, now)


def _readable(numbers: Iterable[str]) -> Iterable[str]:
    for number in numbers:
        try:
            yield e164(number)
        except Invalid:
            continue
