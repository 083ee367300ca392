"""Why one person is dialled or not: every rule with its verdict, what else is waited for, her calls."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.core.errors import NotFound
from dialer.core.redis import get_redis
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import CampaignState, DialMode
from dialer.domain.compliance import Rule
from dialer.domain.contact import ClosedReason, ContactState
from dialer.services import claims, suppressions, why_contact
from dialer.services.why_contact import WhyContact
from dialer.store import dial_queue
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK, Contact
from dialer.store.suppressions import SuppressionScope
from tests.factories import begin_placing, make_attempt, make_campaign, make_contact, make_session, make_user
from tests.house import House

HOUR = timedelta(hours=1)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now)


@pytest.fixture
def contact(session: Session, now: datetime, campaign: Campaign) -> Contact:
    return make_contact(session, campaign, now)


def failed(told: WhyContact) -> list[str]:
    return [check.rule for check in (*told.gate, *told.waits) if not check.passed]


def test_who_may_be_dialled_has_every_rule_and_her_place_in_the_queue(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    told = why_contact.explain(session, contact.id, now)
    assert {check.rule for check in told.gate} == {rule.value for rule in Rule}
    assert (told.may_be_dialled, failed(told), told.queue_position) == (True, [], None)
    assert "not in the dial queue yet" in told.headline
    dial_queue.add(get_redis(), campaign.id, {contact.id + 1: 1.0, contact.id: 2.0})
    told = why_contact.explain(session, contact.id, now)
    assert (told.queue_position, told.headline) == (2, "May be dialled now: number 2 in the dial queue.")


def test_what_keeps_her_from_being_dialled_is_named(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    nobody = why_contact.explain(session, contact.id, now + 14 * HOUR)
    assert failed(nobody) == ["calling_window"]
    contact.next_call_at = now + HOUR
    told = why_contact.explain(session, contact.id, now)
    assert (failed(told), told.headline) == (
        ["due"],
        "Not dialled now: a first call, not before Tue 01 Dec 13:30 CST.",
    )
    contact.next_call_at = now - HOUR
    contact.is_left_out = True
    assert failed(why_contact.explain(session, contact.id, now)) == ["filter"]
    contact.is_left_out, contact.call_back_agent_id = False, make_user(session, now, full_name="Zoe Own").id
    told = why_contact.explain(session, contact.id, now)
    assert (failed(told), told.headline) == (
        ["agent"],
        "Not dialled now: a call-back that Zoe Own agreed, who is not ready.",
    )
    contact.call_back_agent_id, contact.abandoned_at = None, now - HOUR
    assert failed(why_contact.explain(session, contact.id, now)) == ["held_agent"]
    contact.abandoned_at = None
    campaign.state = CampaignState.PAUSED
    assert failed(why_contact.explain(session, contact.id, now)) == ["campaign_running"]
    everywhere = SuppressionScope.SYSTEM, 0
    given = {"source": "letter", "reason": "asked", "user_id": None, "now": now}
    suppressions.add(session, contact.phone, *everywhere, **given)  # type: ignore[arg-type]
    assert set(failed(why_contact.explain(session, contact.id, now))) >= {"campaign_running", "suppression"}


def test_a_call_back_goes_to_its_agent_when_she_is_ready(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    zoe = make_user(session, now, full_name="Zoe Own")
    make_session(session, campaign, now, zoe)
    contact.call_back_agent_id = zoe.id
    told = why_contact.explain(session, contact.id, now)
    assert (failed(told), told.headline) == (
        [],
        "May be dialled now: a call-back that Zoe Own agreed, who is ready.",
    )


def test_of_a_call_list_that_rests_only_promises_are_dialled(
    session: Session, now: datetime, contact: Contact
) -> None:
    session.get_one(CallList, contact.call_list_id).weight = 0
    told = why_contact.explain(session, contact.id, now)
    assert (failed(told), told.headline) == (["call_list"], "Not dialled now: its call list rests.")
    contact.priority = PRIORITY_CALL_BACK
    assert why_contact.explain(session, contact.id, now).may_be_dialled


def test_in_manual_mode_she_waits_for_an_agent_to_choose(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    campaign.dial_mode = DialMode.MANUAL
    dial_queue.add(get_redis(), campaign.id, {contact.id: 1.0})
    told = why_contact.explain(session, contact.id, now)
    assert told.headline.startswith("May be dialled now, when an agent chooses to")


def test_a_call_that_is_under_way_is_told_of(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    attempt = claims.claim(session, campaign, contact, now)
    assert attempt is not None
    told = why_contact.explain(session, contact.id, now)
    assert (failed(told), told.headline) == (["free"], "Not dialled now: a call is claimed.")
    assert [one.state for one in told.attempts] == ["claimed"]


def test_another_call_on_her_number_is_told_of(session: Session, now: datetime, contact: Contact) -> None:
    other = make_contact(session, make_campaign(session, now), now, phone=contact.phone)
    make_attempt(session, other, now)
    assert failed(why_contact.explain(session, contact.id, now)) == ["line"]


def test_a_refused_call_keeps_its_reason(
    session: Session, now: datetime, campaign: Campaign, contact: Contact
) -> None:
    attempt = claims.claim(session, campaign, contact, now)
    assert attempt is not None
    begin_placing(session, attempt.id, now + 14 * HOUR)
    assert attempt.state is AttemptState.REFUSED
    [one] = why_contact.explain(session, contact.id, now).attempts
    assert one.refused == "calling window: 02:30 in America/Chicago, outside 08:00–21:00"


def test_who_is_closed_is_told_so(session: Session, now: datetime, contact: Contact) -> None:
    contact.state, contact.closed_reason = ContactState.CLOSED, ClosedReason.EXHAUSTED
    contact.closed_detail = "6 attempts made"
    told = why_contact.explain(session, contact.id, now)
    assert told.headline == "Closed: dialled as often as the campaign allows (6 attempts made)."
    assert not told.may_be_dialled


def test_with_redis_gone_the_rest_is_told(
    session: Session, now: datetime, contact: Contact, house: House
) -> None:
    house.furnish(REDIS_URL="redis://127.0.0.1:9/0")
    told = why_contact.explain(session, contact.id, now)
    assert (told.may_be_dialled, told.queue_position) == (True, None)


def test_nobody_is_not_found(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        why_contact.explain(session, 2**31, now)


def test_found_by_number_or_id(session: Session, now: datetime, contact: Contact) -> None:
    other = make_contact(session, make_campaign(session, now), now, other_phones=[contact.phone])
    assert [row.id for row, _ in why_contact.find(session, contact.phone)] == [contact.id, other.id]
    assert [row.id for row, _ in why_contact.find(session, f" {contact.id} ")] == [contact.id]
    assert why_contact.find(session, "+13125550155") == why_contact.find(session, "nobody") == []
