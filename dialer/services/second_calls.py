"""A second call of an attempt: it should never be, so it is ended, told of and counted, never ignored."""

from datetime import datetime

from sqlmodel import Session

from dialer.core.log import logger
from dialer.services import alarms, unwanted_calls
from dialer.store import counters
from dialer.store.attempts import Attempt


def found(session: Session, attempt: Attempt, call_sid: str, now: datetime, *, is_over: bool = False) -> None:
    """News of a call that carries the attempt's id and is not its call. Counted once for each call."""
    if not is_over:
        unwanted_calls.end(session, call_sid, now)
    told = f"second call {call_sid}"
    known = attempt.carrier_error or ""
    if told in known:
        return
    attempt.carrier_error = f"{known}; {told}" if known else told
    logger.error("second_call_for_attempt", attempt_id=str(attempt.id), call_sid=call_sid)
    alarms.count(counters.SECOND_CALLS, now)
