"""Where people speak: in their browser, or at a telephone or SIP address that an admin has set."""

import re
from datetime import datetime

from sqlmodel import Session

from dialer.core.errors import Invalid, InvalidFields
from dialer.domain.agent import (
    PAUSE_LINE_BUSY,
    PAUSE_LINE_FAILED,
    PAUSE_LINE_UNANSWERED,
    PAUSE_NO_KEY,
    AgentLine,
    LineState,
)
from dialer.domain.user import identity_of
from dialer.services import numbers
from dialer.store import audit, caller_ids
from dialer.store.agent_sessions import AgentSession
from dialer.store.users import User

SIP = re.compile(r"sip:[A-Za-z0-9._~!$&'()*+,=%-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?")
LONGEST = 120
MESSAGES = {
    PAUSE_LINE_BUSY: "Your telephone was busy. Connect again when it is free.",
    PAUSE_LINE_UNANSWERED: "Your telephone rang and nobody picked up. Connect again when you are beside it.",
    PAUSE_LINE_FAILED: "Your telephone could not be reached. If this stays, an admin must check its number.",
    PAUSE_NO_KEY: "Your telephone was picked up and no key was pressed. Connect again, and press any key.",
}


def address_of(user: User) -> str:
    """What the carrier rings to reach her: `client:` and her browser's identity, or her telephone."""
    if user.line is AgentLine.PHONE and user.phone is not None:
        return user.phone
    return f"client:{identity_of(user.id)}"


def asks_for_key(session: Session, agent: AgentSession) -> bool:
    """A telephone that picked up may be a voicemail: only a key shows that she is there, once."""
    return agent.line is not LineState.UP and session.get_one(User, agent.user_id).line is AgentLine.PHONE


def message(user: User, agent: AgentSession) -> str:
    """What her desk tells of a line that is not up; nothing where she speaks in her browser."""
    if user.line is AgentLine.BROWSER or agent.line is LineState.UP:
        return ""
    if agent.line is LineState.CONNECTING:
        return f"{user.phone} rings: pick up and press any key. It stays open for the whole shift."
    return MESSAGES.get(agent.pause_code or "", "Your telephone is not on the line.")


def set_line(session: Session, user: User, line: AgentLine, phone: str, by: int, now: datetime) -> None:
    """Where she speaks from her next shift on. The telephone is kept though her browser is chosen: calls
    may be passed to it. Raises `InvalidFields`."""
    address = address_from(phone)
    if line is AgentLine.PHONE and address is None:
        raise InvalidFields({"phone": "Give the telephone number or SIP address that is to ring."})
    if address is not None and caller_ids.is_ours(session, address):
        raise InvalidFields({"phone": f"{address} is one of our own numbers: calls to it come back to us."})
    user.line, user.phone = line, address
    audit.note(session, now, by, "line_set", f"user {user.username}", line=line.value)


def set_inbound(session: Session, user: User, takes_inbound: bool, by: int, now: datetime) -> None:
    """Whether people who call us reach her before the next call of ours does."""
    if user.takes_inbound is not takes_inbound:
        user.takes_inbound = takes_inbound
        audit.note(session, now, by, "inbound_set", f"user {user.username}", takes_inbound=takes_inbound)


def address_from(text: str) -> str | None:
    """A telephone number in E.164 or a SIP address, as typed; None for nothing. Raises `InvalidFields`."""
    text = text.strip()
    if not text:
        return None
    if text.lower().startswith("sip:"):
        address = f"sip:{text[4:]}"
        if len(address) > LONGEST or SIP.fullmatch(address) is None:
            raise InvalidFields(
                {"phone": f"“{text[:LONGEST]}” is no SIP address; write it like sip:ana@example.com."}
            )
        return address
    try:
        return numbers.e164(text)
    except Invalid as error:
        raise InvalidFields({"phone": str(error)}) from error
