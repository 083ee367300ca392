"""Retry plans at work: when a contact is tried again, when she is given up, and whose hour was learned."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from dialer.core.redis import get_redis
from dialer.domain import best_hours
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.best_hours import Arm, Tally, When
from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.retry_plan import DayPart, part_of
from dialer.services import attempts, claims, retries
from dialer.store import dispositions, tries
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_RETRY, Contact
from tests.factories import CHICAGO, make_attempt, make_campaign, make_contact, place

ZONE = ZoneInfo(CHICAGO)


def missed(session: Session, campaign: Campaign, contact: Contact, at: datetime, status: str) -> Attempt:
    attempt = place(session, campaign, contact, at)
    assert attempt.call_sid is not None
    attempts.progress(session, attempt, attempt.call_sid, status, None, at)
    return attempt


def test_unanswered_a_contact_is_tried_in_every_part_of_the_day_on_six_days(
    session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now, learns_hours=False)
    contact, at, local = make_contact(session, campaign, now), now, []
    while contact.state is not ContactState.CLOSED:
        local.append(at.astimezone(ZONE))
        tried = missed(session, campaign, contact, at, "no-answer")
        assert (tried.try_number, tried.hour_was_learned) == (len(local), None)
        at = contact.next_call_at
    assert contact.closed_reason is ClosedReason.EXHAUSTED
    assert len({moment.date() for moment in local}) == 6
    assert Counter(part_of(moment.hour) for moment in local) == dict.fromkeys(DayPart, 2)


def test_busy_she_is_tried_soon_and_no_third_time_in_a_day(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now)
    missed(session, campaign, contact, now, "busy")
    assert contact.next_call_at == now + timedelta(minutes=30)
    missed(session, campaign, contact, contact.next_call_at, "busy")
    assert contact.next_call_at.astimezone(ZONE).date() == (now + timedelta(days=1)).astimezone(ZONE).date()


def test_a_plan_gives_up_after_so_many_that_end_so(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    busy = dispositions.by_code(session, campaign.id, "busy")
    assert busy is not None
    busy.retry_at_most = 2
    contact = make_contact(session, campaign, now)
    missed(session, campaign, contact, now, "busy")
    missed(session, campaign, contact, now + timedelta(hours=1), "no-answer")
    assert contact.state is ContactState.WAITING
    missed(session, campaign, contact, now + timedelta(days=1), "busy")
    assert (contact.closed_reason, contact.closed_detail) == (
        ClosedReason.EXHAUSTED,
        "2 tries ended with “Busy”",
    )


def test_calls_that_never_rang_are_no_tries(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now)
    made: dict[str, dict[str, Any]] = {
        "released": {"state": AttemptState.RELEASED},
        "inbound": {"state": AttemptState.CLOSED, "is_inbound": True},
        "canceled": {"state": AttemptState.CLOSED, "outcome": Outcome.CANCELED},
        "rang": {"state": AttemptState.CLOSED, "outcome": Outcome.BUSY},
    }
    for hours, over in enumerate(made.values()):
        make_attempt(session, contact, now - timedelta(hours=hours), **over)
    assert [one.at for one in tries.of_contact(session, contact.id)] == [now - timedelta(hours=3)]


@pytest.fixture
def learning(session: Session, now: datetime) -> Campaign:
    """People answer at seven in the evening, and hardly ever else."""
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now, state=ContactState.CLOSED)
    closed = {"state": AttemptState.CLOSED, "local_weekday": 2}
    for hour, answered in ((19, 30), (17, 1), (18, 1), (20, 1)):
        for n in range(40):
            outcome = Outcome.ANSWERED if n < answered else Outcome.NO_ANSWER
            make_attempt(
                session, contact, now - timedelta(days=3), local_hour=hour, outcome=outcome, **closed
            )
    session.commit()
    return campaign


def retried(session: Session, campaign: Campaign, now: datetime, people: int) -> list[Contact]:
    """Somebody who was tried in the morning, and in the afternoon now: the evening is next."""
    found = []
    for _ in range(people):
        contact = make_contact(session, campaign, now)
        make_attempt(
            session,
            contact,
            now - timedelta(days=1, hours=3),
            state=AttemptState.CLOSED,
            outcome=Outcome.NO_ANSWER,
            call_ended_at=now,
        )
        missed(session, campaign, contact, now, "no-answer")
        found.append(contact)
    return found


def test_learned_tries_go_to_the_hour_that_answers_and_one_contact_in_ten_by_the_plan(
    session: Session, now: datetime, learning: Campaign
) -> None:
    retries.count_hours(session, now)
    people = retried(session, learning, now, 60)
    by_arm: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for contact in people:
        held_out = best_hours.is_held_out(contact.id)
        by_arm[not held_out][contact.next_call_at.astimezone(ZONE).hour] += 1
    assert by_arm[True].most_common(1)[0][0] == 19
    assert by_arm[True][19] > 0.8 * by_arm[True].total()


def test_what_was_learned_or_held_out_stands_in_the_attempt(
    session: Session, now: datetime, learning: Campaign
) -> None:
    (contact,) = retried(session, learning, now, 1)
    assert contact.priority == PRIORITY_RETRY
    attempt = claims.claim(session, learning, contact, contact.next_call_at)
    assert attempt is not None
    assert attempt.hour_was_learned is not best_hours.is_held_out(contact.id)
    fresh = claims.claim(session, learning, make_contact(session, learning, now), now)
    assert fresh is not None
    assert fresh.hour_was_learned is None


def test_what_is_counted_is_what_a_person_answered(
    session: Session, now: datetime, learning: Campaign
) -> None:
    counts = tries.by_hour(session, learning.id, now - timedelta(days=90), best_hours.LAST_TRY)
    assert counts[When(1, 2, 19)] == Tally(40, 30)


def test_the_gain_counts_each_contact_once_on_the_side_she_was_drawn_for(
    session: Session, now: datetime, learning: Campaign
) -> None:
    contacts = [make_contact(session, learning, now) for _ in range(30)]
    for n, contact in enumerate(contacts):
        for ago in range(1 + n % 3):
            is_last = ago == n % 3
            make_attempt(
                session,
                contact,
                now - timedelta(days=ago),
                state=AttemptState.CLOSED,
                outcome=Outcome.ANSWERED if is_last and n < 12 else Outcome.NO_ANSWER,
                hour_was_learned=n % 5 > 0,
            )
    session.flush()
    gain = retries.gain(session, learning, now)
    assert gain.learned == Arm(24, sum(n % 5 > 0 for n in range(12)))
    assert gain.held_out == Arm(6, 3)
    assert gain.span is not None
    assert gain.points is not None
    assert gain.span.low < gain.points < gain.span.high


def test_a_contact_stays_on_her_side_from_try_to_try(
    session: Session, now: datetime, learning: Campaign
) -> None:
    for contact in retried(session, learning, now, 8):
        sides = set()
        while contact.state is not ContactState.CLOSED:
            at = contact.next_call_at
            sides.add(missed(session, learning, contact, at, "no-answer").hour_was_learned)
        assert sides == {not best_hours.is_held_out(contact.id)}


def test_with_redis_flushed_the_plan_decides(session: Session, now: datetime, learning: Campaign) -> None:
    retries.count_hours(session, now)
    get_redis().flushall()
    hours = Counter(one.next_call_at.astimezone(ZONE).hour for one in retried(session, learning, now, 40))
    assert set(hours) == {17, 18, 19, 20}
