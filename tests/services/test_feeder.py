"""The dial queue fed: lists by their weights, urgent people first, lost and filled again."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from dialer.core.database import transaction
from dialer.core.redis import get_redis
from dialer.domain.contact import ContactState
from dialer.domain.disposition import CallBackScope
from dialer.services import conclusions, feeder, suppressions
from dialer.services.conclusions import Conclusion
from dialer.services.why_not_dialled import explain, sort_backlog
from dialer.store import contacts, dial_queue
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK, PRIORITY_RETRY, PRIORITY_URGENT, Contact
from dialer.store.suppressions import SuppressionScope
from tests.factories import hung_up, make_campaign, make_contact, make_user, talk
from tests.house import commit


def make_list(session: Session, campaign: Campaign, now: datetime, weight: int) -> CallList:
    row = CallList(
        campaign_id=campaign.id,
        name="A list",
        country="US",
        mapping={},
        counts={},
        imported_at=now,
        weight=weight,
    )
    session.add(row)
    session.flush()
    return row


def feed(session: Session, campaign: Campaign, now: datetime) -> list[int]:
    feeder.feed(session, get_redis(), campaign, now)
    return dial_queue.members(get_redis(), campaign.id)


def test_fresh_contacts_are_mixed_by_the_weights_of_their_lists(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    lists = {make_list(session, campaign, now, weight).id: weight for weight in (0, 1, 4)}
    for number in range(40):
        for one in lists:
            zone = ("America/Chicago", "America/Denver")[number % 2]
            make_contact(session, campaign, now, call_list_id=one, zones=[zone])
    taken: Counter[int] = Counter()
    for _ in range(3):
        feed(session, campaign, now)
        for contact_id in dial_queue.take(get_redis(), campaign.id, 15):
            contact = session.get_one(Contact, contact_id)
            contact.state = ContactState.HELD
            taken[lists[contact.call_list_id]] += 1
        session.flush()
    assert taken == {4: 36, 1: 9}


def test_lists_stand_where_they_stood_after_retries_filled_the_queue(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    light, heavy = (make_list(session, campaign, now, weight).id for weight in (1, 89))
    of_lists = [make_contact(session, campaign, now, call_list_id=light) for _ in range(3)]
    of_lists += [make_contact(session, campaign, now, call_list_id=heavy) for _ in range(90)]
    fresh = {contact.id for contact in of_lists}
    taken: Counter[int] = Counter()
    for _ in range(3):
        for is_fresh in (True, False):
            for contact_id in feed(session, campaign, now):
                assert (contact_id in fresh) is is_fresh
                contact = session.get_one(Contact, contact_id)
                contact.state = ContactState.HELD
                taken[contact.call_list_id] += is_fresh
            dial_queue.clear(get_redis(), campaign.id)
            if is_fresh:
                for _ in range(feeder.QUEUE_AT_LEAST):
                    make_contact(session, campaign, now, call_list_id=light, priority=PRIORITY_RETRY)
            session.flush()
    assert taken == {heavy: 89, light: 1}


def test_of_a_list_that_rests_only_promises_are_kept(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    rests = make_list(session, campaign, now, 0).id
    make_contact(session, campaign, now, call_list_id=rests)
    make_contact(session, campaign, now, call_list_id=rests, priority=PRIORITY_RETRY)
    kept = make_contact(session, campaign, now, call_list_id=rests, priority=PRIORITY_CALL_BACK)
    assert feed(session, campaign, now) == [kept.id]
    backlog = sort_backlog(contacts.waiting_groups(session, campaign.id, now), now)
    assert (backlog.resting, backlog.dialable) == (2, 1)


def test_who_waits_for_hours_is_told_with_when_they_open(session: Session, now: datetime) -> None:
    night = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)
    campaign = make_campaign(session, now)
    make_contact(session, campaign, now)
    assert feed(session, campaign, night) == []
    backlog = sort_backlog(contacts.waiting_groups(session, campaign.id, night), night)
    assert (backlog.outside_hours, backlog.next_open) == (1, datetime(2026, 12, 2, 14, 0, tzinfo=UTC))
    assert "contacts wait for their calling hours" in explain(session, campaign, night).headline


def test_a_full_queue_is_given_those_who_come_due_and_go_first(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    for _ in range(feeder.QUEUE_AT_LEAST):
        make_contact(session, campaign, now)
    feed(session, campaign, now)
    due = make_contact(session, campaign, now, priority=PRIORITY_CALL_BACK)
    assert due.id not in feed(session, campaign, now)
    get_redis().delete(f"dial_queue:{campaign.id}:looked")
    assert feed(session, campaign, now)[0] == due.id


def test_flushed_the_queue_is_filled_again_from_postgresql(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    for _ in range(5):
        make_contact(session, campaign, now)
    before = feed(session, campaign, now)
    get_redis().flushall()
    assert len(before) == 5
    assert feed(session, campaign, now) == before


def test_somebody_urgent_is_on_top_after_the_commit(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    make_contact(session, campaign, now, priority=PRIORITY_CALL_BACK)
    wrote = make_contact(session, campaign, now, is_left_out=True, next_call_at=now + timedelta(days=2))
    before = feed(session, campaign, now)
    assert feeder.urgent(session, wrote, now)
    assert dial_queue.members(get_redis(), campaign.id) == before
    commit(session)
    assert dial_queue.members(get_redis(), campaign.id) == [wrote.id, *before]
    assert (wrote.priority, wrote.next_call_at, wrote.is_left_out) == (PRIORITY_URGENT, now, False)
    wrote.state = ContactState.HELD
    assert not feeder.urgent(session, wrote, now)


def test_somebody_suppressed_is_out_of_the_queue_at_once(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    gone, stays = make_contact(session, campaign, now), make_contact(session, campaign, now)
    session.commit()
    assert feed(session, campaign, now) == [gone.id, stays.id]
    with transaction() as other:
        scope = SuppressionScope.CLIENT, campaign.client_id
        suppressions.add(other, gone.phone, *scope, source="letter", reason="asked", user_id=None, now=now)
        assert dial_queue.members(get_redis(), campaign.id) == [gone.id, stays.id]
    assert dial_queue.members(get_redis(), campaign.id) == [stays.id]


def test_whoever_is_concluded_is_out_of_the_queue_at_once(session: Session, now: datetime) -> None:
    """A stale id left there is dropped, be it disqualified or agreed to be called back."""
    for code, said in (
        ("not_interested", Conclusion(reason="no_need")),
        ("callback", Conclusion(call_back_at=now + timedelta(hours=1), call_back_scope=CallBackScope.MINE)),
    ):
        over = hung_up(session, talk(session, now), now)
        dial_queue.add(get_redis(), over.campaign.id, {over.contact.id: 1.0})
        conclusions.conclude(session, over.attempt, code, said, now)
        commit(session)
        assert dial_queue.members(get_redis(), over.campaign.id) == []


def test_call_backs_of_one_agent_and_those_left_out_are_not_fed(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    make_contact(session, campaign, now, call_back_agent_id=make_user(session, now).id)
    left_out = make_contact(session, campaign, now, is_left_out=True)
    assert feed(session, campaign, now) == []
    assert contacts.lock_waiting(session, [left_out.id]) == []
