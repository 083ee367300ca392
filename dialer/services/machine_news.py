"""News of machines, from the carrier: kept as it came, then applied under the attempt's lock."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.services import carrier_webhooks, machines
from dialer.services.answer_plans import HangUp
from dialer.services.machines import LeaveMessage
from dialer.store import attempts


def verdict(session: Session, attempt_id: UUID, fields: Mapping[str, str], token: str, now: datetime) -> None:
    """The verdict of a detection that went on while the call was connected."""
    call_sid, told = fields.get("CallSid", ""), fields.get("AnsweredBy", "")
    if not carrier_webhooks.keep(session, "machine", f"{call_sid}:{told}:{token}", fields, attempt_id, now):
        return
    attempt = attempts.lock(session, attempt_id)
    if attempt is not None:
        machines.verdict(session, attempt, call_sid, told, now)


def message_asked_for(
    session: Session, attempt_id: UUID, fields: Mapping[str, str], token: str, now: datetime
) -> LeaveMessage | HangUp:
    """The call has come to its message. Asked again, the message is the same."""
    call_sid = fields.get("CallSid", "")
    carrier_webhooks.keep(session, "voicemail", f"{call_sid}:{token}", fields, attempt_id, now)
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.call_sid != call_sid:
        return HangUp()
    return machines.message(session, attempt, now)
