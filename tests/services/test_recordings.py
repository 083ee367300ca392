"""A recording while it is at the carrier: one row, whatever comes twice, late or first."""

from datetime import datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from sqlmodel import Session, select

from dialer.core.queue import Job
from dialer.core.redis import get_redis
from dialer.core.settings import adopt
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import RecordingMode
from dialer.domain.leg import LegPurpose
from dialer.domain.recording import RecordingPurpose, RecordingState
from dialer.services import (
    attempts,
    carrier_webhooks,
    claims,
    legs,
    recording_keys,
    recording_sweeper,
    recordings,
)
from dialer.store.attempts import Attempt
from dialer.store.recordings import Recording
from dialer.telephony.port import RecordingChange, RecordingFacts
from tests.factories import (
    Talk,
    answer,
    begin_placing,
    hung_up,
    make_campaign,
    make_contact,
    make_session,
    place,
    sid,
    talk,
)
from tests.house import commit, queued

S = RecordingState


@pytest.fixture
def recorded(session: Session, now: datetime) -> Talk:
    return talk(session, now, make_campaign(session, now, recording=RecordingMode.ALWAYS))


def told(status: str, recording_sid: str, seconds: int | None = None) -> dict[str, str]:
    fields = {"RecordingSid": recording_sid, "RecordingStatus": status, "RecordingChannels": "2"}
    return fields if seconds is None else fields | {"RecordingDuration": str(seconds)}


def rows_of(session: Session) -> list[Recording]:
    session.flush()
    return list(session.exec(select(Recording)))


def jobs(session: Session) -> list[tuple[Job, *tuple[str, ...]]]:
    commit(session)
    return [job for job in queued() if "recording" in job[0].value]


