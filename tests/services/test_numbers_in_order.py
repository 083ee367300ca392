"""A contact's numbers tried in order: the next one after no answer, none that is wrong or suppressed, each in
the hours of its own place."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from dialer.core.redis import get_redis
from dialer.domain.attempt import Outcome
from dialer.domain.contact import ClosedReason, ContactState, next_number
from dialer.services import attempts, claims, conclusions, feeder, suppressions
from dialer.services.conclusions import Conclusion
from dialer.store import dial_queue
from dialer.store.attempts import Attempt
from dialer.store.contacts import PRIORITY_RETRY
from dialer.store.suppressions import Suppression, SuppressionScope
from dialer.telephony.port import Rejected, Rejection
from tests.factories import (
    Talk,
    begin_placing,
    hung_up,
    make_attempt,
    make_campaign,
    make_contact,
    phone,
    place,
    talk,
)

FIRST, SECOND, THIRD = "+13125550111", "+13125550112", "+13125550113"
HONOLULU = "+18085550111"


def suppress(session: Session, number: str, now: datetime) -> None:
    scope = SuppressionScope.SYSTEM, 0
    suppressions.add(session, number, *scope, source="registry", reason="listed", user_id=None, now=now)


def rung(session: Session, attempt: Attempt, status: str, now: datetime) -> None:
    assert attempt.call_sid is not None
    attempts.progress(session, attempt, attempt.call_sid, status, None, now)


@pytest.mark.parametrize(
    ("at", "useless", "next_at"),
    [(0, (), 1), (2, (), 0), (5, (), 0), (0, ("b",), 2), (0, ("b", "c"), 0), (0, ("a", "b", "c"), None)],
)
def test_the_next_number_in_turn(at: int, useless: tuple[str, ...], next_at: int | None) -> None:
    assert next_number(["a", "b", "c"], at, useless) == next_at


def test_after_no_answer_the_next_number_is_dialled_and_after_the_last_the_first(
    session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now, phone=FIRST, other_phones=[SECOND, THIRD])
    dialled = []
    for status in ("no-answer", "busy", "no-answer", "busy"):
        attempt = place(session, campaign, contact, now)
        dialled.append(attempt.phone)
        rung(session, attempt, status, now)
    assert dialled == [FIRST, SECOND, THIRD, FIRST]


def test_where_she_was_spoken_to_she_is_called_again(session: Session, now: datetime) -> None:
    over = talk(session, now, phone=FIRST, other_phones=[SECOND], phone_at=1)
    conclusions.conclude(session, hung_up(session, over, now).attempt, "not_now", Conclusion(), now)
    assert over.attempt.phone == over.contact.number == SECOND


def test_an_unusable_number_is_suppressed_and_the_next_one_tried_at_once(
    session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now, phone=FIRST, other_phones=[SECOND])
    for number, reason in ((FIRST, None), (SECOND, ClosedReason.WRONG_NUMBER)):
        attempt = claims.claim(session, campaign, contact, now)
        assert attempt is not None
        assert attempt.phone == number
        begin_placing(session, attempt.id, now)
        refusal = Rejected(Rejection.NUMBER, 21211, "no such number")
        attempts.record_result(session, attempt.id, refusal, now)
        assert contact.closed_reason is reason
    assert {row.phone for row in session.exec(select(Suppression))} == {FIRST, SECOND}


def wrong_number(session: Session, now: datetime, *others: str) -> Talk:
    over = hung_up(session, talk(session, now, phone=FIRST, other_phones=list(others)), now)
    conclusions.conclude(session, over.attempt, "wrong_number", Conclusion(), now)
    return over


def test_a_wrong_number_is_not_dialled_again_for_this_contact_and_for_others_it_is(
    session: Session, now: datetime
) -> None:
    over = wrong_number(session, now, SECOND)
    contact = over.contact
    assert (contact.state, contact.number, contact.priority) == (ContactState.WAITING, SECOND, PRIORITY_RETRY)
    assert contact.next_call_at == now
    rung(session, place(session, over.campaign, contact, now), "no-answer", now)
    assert contact.number == SECOND
    assert session.exec(select(Suppression)).all() == []


def test_the_last_wrong_number_closes(session: Session, now: datetime) -> None:
    assert wrong_number(session, now).contact.closed_reason is ClosedReason.WRONG_NUMBER


def test_a_suppressed_number_gives_way_to_the_next_and_the_last_closes(
    session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now, phone=FIRST, other_phones=[SECOND])
    suppress(session, FIRST, now)
    assert (contact.state, contact.number) == (ContactState.WAITING, SECOND)
    suppress(session, SECOND, now)
    assert (contact.state, contact.closed_reason) == (ContactState.CLOSED, ClosedReason.SUPPRESSED)


def test_the_gate_passes_over_a_number_that_was_suppressed_before(session: Session, now: datetime) -> None:
    suppress(session, FIRST, now)
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now, phone=FIRST, other_phones=[SECOND])
    assert feeder.feed(session, get_redis(), campaign, now) == 1
    assert contact.number == SECOND
    assert dial_queue.take(get_redis(), campaign.id, 9) == [contact.id]


def test_do_not_call_suppresses_all_her_numbers(session: Session, now: datetime) -> None:
    over = hung_up(session, talk(session, now, phone=FIRST, other_phones=[SECOND]), now)
    conclusions.conclude(session, over.attempt, "do_not_call", Conclusion(), now)
    assert {row.phone for row in session.exec(select(Suppression))} == {FIRST, SECOND}
    assert over.contact.closed_reason is ClosedReason.SUPPRESSED


def test_the_hours_of_the_number_count_beside_the_contacts(session: Session, now: datetime) -> None:
    """Ten in Chicago, six in Honolulu."""
    morning = datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
    campaign = make_campaign(session, now)
    contact = make_contact(
        session, campaign, morning, phone=FIRST, other_phones=[HONOLULU], phone_at=1, priority=PRIORITY_RETRY
    )
    assert feeder.feed(session, get_redis(), campaign, morning) == 0
    assert contact.next_call_at == datetime(2026, 12, 1, 18, 0, tzinfo=UTC)


def test_the_number_on_the_line_is_what_is_looked_at(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    make_attempt(session, make_contact(session, campaign, now, phone=SECOND), now)
    contact = make_contact(session, campaign, now, phone=FIRST, other_phones=[SECOND], phone_at=1)
    assert claims.claim(session, campaign, contact, now) is None
    contact.phone_at = 0
    attempt = claims.claim(session, campaign, contact, now)
    assert attempt is not None
    assert (attempt.phone, attempt.try_number) == (FIRST, 1)
    assert (attempt.local_weekday, attempt.local_hour) == (1, 12)


def test_a_call_that_never_rang_leaves_the_number_its_turn(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now, phone=phone(), other_phones=[SECOND])
    attempt = claims.claim(session, campaign, contact, now)
    assert attempt is not None
    attempts.release(session, attempt, now + timedelta(seconds=1))
    assert contact.number == contact.phone
    assert attempt.outcome is None or attempt.outcome is Outcome.CANCELED
