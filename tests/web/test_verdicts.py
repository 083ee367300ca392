"""The review of verdicts: samples wait to be heard, and what was heard is counted."""

from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlmodel import Session

from dialer.core.database import transaction
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.recording import RecordingPurpose, RecordingState, VerdictReview
from dialer.domain.user import Role
from dialer.services import reports
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.recordings import Recording
from tests.factories import make_attempt, make_campaign, make_contact, sid
from tests.house import commit
from tests.web.visitor import Visitor, sign_in, toast, words

PAGE = "/supervisor/verdicts"


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.SUPERVISOR)


def sample(session: Session, campaign: Campaign, now: datetime, **over: Any) -> Recording:
    """Of a call that was judged a machine before anybody was joined to it."""
    attempt = make_attempt(
        session,
        make_contact(session, campaign, now),
        now,
        state=AttemptState.CLOSED,
        outcome=Outcome.MACHINE,
        answered_by="machine_start",
        answered_at=now,
        closed_at=now,
    )
    values: dict[str, Any] = {
        "attempt_id": attempt.id,
        "purpose": RecordingPurpose.VERDICT,
        "state": RecordingState.STORED,
        "recording_sid": sid("RE"),
        "object_key": "sample.wav",
        "sha256": "0" * 64,
        "bytes": 44,
        "seconds": 9,
        "started_at": now,
        "stored_at": now,
    }
    recording = Recording(**values | over)
    session.add(recording)
    commit(session)
    return recording


def attempt_of(recording: Recording) -> Attempt:
    with transaction() as session:
        return session.get_one(Attempt, recording.attempt_id)


def test_a_sample_is_heard_once_and_a_person_counts_as_abandoned(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    recording = sample(session, campaign, now)
    shown = supervisor.get(PAGE)
    assert f'src="/recordings/{recording.id}.wav"' in shown.text
    assert "machine start" in words(shown)
    answer = supervisor.post(f"{PAGE}/{recording.id}", {"review": "human"})
    assert "A person" in toast(answer, supervisor)
    told = supervisor.read(PAGE)
    assert "No sample waits to be heard" in told
    assert "100.0%" in told
    assert "1 of 1; 20.7% to 100.0%" in told
    assert attempt_of(recording).is_abandoned
    row = reports.total(session, now, now.replace(hour=23))
    assert (row.connected, row.abandoned) == (0, 1)


@pytest.mark.parametrize("review", [VerdictReview.MACHINE, VerdictReview.UNCLEAR])
def test_heard_again_the_last_word_stands(
    supervisor: Visitor, session: Session, now: datetime, review: VerdictReview
) -> None:
    recording = sample(session, make_campaign(session, now), now)
    for word in (VerdictReview.HUMAN, review):
        assert supervisor.post(f"{PAGE}/{recording.id}", {"review": word.value}).status_code == 303
    attempt = attempt_of(recording)
    assert (attempt.is_abandoned, attempt.abandoned_at) == (False, None)
    told = supervisor.read(PAGE)
    assert ("0.0% 0 of 1; 0.0% to 79.3%" in told) is (review is VerdictReview.MACHINE)


def test_what_was_judged_is_listed_and_can_be_changed_or_undone(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    recording = sample(session, make_campaign(session, now), now)
    assert "Judged lately" not in supervisor.read(PAGE)
    supervisor.post(f"{PAGE}/{recording.id}", {"review": "human"})
    shown = supervisor.get(PAGE)
    assert "Judged lately" in words(shown)
    assert f"{supervisor.user.full_name}" in words(shown).split("Judged lately")[1]
    assert 'value="human" aria-pressed="true"' in shown.text
    supervisor.post(f"{PAGE}/{recording.id}", {"review": "machine"})
    assert 'value="machine" aria-pressed="true"' in supervisor.get(PAGE).text
    supervisor.post(f"{PAGE}/{recording.id}", {"review": "human"})
    assert attempt_of(recording).is_abandoned
    assert "waits to be heard again" in toast(supervisor.post(f"{PAGE}/{recording.id}/undo"), supervisor)
    attempt = attempt_of(recording)
    assert (attempt.is_abandoned, attempt.abandoned_at) == (False, None)
    told = supervisor.read(PAGE)
    assert "Judged lately" not in told
    assert "No sample waits" not in told
    assert "100.0%" not in told
    assert supervisor.post(f"{PAGE}/{recording.id}/undo").status_code == 303


def test_a_conversation_is_no_sample(supervisor: Visitor, session: Session, now: datetime) -> None:
    recording = sample(session, make_campaign(session, now), now, purpose=RecordingPurpose.CALL)
    assert "No sample waits to be heard" in supervisor.read(PAGE)
    assert supervisor.post(f"{PAGE}/{recording.id}", {"review": "machine"}).status_code == 409


def test_what_can_not_be_heard_yet_does_not_wait(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    sample(session, make_campaign(session, now), now, state=RecordingState.IN_PROGRESS)
    assert "No sample waits to be heard" in supervisor.read(PAGE)
