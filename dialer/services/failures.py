"""Calls that failed after the carrier took them: why, and whether anybody has the number. It closes
nothing itself."""

from sqlmodel import Session

from dialer.core.log import logger
from dialer.domain import sip
from dialer.domain.attempt import Outcome
from dialer.store import attempts
from dialer.store.attempts import Attempt


def note(attempt: Attempt, sip_code: int | None) -> None:
    """Why the carrier's call to the person came to nothing."""
    if sip_code is None:
        return
    attempt.carrier_error = attempt.carrier_error or sip.reason(sip_code)
    if sip_code in sip.CALLER_ID_BLOCKED:
        logger.warning("caller_id_blocked", attempt_id=str(attempt.id), sip_code=sip_code)


def shows_no_number(session: Session, attempt: Attempt) -> bool:
    """Nobody has the number: twice running the network knew of no such one."""
    if attempt.outcome is not Outcome.FAILED or attempt.carrier_error != sip.NO_NUMBER:
        return False
    before = [
        other
        for other in attempts.of_contact(session, attempt.contact_id)
        if other.id != attempt.id and other.phone == attempt.phone and other.call_sid is not None
    ]
    return bool(before) and before[0].carrier_error == sip.NO_NUMBER
