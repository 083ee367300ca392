"""One contact for a supervisor: found by number or id, and why she is dialled or not."""

import re
from datetime import datetime, timedelta

import httpx
import pytest
from sqlmodel import Session

from dialer.domain.attempt import AttemptState
from dialer.domain.user import Role
from tests.factories import make_attempt, make_campaign, make_contact
from tests.house import commit
from tests.web.visitor import Visitor, sign_in, toast, words

PAGE = "/supervisor/contacts"


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.SUPERVISOR)


def test_every_rule_is_shown_with_its_verdict_and_every_call(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now, first_name="Imani", zones=["Asia/Tokyo"])
    refusal = {"rule": "attempt_cap", "passed": False, "detail": "6 of 6 attempts made"}
    refused = {"state": AttemptState.REFUSED, "placing_at": None, "call_sid": None}
    before = now - timedelta(days=1)
    make_attempt(session, contact, before, decision={"verdicts": [refusal]}, closed_at=before, **refused)
    commit(session)
    shown = supervisor.read(f"{PAGE}/{contact.id}")
    assert "Imani Okafor" in shown
    assert re.search(r"Not dialled now: \d\d:\d\d in Asia/Tokyo, outside 08:00–21:00\.", shown)
    assert "May this person be called now? 6 of 7 hold" in shown
    assert re.search(r"It is a calling hour there \d\d:\d\d in Asia/Tokyo, outside", shown)
    assert "attempt cap: 6 of 6 attempts made" in shown
    assert "Not in the campaign's dial queue" in shown
    assert contact.phone[2:8] not in shown
    assert supervisor.get(f"{PAGE}/{contact.id + 1}").status_code == 404


def test_found_by_number_or_by_id(supervisor: Visitor, session: Session, now: datetime) -> None:
    contact = make_contact(session, make_campaign(session, now), now)
    other = make_contact(session, make_campaign(session, now), now, phone=contact.phone)
    alone = make_contact(session, make_campaign(session, now), now)
    commit(session)
    assert "Telephone number or contact id" in supervisor.read(PAGE)
    assert alone.name in toast(supervisor.post(PAGE, {"wanted": alone.phone}), supervisor)
    by_id = supervisor.post(PAGE, {"wanted": str(contact.id)})
    assert by_id.headers["location"] == f"{PAGE}/{contact.id}"
    both = supervisor.post(PAGE, {"wanted": contact.phone})
    assert all(f'href="{PAGE}/{row.id}"' in both.text for row in (contact, other))
    for nobody in ("+1 312 555 0155", "no number", ""):
        assert "No contact has this number or id" in words(supervisor.post(PAGE, {"wanted": nobody}))