def real(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_begun_and_completed_it_waits_to_be_fetched(session: Session, now: datetime, recorded: Talk) -> None:
    one = sid("RE")
    carrier_webhooks.recording_status(session, recorded.attempt.id, told("in-progress", one), now)
    (row,) = rows_of(session)
    assert (row.state, row.purpose, row.attempt_id) == (
        S.IN_PROGRESS,
        RecordingPurpose.CALL,
        recorded.attempt.id,
    )
    later = now + timedelta(minutes=3)
    carrier_webhooks.recording_status(session, recorded.attempt.id, told("completed", one, 180), later)
    assert (row.state, row.seconds, row.channels, row.completed_at) == (S.COMPLETED, 180, 2, later)
    assert jobs(session) == [(Job.STORE_RECORDING, str(row.id))]


@pytest.mark.parametrize(
    "order", sorted(set(permutations(["in-progress", "completed", "completed", "note"]))), ids="-".join
)
def test_in_every_order_and_twice_it_is_one_row_fetched_once(
    session: Session, now: datetime, recorded: Talk, order: tuple[str, ...]
) -> None:
    one = sid("RE")
    for word in order:
        if word == "note":
            recordings.note(session, recorded.attempt, one, RecordingPurpose.VERDICT, now)
        else:
            carrier_webhooks.recording_status(session, recorded.attempt.id, told(word, one, 9), now)
    (row,) = rows_of(session)
    assert (row.state, row.purpose) == (S.COMPLETED, RecordingPurpose.VERDICT)
    assert jobs(session) == [(Job.STORE_RECORDING, str(row.id))]


@pytest.mark.parametrize("word", ["absent", "failed"])
def test_where_nothing_was_recorded_nothing_is_fetched(
    session: Session, now: datetime, recorded: Talk, word: str
) -> None:
    one = sid("RE")
    for status in ("in-progress", word, "in-progress"):
        carrier_webhooks.recording_status(session, recorded.attempt.id, told(status, one), now)
    assert [row.state for row in rows_of(session)] == [S.ABSENT]
    assert jobs(session) == []


@pytest.mark.parametrize("state", [S.COMPLETED, S.STORED, S.DELETED])
@pytest.mark.parametrize("word", ["in-progress", "completed", "absent"])
def test_late_news_leave_it_as_it_is(
    session: Session, now: datetime, recorded: Talk, state: RecordingState, word: str
) -> None:
    one = sid("RE")
    row = recordings.note(session, recorded.attempt, one, RecordingPurpose.CALL, now)
    row.state = state
    carrier_webhooks.recording_status(session, recorded.attempt.id, told(word, one, 1), now)
    assert row.state is state
    assert jobs(session) == []


def test_a_sample_without_a_recorded_campaign_is_one_of_machine_detection(
    session: Session, now: datetime
) -> None:
    attempt = talk(session, now).attempt
    carrier_webhooks.recording_status(session, attempt.id, told("in-progress", sid("RE")), now)
    assert [row.purpose for row in rows_of(session)] == [RecordingPurpose.VERDICT]


@pytest.mark.parametrize(
    ("theirs", "country", "office", "is_told"),
    [
        ("TX", "US", "NY", False),
        ("Texas", "US", "ny", False),
        ("IL", "US", "NY", True),
        ("TX", "US", "CA", True),
        ("TX", "US", None, True),
        ("", "US", "NY", True),
        ("DE", "US", "NY", True),
        ("TX", "GB", "NY", True),
    ],
)
def test_who_is_told_that_the_call_is_recorded(
    session: Session, now: datetime, theirs: str, country: str, office: str | None, is_told: bool
) -> None:
    campaign = make_campaign(session, now, recording=RecordingMode.ALWAYS)
    attempt = talk(session, now, campaign, state_code=theirs, country=country).attempt
    for later in (now, now + timedelta(seconds=1)):
        assert recordings.announce(session, attempt.id, office, later) is is_told
    assert attempt.recording_announced_at == (now if is_told else None)


@pytest.mark.parametrize("mode", [RecordingMode.OFF, RecordingMode.ON_CONSENT])
def test_nobody_is_told_by_the_carrier_of_what_is_not_recorded_from_the_answer(
    session: Session, now: datetime, mode: RecordingMode
) -> None:
    attempt = talk(session, now, make_campaign(session, now, recording=mode)).attempt
    assert not recordings.announce(session, attempt.id, None, now)
    assert attempt.recording_announced_at is None


@pytest.mark.parametrize(
    ("mode", "theirs", "office", "asked"),
    [
        (RecordingMode.ALWAYS, "TX", "NY", True),
        (RecordingMode.ALWAYS, "IL", "NY", False),
        (RecordingMode.ALWAYS, "TX", "", False),
        (RecordingMode.ON_CONSENT, "TX", "NY", False),
    ],
)
def test_recorded_from_the_answer_on_is_only_who_need_not_be_told(
    session: Session, now: datetime, mode: RecordingMode, theirs: str, office: str, asked: bool
) -> None:
    adopt({"OFFICE_STATE": office})
    campaign = make_campaign(session, now, recording=mode)
    contact = make_contact(session, campaign, now, state_code=theirs)
    attempt = claims.claim(session, campaign, contact, now)
    assert attempt is not None
    request = begin_placing(session, attempt.id, now)
    assert request is not None
    assert request.record is asked


def test_begun_by_us_only_where_it_is_wanted_and_not_begun_yet(session: Session, now: datetime) -> None:
    consent = talk(session, now, make_campaign(session, now, recording=RecordingMode.ON_CONSENT)).attempt
    assert recordings.to_start(session, consent.id) is None
    consent.recording_announced_at = now
    assert recordings.to_start(session, consent.id) == consent.call_sid
    sample = recordings.note(session, consent, sid("RE"), RecordingPurpose.VERDICT, now)
    assert recordings.to_start(session, consent.id) is None
    assert sample.purpose is RecordingPurpose.CALL
    sample.state = S.COMPLETED
    assert recordings.to_start(session, consent.id) == consent.call_sid
    consent.call_ended_at = now
    assert recordings.to_start(session, consent.id) is None


def test_whoever_was_told_is_recorded_once_joined(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, recording=RecordingMode.ALWAYS)
    make_session(session, campaign, now)
    attempt = place(session, campaign, make_contact(session, campaign, now), now)
    answer(session, attempt, now)
    assert recordings.announce(session, attempt.id, None, now)
    assert jobs(session) == []
    attempts.joined(session, attempt, now)
    assert jobs(session) == [(Job.START_RECORDING, str(attempt.id))]


def test_an_inbound_call_is_recorded_once_it_is_joined(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, recording=RecordingMode.ALWAYS)
    agent = make_session(session, campaign, now)
    attempt = Attempt(
        campaign_id=campaign.id,
        contact_id=make_contact(session, campaign, now).id,
        phone="+13125550101",
        caller_id=campaign.caller_id,
        claimed_at=now,
        is_inbound=True,
        call_sid=sid(),
        agent_session_id=agent.id,
        agent_id=agent.user_id,
        state=AttemptState.RINGING,
    )
    session.add(attempt)
    session.flush()
    session.refresh(attempt)
    attempts.joined(session, attempt, now)
    assert jobs(session) == [(Job.START_RECORDING, str(attempt.id))]


def test_asked_again_of_what_never_began_and_of_what_never_ended(
    session: Session, now: datetime, recorded: Talk
) -> None:
    """At first nobody is in a hurry; then the carrier is asked, each time twice as late, and no more once
    something is known."""

    def asked(at: datetime) -> bool:
        session.info.clear()
        recording_sweeper.look_again(session, at, real)
        found = session.info.get("jobs_after_commit", [])
        assert all(job == (Job.FIND_RECORDINGS, (str(recorded.attempt.id),)) for job in found)
        return bool(found)

    assert not asked(now + real(5))
    assert asked(now + real(12))
    assert not asked(now + real(17))
    assert asked(now + real(22))
    assert not asked(now + real(37))
    row = recordings.note(session, recorded.attempt, sid("RE"), RecordingPurpose.CALL, now)
    assert not asked(now + real(300))
    ended = now + real(400)
    hung_up(session, recorded, ended)
    assert not asked(ended + real(30))
    assert asked(ended + real(62))
    assert not asked(ended + real(90))
    assert asked(ended + real(122))
    row.state = S.COMPLETED
    session.flush()
    assert not asked(ended + real(242))


def test_what_the_carrier_has_is_taken_and_what_it_has_no_more_is_absent(
    session: Session, now: datetime, recorded: Talk
) -> None:
    there, gone = sid("RE"), sid("RE")
    recordings.note(session, recorded.attempt, gone, RecordingPurpose.CALL, now)
    hung_up(session, recorded, now)
    facts = [RecordingFacts(there, "completed", 30, 2)]
    recordings.found(session, recorded.attempt.id, facts, now + timedelta(minutes=2))
    assert {row.recording_sid: row.state for row in rows_of(session)} == {
        there: S.COMPLETED,
        gone: S.IN_PROGRESS,
    }
    recordings.found(session, recorded.attempt.id, facts, now + timedelta(hours=2))
    assert {row.recording_sid: row.state for row in rows_of(session)} == {there: S.COMPLETED, gone: S.ABSENT}
    assert [job for job, *_ in jobs(session)] == [Job.STORE_RECORDING]


def test_a_call_that_goes_on_unrecorded_is_begun_to_be_recorded(
    session: Session, now: datetime, recorded: Talk
) -> None:
    recordings.found(session, recorded.attempt.id, [], now)
    assert jobs(session) == [(Job.START_RECORDING, str(recorded.attempt.id))]


def test_nothing_is_known_of_a_call_of_nobody(session: Session, now: datetime) -> None:
    unknown = UUID(int=1)
    carrier_webhooks.recording_status(session, unknown, told("completed", sid("RE")), now)
    recordings.found(session, unknown, [], now)
    assert recordings.to_start(session, unknown) is None
    assert not recordings.announce(session, unknown, None, now)
    assert rows_of(session) == []


def test_what_goes_on_recording_with_somebody_else_is_paused_by_the_clock(
    session: Session, now: datetime, recorded: Talk
) -> None:
    attempt = recorded.attempt
    row = recordings.note(session, attempt, sid("RE"), RecordingPurpose.CALL, now)
    later = now + timedelta(seconds=recording_sweeper.PAUSES_WITHIN_SECONDS)

    def swept() -> list[tuple[Job, *tuple[str, ...]]]:
        session.flush()
        get_redis().flushall()
        recording_sweeper.cease_again(session, later, real)
        return jobs(session)

    attempt.state, attempt.handed_on_at = AttemptState.WRAP_UP, now
    assert swept() == []
    leg = legs.ask(
        session, recorded.agent, LegPurpose.HAND_ON, "+13125550177", recorded.agent.user_id, now,
        attempt_id=attempt.id,
    )  # fmt: skip
    leg.joined_at = now
    pause = (Job.CHANGE_RECORDING, str(attempt.id), "paused")
    assert swept() == [pause]
    assert recording_keys.to_change(session, attempt.id, RecordingChange.PAUSE)
    recording_keys.changed(session, row.id, RecordingChange.PAUSE, is_done=False)
    assert jobs(session) == [pause, (Job.FIND_RECORDINGS, str(attempt.id))]
    recording_keys.changed(session, row.id, RecordingChange.PAUSE, is_done=True)
    assert swept() == []
    assert recording_keys.to_change(session, attempt.id, RecordingChange.RESUME) == []
    assert row.state is S.PAUSED
