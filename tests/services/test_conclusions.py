"""Each disposition's effect, in one transaction with the attempt's end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from dialer.core.errors import Conflict, Invalid
from dialer.core.queue import Job
from dialer.domain.agent import PAUSE_NO_DISPOSITION, SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.disposition import NO_DISPOSITION, CallBackScope
from dialer.services import conclusions
from dialer.services.conclusions import Conclusion
from dialer.store.attempts import Answer
from dialer.store.contacts import PRIORITY_CALL_BACK, PRIORITY_RETRY
from dialer.store.dispositions import Disposition
from dialer.store.leads import Lead
from dialer.store.suppressions import Suppression, SuppressionScope
from tests.factories import Talk, hung_up, make_attempt, make_campaign, make_contact, make_user, phone, talk
from tests.house import commit, queued

TOMORROW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)


@pytest.fixture
def over(session: Session, now: datetime) -> Talk:
    """The call is over, the agent wraps up."""
    return hung_up(session, talk(session, now), now)


def conclude(session: Session, talk: Talk, code: str, now: datetime, **said: Any) -> Disposition:
    return conclusions.conclude(session, talk.attempt, code, Conclusion(**said), now)


def test_a_lead_is_made_with_the_answers_that_qualify(session: Session, now: datetime, over: Talk) -> None:
    for key, means, value in (("roof", "need", "yes"), ("hobby", None, "chess")):
        session.add(
            Answer(
                attempt_id=over.attempt.id,
                question_key=key,
                label=f"{key}?",
                means=means,
                value=value,
                answered_at=now,
            )
        )
    conclude(session, over, "lead", now, notes="wants a quote")
    lead = session.exec(select(Lead)).one()
    assert lead.qualification == {"need": {"question": "roof?", "answer": "yes"}}
    assert (lead.contact_id, lead.attempt_id) == (over.contact.id, over.attempt.id)
    assert (lead.made_by_id, lead.owner_id) == (over.agent.user_id, over.agent.user_id)
    assert (over.contact.state, over.contact.closed_reason) == (ContactState.CLOSED, ClosedReason.LEAD)
    assert (over.attempt.state, over.attempt.closed_at) == (AttemptState.CLOSED, now)
    assert (over.attempt.notes, over.attempt.outcome) == ("wants a quote", Outcome.ANSWERED)
    assert over.agent.state is SessionState.READY


def test_a_lead_goes_to_the_campaigns_owner(session: Session, now: datetime) -> None:
    owner = make_user(session, now)
    over = hung_up(session, talk(session, now, make_campaign(session, now, lead_owner_id=owner.id)), now)
    conclude(session, over, "lead", now)
    assert session.exec(select(Lead)).one().owner_id == owner.id


def test_disqualified_needs_a_reason_and_keeps_it(session: Session, now: datetime, over: Talk) -> None:
    for reason in (None, "because"):
        with pytest.raises(Invalid, match="needs a reason: No need, No funds"):
            conclude(session, over, "not_interested", now, reason=reason)
    assert over.attempt.state is AttemptState.WRAP_UP
    conclude(session, over, "not_interested", now, reason="no_need")
    assert over.contact.closed_reason is ClosedReason.DISQUALIFIED
    assert over.contact.closed_detail == "no_need"


def test_a_retry_waits_its_delay(session: Session, now: datetime, over: Talk) -> None:
    conclude(session, over, "not_now", now)
    assert (over.contact.state, over.contact.priority) == (ContactState.WAITING, PRIORITY_RETRY)
    assert over.contact.next_call_at == now + timedelta(days=7)


def test_a_retry_after_the_last_try_closes(session: Session, now: datetime) -> None:
    over = hung_up(session, talk(session, now, make_campaign(session, now, attempts_allowed=1)), now)
    conclude(session, over, "not_now", now)
    assert over.contact.closed_reason is ClosedReason.EXHAUSTED


@pytest.mark.parametrize("scope", CallBackScope)
def test_a_call_back_waits_for_its_time(
    session: Session, now: datetime, over: Talk, scope: CallBackScope
) -> None:
    conclude(session, over, "callback", now, call_back_at=TOMORROW, call_back_scope=scope)
    assert (over.contact.state, over.contact.priority) == (ContactState.WAITING, PRIORITY_CALL_BACK)
    assert over.contact.next_call_at == TOMORROW
    assert over.contact.call_back_agent_id == (over.agent.user_id if scope is CallBackScope.MINE else None)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (None, "needs a date and time to come"),
        (datetime(2026, 12, 1, 18, 30, tzinfo=UTC), "needs a date and time to come"),
        (datetime(2026, 12, 2, 13, 59, 59, tzinfo=UTC), "outside the hours"),
        (datetime(2026, 12, 3, 3, 0, tzinfo=UTC), "outside the hours"),
    ],
    ids=["none", "now", "before eight in Chicago", "nine at night in Chicago"],
)
def test_a_call_back_when_the_number_may_not_be_called_is_refused(
    session: Session, now: datetime, over: Talk, at: datetime | None, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        conclude(session, over, "callback", now, call_back_at=at)
    assert over.attempt.state is AttemptState.WRAP_UP


def test_do_not_call_suppresses_for_the_client_and_all_its_campaigns(
    session: Session, now: datetime, over: Talk
) -> None:
    campaign = make_campaign(session, now)
    campaign.client_id = over.campaign.client_id
    sibling = make_contact(session, campaign, now, phone=over.contact.phone)
    stranger = make_contact(session, make_campaign(session, now), now, phone=over.contact.phone)
    conclude(session, over, "do_not_call", now)
    row = session.exec(select(Suppression)).one()
    assert (row.phone, row.scope, row.scope_id) == (
        over.contact.phone,
        SuppressionScope.CLIENT,
        over.campaign.client_id,
    )
    assert row.created_by_id == over.agent.user_id
    assert [one.closed_reason for one in (over.contact, sibling)] == [ClosedReason.SUPPRESSED] * 2
    assert stranger.state is ContactState.WAITING


def test_a_wrong_number_closes(session: Session, now: datetime, over: Talk) -> None:
    conclude(session, over, "wrong_number", now)
    assert over.contact.closed_reason is ClosedReason.WRONG_NUMBER


def test_sent_twice_the_second_is_no_news(session: Session, now: datetime, over: Talk) -> None:
    first = conclude(session, over, "lead", now, notes="first")
    again = conclude(session, over, "lead", now + timedelta(minutes=1), notes="second")
    assert again is first
    assert (over.attempt.closed_at, over.attempt.notes) == (now, "first")
    assert len(session.exec(select(Lead)).all()) == 1


def test_another_one_second_is_a_conflict(session: Session, now: datetime, over: Talk) -> None:
    conclude(session, over, "lead", now)
    with pytest.raises(Conflict, match="saved as “Lead” already"):
        conclude(session, over, "wrong_number", now)
    assert over.contact.closed_reason is ClosedReason.LEAD


@pytest.mark.parametrize("code", ["no_such_thing", "no_answer", NO_DISPOSITION])
def test_what_an_agent_may_not_choose_is_refused(
    session: Session, now: datetime, over: Talk, code: str
) -> None:
    with pytest.raises(Invalid, match="no disposition"):
        conclude(session, over, code, now)


def test_a_call_that_is_not_with_an_agent_yet_takes_none(session: Session, now: datetime) -> None:
    attempt = make_attempt(session, make_contact(session, make_campaign(session, now), now), now)
    with pytest.raises(Conflict, match="not with an agent"):
        conclusions.conclude(session, attempt, "lead", Conclusion(), now)


def test_still_on_the_line_the_person_is_hung_up_on(session: Session, now: datetime) -> None:
    talking = talk(session, now)
    conclude(session, talking, "wrong_number", now)
    commit(session)
    assert queued() == [(Job.HANG_UP, str(talking.attempt.id))]
    assert talking.agent.state is SessionState.READY


def test_after_the_call_nobody_is_hung_up_on(session: Session, now: datetime, over: Talk) -> None:
    conclude(session, over, "wrong_number", now)
    commit(session)
    assert queued() == []


def test_wrap_up_ran_out_saves_the_default_and_pauses_the_agent(
    session: Session, now: datetime, over: Talk
) -> None:
    for _ in range(2):
        conclusions.wrap_up_ran_out(session, over.attempt, NO_DISPOSITION, PAUSE_NO_DISPOSITION, now)
    assert over.attempt.state is AttemptState.CLOSED
    assert over.contact.next_call_at == now + timedelta(days=1)
    assert (over.agent.state, over.agent.pause_code) == (SessionState.PAUSED, PAUSE_NO_DISPOSITION)
    with pytest.raises(Conflict, match="saved as “Wrap-up ran out” already"):
        conclude(session, over, "lead", now)


def test_wrap_up_that_ran_out_after_the_disposition_changes_nothing(
    session: Session, now: datetime, over: Talk
) -> None:
    conclude(session, over, "lead", now)
    conclusions.wrap_up_ran_out(session, over.attempt, NO_DISPOSITION, PAUSE_NO_DISPOSITION, now)
    assert over.contact.closed_reason is ClosedReason.LEAD
    assert over.agent.state is SessionState.READY


@pytest.mark.parametrize("is_same", [True, False])
def test_asked_on_a_call_of_hers_the_number_she_called_from_is_suppressed_too(
    session: Session, now: datetime, over: Talk, is_same: bool
) -> None:
    number = over.contact.phone if is_same else phone()
    over.attempt.is_inbound, over.attempt.phone = True, number
    waiting = make_contact(session, over.campaign, now, phone=number) if not is_same else over.contact
    conclude(session, over, "do_not_call", now)
    found = {row.phone: row for row in session.exec(select(Suppression))}
    assert set(found) == {over.contact.phone, number}
    assert {(row.scope, row.scope_id) for row in found.values()} == {
        (SuppressionScope.CLIENT, over.campaign.client_id)
    }
    assert (waiting.state, waiting.closed_reason) == (ContactState.CLOSED, ClosedReason.SUPPRESSED)
