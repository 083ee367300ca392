"""The carrier's webhooks of machines, messages and calls to our numbers: signed, kept once, asked again."""

from datetime import datetime
from uuid import uuid4

import httpx
import pytest
from sqlmodel import Session, select

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.redis import get_redis
from dialer.domain.attempt import AttemptState, Outcome
from dialer.store import counters
from dialer.store.attempts import Attempt
from dialer.store.audit import AuditEntry
from dialer.store.carrier_events import CarrierEvent
from dialer.store.suppressions import Suppression
from tests.api.test_carrier import send
from tests.factories import CALLER_ID, make_campaign, make_contact, phone, place, sid, talk
from tests.house import commit

PATHS = (
    "attempts/{}/machine",
    "attempts/{}/voicemail",
    "attempts/{}/key",
    "inbound",
    "inbound/key",
    "inbound/status",
)
WORDS = "We rang about your roof. Call 800 555 0199."


@pytest.fixture
def placed(session: Session, now: datetime) -> Attempt:
    campaign = make_campaign(session, now, voicemail_message=WORDS, verdict_review_percent=0)
    attempt = place(session, campaign, make_contact(session, campaign, now), now)
    commit(session)
    return attempt


def now_of(attempt: Attempt) -> Attempt:
    with transaction() as session:
        return session.get_one(Attempt, attempt.id)


def count_of(table: type) -> int:
    with transaction() as session:
        return len(session.exec(select(table)).all())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("signature", ["", "bm90IHRoZWlycw=="])
def test_a_bad_signature_changes_nothing(
    web: httpx.Client, placed: Attempt, path: str, signature: str
) -> None:
    fields = {"CallSid": str(placed.call_sid), "AnsweredBy": "machine_start", "Digits": "9"}
    answer = send(web, f"/twilio/{path.format(placed.id)}", fields, signature=signature)
    assert answer.status_code == 403
    assert counters.counted(get_redis(), counters.BAD_SIGNATURES, utc_now().date()) == 1
    assert (now_of(placed).answered_by, count_of(CarrierEvent), count_of(Suppression)) == (None, 0, 0)


@pytest.mark.parametrize("path", PATHS)
def test_a_call_of_nobody_is_accepted(web: httpx.Client, house: object, path: str) -> None:
    fields = {"CallSid": sid(), "AnsweredBy": "machine_start", "Digits": "9", "From": phone(), "To": phone()}
    answer = send(web, f"/twilio/{path.format(uuid4())}", fields)
    assert answer.status_code in (200, 204)
    assert (count_of(CarrierEvent), count_of(Suppression)) == (1, 0)


def test_the_answer_to_a_machine_is_the_message_however_often_it_is_asked(
    web: httpx.Client, placed: Attempt
) -> None:
    fields = {"CallSid": str(placed.call_sid), "AnsweredBy": "machine_end_beep"}
    path = f"/twilio/attempts/{placed.id}/answer"
    heard = [send(web, path, fields, token=token).text for token in ("1", "1", "2")]
    assert heard == [heard[0]] * 3
    assert WORDS in heard[0]
    assert f"/twilio/attempts/{placed.id}/key" in heard[0]
    closed = now_of(placed)
    assert (closed.state, closed.outcome) == (AttemptState.CLOSED, Outcome.MACHINE)
    assert closed.handed_on_at == closed.voicemail_at


def test_another_calls_verdict_and_message_are_not_the_attempts(
    web: httpx.Client, session: Session, now: datetime
) -> None:
    attempt = talk(session, now, make_campaign(session, now, voicemail_message=WORDS)).attempt
    commit(session)
    other = {"CallSid": sid(), "AnsweredBy": "machine_start"}
    assert send(web, f"/twilio/attempts/{attempt.id}/machine", other).status_code == 204
    assert "<Hangup" in send(web, f"/twilio/attempts/{attempt.id}/voicemail", other).text
    kept = now_of(attempt)
    assert (kept.state, kept.answered_by, kept.handed_on_at) == (AttemptState.CONNECTED, None, None)


@pytest.mark.parametrize("word", ["", "machine", "x" * 100])
def test_a_verdict_that_is_none_takes_nobody_away(
    web: httpx.Client, session: Session, now: datetime, word: str
) -> None:
    attempt = talk(session, now).attempt
    commit(session)
    fields = {"CallSid": str(attempt.call_sid), "AnsweredBy": word}
    assert send(web, f"/twilio/attempts/{attempt.id}/machine", fields).status_code == 204
    kept = now_of(attempt)
    assert (kept.state, kept.answered_by) == (AttemptState.CONNECTED, word[:32] or None)


def test_a_call_that_was_given_up_and_met_a_machine_is_not_abandoned(
    web: httpx.Client, session: Session, now: datetime, placed: Attempt
) -> None:
    row = session.get_one(Attempt, placed.id)
    row.state = AttemptState.RELEASED
    commit(session)
    fields = {"CallSid": str(placed.call_sid), "AnsweredBy": "machine_start"}
    answer = send(web, f"/twilio/attempts/{placed.id}/answer", fields)
    assert "<Response><Hangup /></Response>" in answer.text
    assert now_of(placed).is_abandoned is False


def test_the_key_works_when_the_attempt_has_ended_and_counts_once(
    web: httpx.Client, session: Session, now: datetime, placed: Attempt
) -> None:
    row = session.get_one(Attempt, placed.id)
    row.state = AttemptState.CLOSED
    commit(session)
    fields = {"CallSid": str(placed.call_sid), "Digits": "9"}
    for token in ("1", "1", "2"):
        answer = send(web, f"/twilio/attempts/{placed.id}/key", fields, token=token)
        assert "You will not be called again" in answer.text
    assert (count_of(Suppression), count_of(CarrierEvent)) == (1, 2)
    with transaction() as other:
        actions = other.exec(select(AuditEntry.action)).all()
    assert list(actions).count("opted_out_by_key") == 1


@pytest.mark.parametrize("withheld", ["", "anonymous", "Restricted", "+266696687", "+86282452253"])
def test_a_withheld_caller_hears_the_message_without_a_key(
    web: httpx.Client, session: Session, now: datetime, withheld: str
) -> None:
    make_campaign(session, now)
    commit(session)
    heard = send(web, "/twilio/inbound", {"CallSid": sid(), "From": withheld, "To": CALLER_ID}).text
    assert "You have reached Client" in heard
    assert "<Gather" not in heard
    fields = {"CallSid": sid(), "From": withheld, "To": CALLER_ID, "Digits": "9"}
    assert "<Hangup" in send(web, "/twilio/inbound/key", fields).text
    assert count_of(Suppression) == 0
