"""From the contacts to the carrier's door: fed, claimed, placed; refused at each of the three."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from dialer.core.queue import Job
from dialer.core.redis import get_redis
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import CampaignState
from dialer.domain.contact import ClosedReason, ContactState
from dialer.services import claims, feeder, suppressions
from dialer.store import dial_queue
from dialer.store.attempts import Attempt
from dialer.store.contacts import PRIORITY_CALL_BACK, PRIORITY_FRESH, PRIORITY_RETRY, Contact
from dialer.store.suppressions import SuppressionScope
from tests.factories import (
    make_attempt,
    make_campaign,
    make_contact,
    make_session,
    make_user,
    pace,
    phone,
    sid,
)
from tests.house import commit, queued

BUDGET = 50


@pytest.fixture
def evening() -> datetime:
    """Nine in New York has struck: no call there; eight in Chicago."""
    return datetime(2026, 12, 2, 2, 0, tzinfo=UTC)


def queue_of(campaign_id: int) -> list[int]:
    return dial_queue.take(get_redis(), campaign_id, 1000)


def attempts_in(session: Session, campaign_id: int) -> list[Attempt]:
    return list(session.exec(select(Attempt).where(Attempt.campaign_id == campaign_id)))


def test_feed_ranks_call_backs_then_retries_then_fresh_and_the_longest_due_first(
    session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    ranked = [
        make_contact(session, campaign, now, priority=priority, next_call_at=now - timedelta(hours=hours)).id
        for priority, hours in (
            (PRIORITY_FRESH, 1),
            (PRIORITY_FRESH, 9),
            (PRIORITY_RETRY, 1),
            (PRIORITY_RETRY, 2),
            (PRIORITY_CALL_BACK, 0),
        )
    ]
    assert feeder.feed(session, get_redis(), campaign, now) == 5
    assert queue_of(campaign.id) == [ranked[4], ranked[3], ranked[2], ranked[1], ranked[0]]


def test_feed_leaves_what_is_not_due_or_belongs_to_one_agent(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    make_contact(session, campaign, now, next_call_at=now + timedelta(seconds=1))
    make_contact(session, campaign, now, state=ContactState.HELD)
    make_contact(session, campaign, now, call_back_agent_id=make_user(session, now).id)
    make_contact(session, make_campaign(session, now), now)
    due = make_contact(session, campaign, now, next_call_at=now)
    feeder.feed(session, get_redis(), campaign, now)
    assert queue_of(campaign.id) == [due.id]


def test_feed_leaves_whom_the_window_closes_as_they_are_and_looks_further(
    session: Session, evening: datetime
) -> None:
    campaign = make_campaign(session, evening)
    late = [
        make_contact(session, campaign, evening, zones=["America/New_York"])
        for _ in range(feeder.QUEUE_AT_LEAST + 5)
    ]
    open_still = make_contact(session, campaign, evening, next_call_at=evening)
    feeder.feed(session, get_redis(), campaign, evening)
    assert queue_of(campaign.id) == [open_still.id]
    session.expire_all()
    assert {(one.state, one.next_call_at) for one in late} == {
        (ContactState.WAITING, evening - timedelta(days=1))
    }
    in_the_morning = datetime(2026, 12, 2, 15, 0, tzinfo=UTC)
    assert feeder.feed(session, get_redis(), campaign, in_the_morning) == feeder.QUEUE_AT_LEAST


def test_feed_closes_what_time_does_not_cure(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, attempts_allowed=3)
    suppressed = make_contact(session, campaign, now)
    suppressions.add(
        session,
        suppressed.phone,
        SuppressionScope.SYSTEM,
        0,
        source="registry",
        reason="listed",
        user_id=None,
        now=now,
    )
    suppressed.state = ContactState.WAITING
    nowhere = make_contact(session, campaign, now, zones=[])
    tried = make_contact(session, campaign, now, attempts_made=3)
    assert feeder.feed(session, get_redis(), campaign, now) == 0
    assert [(one.state, one.closed_reason) for one in (suppressed, nowhere, tried)] == [
        (ContactState.CLOSED, ClosedReason.SUPPRESSED),
        (ContactState.CLOSED, ClosedReason.UNKNOWN_PLACE),
        (ContactState.CLOSED, ClosedReason.EXHAUSTED),
    ]
    assert suppressed.closed_detail == "on the system suppression list (registry: listed)"


def test_feed_waits_while_the_queue_is_long_enough(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    for _ in range(feeder.QUEUE_AT_LEAST):
        make_contact(session, campaign, now)
    assert feeder.feed(session, get_redis(), campaign, now) == feeder.QUEUE_AT_LEAST
    assert feeder.feed(session, get_redis(), campaign, now) == 0
    dial_queue.take(get_redis(), campaign.id, feeder.QUEUE_AT_LEAST // 2)
    assert feeder.feed(session, get_redis(), campaign, now) == feeder.QUEUE_AT_LEAST // 2


def test_feed_of_a_campaign_that_does_not_run_finds_nobody(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, state=CampaignState.PAUSED)
    for _ in range(feeder.QUEUE_AT_LEAST):
        make_contact(session, campaign, now)
    assert feeder.feed(session, get_redis(), campaign, now) == 0


def test_a_call_for_each_ready_agent_and_no_more(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    for _ in range(3):
        make_session(session, campaign, now)
    for _ in range(9):
        make_contact(session, campaign, now)
    assert pace(session, campaign, now) == 3
    assert pace(session, campaign, now) == 0
    commit(session)
    claimed = attempts_in(session, campaign.id)
    assert queued() == [(Job.PLACE_CALLS, *sorted(str(one.id) for one in claimed))]
    assert {one.state for one in claimed} == {AttemptState.CLAIMED}
    held = session.exec(select(Contact.id).where(col(Contact.state) == ContactState.HELD)).all()
    assert set(held) == {one.contact_id for one in claimed}


def test_the_carriers_pace_bounds_what_is_begun(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    for _ in range(3):
        make_session(session, campaign, now)
        make_contact(session, campaign, now)
    assert pace(session, campaign, now, budget=2) == 2
    assert pace(session, campaign, now, budget=0) == 0


def test_a_person_who_waits_for_an_agent_counts_against_the_next_dial(
    session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    make_session(session, campaign, now)
    make_contact(session, campaign, now)
    make_attempt(session, make_contact(session, campaign, now), now, state=AttemptState.ANSWERED)
    assert pace(session, campaign, now) == 0


def test_an_id_left_in_the_queue_is_looked_at_again(session: Session, now: datetime) -> None:
    """Queued, then suppressed, put off, or moved to the queue of another campaign: not dialled."""
    campaign, other = make_campaign(session, now), make_campaign(session, now)
    for _ in range(9):
        make_session(session, campaign, now)
    suppressed, later, closed = (make_contact(session, campaign, now) for _ in range(3))
    foreign, good = make_contact(session, other, now), make_contact(session, campaign, now)
    feeder.feed(session, get_redis(), campaign, now)
    dial_queue.add(get_redis(), campaign.id, {foreign.id: 0.0, 10**9: 0.0})
    later.next_call_at = now + timedelta(hours=1)
    closed.state = ContactState.CLOSED
    session.flush()
    suppressions.add(
        session,
        suppressed.phone,
        SuppressionScope.CLIENT,
        campaign.client_id,
        source="agent",
        reason="asked",
        user_id=None,
        now=now,
    )
    pace(session, campaign, now)
    assert [one.contact_id for one in attempts_in(session, campaign.id)] == [good.id]


def test_a_number_under_way_elsewhere_is_not_claimed(session: Session, now: datetime) -> None:
    number = phone()
    make_attempt(session, make_contact(session, make_campaign(session, now), now, phone=number), now)
    campaign = make_campaign(session, now)
    make_session(session, campaign, now)
    contact = make_contact(session, campaign, now, phone=number)
    assert pace(session, campaign, now) == 0
    commit(session)
    assert contact.state is ContactState.WAITING
    assert queued() == []


def test_a_call_back_goes_to_its_agent_when_she_is_ready(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    other, hers = make_session(session, campaign, now), make_session(session, campaign, now)
    contact = make_contact(session, campaign, now, call_back_agent_id=hers.user_id, next_call_at=now)
    assert pace(session, campaign, now - timedelta(seconds=1)) == 0
    assert pace(session, campaign, now) == 1
    (attempt,) = attempts_in(session, campaign.id)
    assert (attempt.contact_id, attempt.agent_session_id) == (contact.id, hers.id)
    assert attempt.agent_id == hers.user_id
    assert (hers.state, other.state) == (SessionState.RESERVED, SessionState.READY)


def test_a_call_back_whose_number_is_busy_elsewhere_leaves_its_agent_ready(
    session: Session, now: datetime
) -> None:
    campaign, number = make_campaign(session, now), phone()
    make_attempt(session, make_contact(session, make_campaign(session, now), now, phone=number), now)
    agent = make_session(session, campaign, now)
    make_contact(session, campaign, now, phone=number, call_back_agent_id=agent.user_id)
    assert pace(session, campaign, now) == 0
    assert agent.state is SessionState.READY


@pytest.mark.parametrize("is_up", [True, False])
def test_nobody_is_dialled_who_is_on_the_line_with_a_concluded_call(
    session: Session, now: datetime, is_up: bool
) -> None:
    """She was passed on, or hears a message: the attempt is closed, and the call goes on."""
    first, second = make_campaign(session, now), make_campaign(session, now)
    called = make_contact(session, first, now)
    ended = None if is_up else now
    closed = {"state": AttemptState.CLOSED, "closed_at": now, "call_sid": sid(), "handed_on_at": now}
    make_attempt(session, called, now, **closed, call_ended_at=ended)
    again = make_contact(session, second, now, phone=called.phone)
    assert (claims.claim(session, second, again, now) is None) is is_up
    assert again.state is (ContactState.WAITING if is_up else ContactState.HELD)
