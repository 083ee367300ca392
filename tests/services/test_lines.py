"""Where people speak: what an admin may set, and what is rung for it."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from dialer.core.errors import InvalidFields
from dialer.domain.agent import AgentLine
from dialer.domain.user import identity_of
from dialer.services import lines
from dialer.store import caller_ids
from dialer.store.audit import AuditEntry
from tests.factories import make_campaign, make_user, own


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("+1 (312) 555-0142", "+13125550142"),
        ("sip:ana@pbx.example.com", "sip:ana@pbx.example.com"),
        (" SIP:ana+desk@10.0.0.7:5060 ", "sip:ana+desk@10.0.0.7:5060"),
    ],
)
def test_a_telephone_rings_where_it_was_set(session: Session, now: datetime, given: str, kept: str) -> None:
    user = make_user(session, now)
    assert lines.address_of(user) == f"client:{identity_of(user.id)}"
    lines.set_line(session, user, AgentLine.PHONE, given, user.id, now)
    assert lines.address_of(user) == user.phone == kept
    note = session.exec(select(AuditEntry).where(AuditEntry.action == "line_set")).one()
    assert (note.user_id, note.detail) == (user.id, {"line": "phone"})


def test_her_telephone_is_kept_while_she_speaks_in_the_browser(session: Session, now: datetime) -> None:
    user = make_user(session, now)
    lines.set_line(session, user, AgentLine.BROWSER, "+13125550142", user.id, now)
    assert user.phone == "+13125550142"
    assert lines.address_of(user).startswith("client:")
    lines.set_line(session, user, AgentLine.BROWSER, "", user.id, now)
    assert user.phone is None


@pytest.mark.parametrize(
    "phone",
    [
        "",
        "312",
        "3125550142",
        "ana@example.com",
        "sip:",
        "sip:ana",
        "sip:@example.com",
        "sip:a@b c",
        "sip:a@b;x=1",
    ],
)
def test_what_can_not_ring_is_refused_at_its_field(session: Session, now: datetime, phone: str) -> None:
    user = make_user(session, now)
    with pytest.raises(InvalidFields) as refused:
        lines.set_line(session, user, AgentLine.PHONE, phone, user.id, now)
    assert set(refused.value.errors) == {"phone"}
    assert (user.line, user.phone) == (AgentLine.BROWSER, None)


@pytest.mark.parametrize("line", AgentLine)
@pytest.mark.parametrize("is_listed", [True, False], ids=["the account's", "a campaign's"])
def test_a_number_of_our_own_is_nobodys_telephone(
    session: Session, now: datetime, line: AgentLine, is_listed: bool
) -> None:
    """Its calls come back to us, whoever it is for; in whatever way it is typed."""
    user, number = make_user(session, now), "+16175550100"
    if is_listed:
        own(session, now, number)
    else:
        caller_ids.include(session, make_campaign(session, now).id, number, now)
    with pytest.raises(InvalidFields) as refused:
        lines.set_line(session, user, line, "+1 (617) 555-0100", user.id, now)
    assert refused.value.errors == {
        "phone": f"{number} is one of our own numbers: calls to it come back to us."
    }
    assert (user.line, user.phone) == (AgentLine.BROWSER, None)
    assert session.exec(select(AuditEntry).where(AuditEntry.action == "line_set")).all() == []


@given(st.text(max_size=150))
def test_no_text_breaks_the_reading_of_an_address(text: str) -> None:
    for typed in (text, f"sip:{text}", f"sip:ana@{text}"):
        with suppress(InvalidFields):
            address = lines.address_from(typed)
            assert address is None or (len(address) <= 120 and " " not in address)
