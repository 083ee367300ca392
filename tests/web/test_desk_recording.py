"""The desk says whether it records, and one key changes it: agreed, pause, go on."""

from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session

from dialer.core.queue import Job
from dialer.core.redis import get_redis
from dialer.core.settings import adopt
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import RecordingMode
from dialer.domain.recording import RecordingEvent, RecordingPurpose, next_state
from dialer.domain.user import Role
from dialer.services import attempts, recordings
from dialer.store import audit
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.recordings import Recording
from tests.factories import (
    answer,
    make_attempt,
    make_campaign,
    make_contact,
    make_session,
    make_user,
    place,
    sid,
)
from tests.house import commit, queued
from tests.web.test_recordings import path_of, stored
from tests.web.visitor import Visitor, browser, sign_in, words

AGREED, PAUSE, RESUME = "/desk/recording/agreed", "/desk/recording/pause", "/desk/recording/resume"


@pytest.fixture
def agent(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.AGENT)


def on_the_line(agent: Visitor, session: Session, now: datetime, mode: RecordingMode) -> Attempt:
    """A person joined to her, in a campaign that records like that."""
    campaign = make_campaign(session, now, recording=mode)
    make_session(session, campaign, now, agent.user)
    attempt = place(session, campaign, make_contact(session, campaign, now), now)
    answer(session, attempt, now)
    attempts.joined(session, attempt, now)
    session.info.clear()
    commit(session)
    get_redis().flushall()
    return attempt


def running(session: Session, attempt: Attempt, now: datetime) -> Recording:
    recording = recordings.note(session, attempt, sid("RE"), RecordingPurpose.CALL, now)
    commit(session)
    return recording


def jobs() -> list[tuple[str, ...]]:
    return [(job.value.rpartition(".")[2], *ids) for job, *ids in queued()]


def test_off_it_says_so_and_has_no_key(agent: Visitor, session: Session, now: datetime) -> None:
    attempt = on_the_line(agent, session, now, RecordingMode.OFF)
    page = agent.get("/desk").text
    assert "Not recorded" in page
    assert "/desk/recording/" not in page
    assert agent.post(AGREED, {"attempt_id": attempt.id}, htmx=True).status_code == 409
    assert jobs() == []


def test_on_consent_she_is_reminded_to_ask_and_her_key_is_kept(
    agent: Visitor, session: Session, now: datetime
) -> None:
    attempt = on_the_line(agent, session, now, RecordingMode.ON_CONSENT)
    page = agent.get("/desk")
    assert "Not recorded" in words(page)
    assert "Ask first" in words(page)
    assert 'data-key="R"' in page.text
    after = agent.post(AGREED, {"attempt_id": attempt.id}, htmx=True)
    assert "Starting to record" in words(after)
    assert jobs() == [("start", str(attempt.id))]
    (proof,) = audit.of_subject(session, f"attempt {attempt.id}", {"recording_agreed"})
    assert proof.user_id == agent.user.id
    running(session, attempt, now)
    shown = words(agent.get("/desk/state"))
    assert "Recording Pause it for card numbers. Agreed at" in shown


def test_always_it_says_recording_from_the_first_moment(
    agent: Visitor, session: Session, now: datetime
) -> None:
    """Though nothing was heard of it yet: nobody is led to think that it is not."""
    on_the_line(agent, session, now, RecordingMode.ALWAYS)
    assert 'class="recording is-recording"' in agent.get("/desk").text


def test_paused_it_says_so_only_when_it_is(agent: Visitor, session: Session, now: datetime) -> None:
    attempt = on_the_line(agent, session, now, RecordingMode.ALWAYS)
    recording = running(session, attempt, now)
    get_redis().flushall()
    asked = agent.post(PAUSE, {"attempt_id": attempt.id}, htmx=True)
    assert 'class="recording is-recording"' in asked.text
    ((job, attempt_id, change, _),) = jobs()
    assert (job, attempt_id, change) == ("change", str(attempt.id), "paused")
    recording.state = next_state(recording.state, RecordingEvent.PAUSE)
    commit(session)
    page = agent.get("/desk/state")
    assert "Recording paused" in words(page)
    assert RESUME in page.text
    agent.post(RESUME, {"attempt_id": attempt.id}, htmx=True)
    assert [job[2] for job in jobs()] == ["paused", "in-progress"]
    found = audit.of_subject(session, f"attempt {attempt.id}", {"recording_pause", "recording_resume"})
    assert [entry.action for entry in found] == ["recording_pause", "recording_resume"]


@pytest.mark.parametrize("path", [AGREED, PAUSE, RESUME])
def test_her_own_call_alone_and_only_while_it_goes_on(
    agent: Visitor, web: httpx.Client, session: Session, now: datetime, path: str
) -> None:
    attempt = on_the_line(agent, session, now, RecordingMode.ON_CONSENT)
    with browser(web) as client:
        other = sign_in(client, session, now, Role.AGENT)
        assert other.post(path, {"attempt_id": attempt.id}, htmx=True).status_code == 404
    assert agent.http.post(path, data={"attempt_id": str(attempt.id)}).status_code == 403
    attempts.progress(session, attempt, str(attempt.call_sid), "completed", None, now)
    commit(session)
    get_redis().flushall()
    late = agent.post(path, {"attempt_id": attempt.id}, htmx=True)
    assert late.status_code == 409
    assert "Nobody is on your line any more" in words(late)
    assert [job for job in queued() if job[0] in (Job.START_RECORDING, Job.CHANGE_RECORDING)] == []


def test_her_earlier_calls_with_the_person_are_there_to_be_heard(
    agent: Visitor, session: Session, now: datetime, tmp_path: Path
) -> None:
    adopt({"RECORDING_STORE": str(tmp_path)})
    attempt = on_the_line(agent, session, now, RecordingMode.OFF)
    contact = session.get_one(Contact, attempt.contact_id)
    closed = {"state": AttemptState.CLOSED, "closed_at": now}
    hers = stored(session, make_attempt(session, contact, now, agent_id=agent.user.id, **closed), now)
    other = make_user(session, now)
    not_hers = stored(session, make_attempt(session, contact, now, agent_id=other.id, **closed), now)
    commit(session)
    page = agent.get("/desk").text
    assert path_of(hers) in page
    assert path_of(not_hers) not in page
    assert agent.http.get(path_of(hers)).status_code == 200
    assert agent.http.get(path_of(not_hers)).status_code == 404


def test_after_the_call_nothing_is_said_of_recording(agent: Visitor, session: Session, now: datetime) -> None:
    attempt = on_the_line(agent, session, now, RecordingMode.ALWAYS)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    assert campaign.recording is RecordingMode.ALWAYS
    attempts.progress(session, attempt, str(attempt.call_sid), "completed", None, now)
    commit(session)
    assert 'id="recording"' not in agent.get("/desk").text
