"""Numbers that must not be dialled: seen, searched, added; never taken off here."""

from datetime import datetime

import httpx
import pytest
from sqlmodel import Session, select

from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.user import Role
from dialer.store.suppressions import Suppression, SuppressionScope
from tests.factories import make_campaign, make_contact
from tests.house import commit
from tests.web.visitor import Visitor, sign_in, toast, words

PAGE = "/supervisor/suppressions"


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.SUPERVISOR)


def test_the_empty_page_says_how_numbers_get_there(supervisor: Visitor) -> None:
    assert "No number is suppressed" in supervisor.read(PAGE)


def test_a_number_is_suppressed_at_once(supervisor: Visitor, session: Session, now: datetime) -> None:
    campaign, other = make_campaign(session, now), make_campaign(session, now)
    here = make_contact(session, campaign, now, phone="+13125550142")
    there = make_contact(session, other, now, phone="+13125550142")
    commit(session)
    form = {"phone": "(312) 555-0142", "scope": "campaign", "campaign_id": campaign.id, "reason": "by letter"}
    assert "The number is suppressed." in toast(supervisor.post(PAGE, form), supervisor)
    assert "was suppressed before" in toast(supervisor.post(PAGE, form), supervisor)
    session.refresh(here)
    session.refresh(there)
    assert (here.state, here.closed_reason) == (ContactState.CLOSED, ClosedReason.SUPPRESSED)
    assert there.state is ContactState.WAITING
    row = session.exec(select(Suppression)).one()
    assert (row.phone, row.scope, row.scope_id) == ("+13125550142", SuppressionScope.CAMPAIGN, campaign.id)
    shown = supervisor.read(PAGE)
    assert f"+1 312-555-0142 {campaign.name} supervisor by letter" in shown
    assert "Ada Account" in shown
    assert "Remove" not in shown
    client = {"phone": "+13125550143", "scope": "client", "client_id": other.client_id, "reason": "by mail"}
    supervisor.post(PAGE, client)
    assert "by mail" in supervisor.read(PAGE, q="0143")
    assert "by letter" not in supervisor.read(PAGE, q="0143")
    assert "No suppressed number holds these digits" in supervisor.read(PAGE, q="999")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("phone", "call me", "is no telephone number"),
        ("phone", "12", "too few or too many digits"),
        ("reason", " ", "Say why"),
        ("scope", "universe", "Choose whose calls are meant"),
        ("client_id", "", "Choose the client."),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    field: str, value: str, message: str, supervisor: Visitor, session: Session
) -> None:
    form = {"phone": "3125550142", "scope": "system", "reason": "asked for it", "client_id": ""}
    answer = supervisor.post(
        PAGE, form | {"scope": "client" if field == "client_id" else "system", field: value}
    )
    assert answer.status_code == 422
    assert message in words(answer)
    assert f'id="field-{field}-error"' in answer.text
    assert not session.exec(select(Suppression)).all()


@pytest.mark.parametrize("q", ["Ada", "1" * 31])
def test_a_search_that_can_not_be_meant_never_says_that_a_number_may_be_dialled(
    q: str, supervisor: Visitor
) -> None:
    answer = supervisor.get(PAGE, q=q)
    assert answer.status_code == 422
    assert 'id="field-q-error"' in answer.text
    assert "may be dialled" not in words(answer)


def test_real_lists_hold_entries_that_are_no_numbers(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    system = SuppressionScope.SYSTEM
    session.add(Suppression(phone="2", scope=system, source="a list", reason="was in it", created_at=now))
    commit(session)
    assert "2 every campaign a list was in it" in supervisor.read(PAGE)
