"""News of calls to our numbers, from the carrier: kept as it came, then applied."""

from collections.abc import Mapping
from datetime import datetime

import phonenumbers
from sqlmodel import Session

from dialer.domain.phone import is_fictional
from dialer.services import attempts, carrier_webhooks, inbound, messages
from dialer.services.inbound import Caller, InboundPlan
from dialer.services.messages import AnotherKey, KeyPlan, OptedOut
from dialer.store import attempts as attempt_rows
from dialer.store import callers
from dialer.store.clients import Client
from dialer.telephony.messages import OPT_OUT_KEY

KIND = "inbound"


def called(session: Session, fields: Mapping[str, str], token: str, now: datetime) -> InboundPlan:
    """Somebody calls one of our numbers, or waits there."""
    call_sid = fields.get("CallSid", "")
    carrier_webhooks.keep(session, KIND, f"{call_sid}:{token}", fields, None, now)
    caller = Caller(
        call_sid=call_sid,
        phone=_number(fields.get("From", "")),
        our_number=fields.get("To", ""),
        since=callers.first_heard(session, call_sid, KIND) or now,
    )
    return inbound.answer(session, caller, now)


def status(session: Session, fields: Mapping[str, str], now: datetime) -> None:
    """The call is over. A caller of whom no attempt tells may be called again when her time is over."""
    call_sid, word = fields.get("CallSid", ""), fields.get("CallStatus", "")
    if not carrier_webhooks.keep(session, f"{KIND}-status", f"{call_sid}:{word}", fields, None, now):
        return
    attempt = attempt_rows.lock_by_call_sid(session, call_sid)
    if attempt is not None and attempt.is_inbound:
        attempts.progress(session, attempt, call_sid, word, None, now)


def key_pressed(session: Session, fields: Mapping[str, str], token: str, now: datetime) -> KeyPlan | None:
    """A key during the message for a caller whom we know no more of than her number."""
    messages.keep_key(session, fields, token, None, now)
    phone, campaign = _number(fields.get("From", "")), callers.campaign_of(session, fields.get("To", ""))
    if not phone or campaign is None:
        return None
    callers.note_call(session, phone, fields.get("CallSid", ""), now)
    if fields.get("Digits") != OPT_OUT_KEY:
        return AnotherKey()
    client = session.get_one(Client, campaign.client_id)
    messages.opt_out(session, phone, client, now, f"call {fields.get('CallSid')}")
    return OptedOut(client.name)


def _number(text: str) -> str:
    """The caller's number in E.164; empty when it is withheld, which carriers tell by words and by
    numbers that no plan has."""
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return ""
    number = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return number if phonenumbers.is_valid_number(parsed) or is_fictional(number) else ""
