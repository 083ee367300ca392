"""Every task by the clock: run once, run twice, and with Redis gone."""

from collections import Counter
from datetime import datetime, timedelta
from threading import Event, Thread
from uuid import UUID

from rq import SimpleWorker
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from sqlmodel import Session, col, select

from dialer.core.clock import real_now, utc_now
from dialer.core.database import transaction
from dialer.core.outbox import ask_again, enqueue_after_commit
from dialer.core.queue import QUEUE_NAMES, Job, enqueue, get_queue
from dialer.core.redis import get_redis
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegPurpose, LegState
from dialer.domain.recording import RecordingPurpose
from dialer.services import legs, recordings
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.leads import Lead
from dialer.store.users import WebSession
from tests.factories import (
    hung_up,
    make_attempt,
    make_campaign,
    make_contact,
    make_lead,
    make_session,
    make_user,
    phone,
    sid,
    talk,
)
from tests.house import House, queued, wait_for
from workers import cron

LONG_AGO = timedelta(days=1)
SWITCHES_SECONDS = 5
"""From one look of cron at what was switched to the next."""


def run_all(times: int = 1) -> None:
    for _ in range(times):
        for task in cron.tasks():
            cron._run(task)


def states() -> list[AttemptState]:
    with transaction() as session:
        return [row.state for row in session.exec(select(Attempt).order_by(col(Attempt.claimed_at)))]


def test_what_was_left_behind_comes_to_its_end(session: Session, now: datetime) -> None:
    before = now - LONG_AGO
    campaign = make_campaign(session, now)
    over = hung_up(session, talk(session, before, campaign), before + timedelta(minutes=1))
    claimed = make_attempt(
        session,
        make_contact(session, campaign, now),
        before,
        state=AttemptState.CLAIMED,
        placing_at=None,
    )
    lost = make_attempt(session, make_contact(session, campaign, now), before, state=AttemptState.PLACING)
    silent = make_attempt(session, make_contact(session, campaign, now), before)
    lead = make_lead(session, make_contact(session, campaign, now), before, due_at=before)
    connecting = make_session(session, campaign, before, line=LineState.CONNECTING, line_asked_at=before)
    left = make_session(session, campaign, before, state=SessionState.OFFLINE)
    user = make_user(session, now)
    session.add(
        WebSession(token_hash="h", user_id=user.id, csrf_token="c", created_at=before, expires_at=before)
    )
    session.commit()
    run_all()
    with transaction() as other:
        found = {row.id: row.state for row in other.exec(select(Attempt))}
        assert found[over.attempt.id] is AttemptState.CLOSED
        assert found[claimed.id] is AttemptState.RELEASED
        assert found[lost.id] is AttemptState.IN_DOUBT
        assert other.get_one(AgentSession, over.agent.id).state is SessionState.PAUSED
        assert other.get_one(Lead, lead.id).overdue_at is not None
        assert other.exec(select(WebSession)).all() == []
    jobs = queued()
    assert {(Job.RECONCILE_ATTEMPT, str(one.id)) for one in (lost, silent)} <= set(jobs)
    assert (Job.CHECK_LINE, str(connecting.id)) in jobs
    assert (Job.HANG_UP_AGENT, str(left.id)) in jobs
    settled = states()
    run_all(2)
    assert states() == settled


def test_who_is_asked_about_waits_in_the_queue_once(session: Session, now: datetime) -> None:
    """However often it is swept while no worker comes through, and behind all that people wait for."""
    campaign, before = make_campaign(session, now), now - LONG_AGO
    doubtful = [
        make_attempt(session, make_contact(session, campaign, now), before, state=AttemptState.IN_DOUBT)
        for _ in range(3)
    ]
    lost = talk(session, before)
    lost.agent.line, lost.agent.line_asked_at = LineState.DOWN, before
    session.commit()
    for _ in range(3):
        cron._run(cron.Task(5, cron._ask_about_calls))
        cron._run(cron.Task(2, cron._tell_lost_agents))
    enqueue(Job.HANG_UP, str(lost.attempt.id))
    jobs = queued()
    asked = [(Job.RECONCILE_ATTEMPT, str(one.id)) for one in (*doubtful, lost.attempt)]
    assert sorted(jobs[2:]) == sorted(asked)
    told = (Job.TELL_AGENT_LOST, str(lost.attempt.id))
    assert jobs[:2] == [told, (Job.HANG_UP, str(lost.attempt.id))]
    worker = SimpleWorker(QUEUE_NAMES, connection=get_redis(), serializer=JSONSerializer)
    worker.work(burst=True, logging_level="WARNING")
    assert queued() == []
    cron._run(cron.Task(5, cron._ask_about_calls))
    assert sorted(queued()) == sorted(asked)


def test_what_is_wished_waits_in_the_queue_once_however_often_cron_asks(
    session: Session, now: datetime
) -> None:
    """Ten people to be held while the carrier says nothing; one who is recorded after she was handed on."""
    before = now - LONG_AGO
    talks = [talk(session, before) for _ in range(10)]
    for number, one in enumerate(talks):
        one.agent.room_sid, one.attempt.held_at = f"CF{number:032}", before
    recorded = talk(session, before)
    recordings.note(session, recorded.attempt, sid("RE"), RecordingPurpose.CALL, before)
    leg = legs.ask(
        session, recorded.agent, LegPurpose.HAND_ON, phone(), recorded.agent.user_id, before,
        attempt_id=recorded.attempt.id,
    )  # fmt: skip
    recorded.attempt.state, recorded.attempt.handed_on_at = AttemptState.WRAP_UP, before
    leg.state, leg.joined_at = LegState.JOINED, before
    session.info.clear()
    session.commit()
    sweeps = [task for task in cron.tasks() if task.every_seconds == SWITCHES_SECONDS]
    for _ in range(12):
        for sweep in sweeps:
            cron._run(sweep)
    asked = Counter(queued())
    assert set(asked.values()) == {1}
    assert {(Job.APPLY_HOLD, str(one.attempt.id)) for one in talks} <= set(asked)
    assert (Job.CHANGE_RECORDING, str(recorded.attempt.id), "paused") in asked


def test_a_persons_wish_is_queued_though_cron_asked_and_its_job_has_begun(house: House) -> None:
    """The one that runs may have read her older wish."""
    attempt_id = str(UUID(int=1))
    wish = (Job.APPLY_HOLD, attempt_id)

    def ask(*, again: bool) -> None:
        with transaction() as session:
            if again:
                ask_again(session)
            enqueue_after_commit(session, *wish)

    ask(again=True)
    queue = get_queue()
    [begun] = queue.get_jobs()
    queue.remove(begun)
    begun.started_at = real_now()
    begun.set_status(JobStatus.STARTED)
    begun.save()
    ask(again=True)
    assert queued() == []
    ask(again=False)
    ask(again=False)
    assert queued() == [wish, wish]


def test_nothing_to_do_is_nothing_done(house: House) -> None:
    run_all(2)
    assert queued() == []


def test_with_redis_gone_the_rows_come_to_their_end_all_the_same(
    session: Session, now: datetime, house: House
) -> None:
    over = hung_up(session, talk(session, now - LONG_AGO), now - LONG_AGO)
    session.commit()
    house.furnish(REDIS_URL="redis://127.0.0.1:9/0")
    run_all()
    with transaction() as other:
        assert other.get_one(Attempt, over.attempt.id).state is AttemptState.CLOSED


def test_a_row_that_is_missing_stops_no_other_task(house: House) -> None:
    def look() -> None:
        raise LookupError("campaign 1 has no disposition busy")

    cron._run(cron.Task(1, lambda _: look()))


def test_the_loop_runs_until_it_is_told_to_stop(session: Session, now: datetime) -> None:
    make_lead(session, make_contact(session, make_campaign(session, now), now), now, due_at=now - LONG_AGO)
    session.commit()
    stop = Event()
    loop = Thread(target=cron.run, args=(stop,))
    loop.start()

    def marked() -> bool:
        with transaction() as other:
            return other.exec(select(Lead)).one().overdue_at is not None

    wait_for(marked)
    stop.set()
    loop.join(timeout=15)
    assert not loop.is_alive()


def test_a_worker_takes_the_jobs_by_their_names(session: Session, now: datetime) -> None:
    """What is queued here a worker finds and runs: a claim that may not be placed any more is refused."""
    campaign = make_campaign(session, now, attempts_allowed=0)
    attempt = make_attempt(
        session,
        make_contact(session, campaign, now),
        utc_now(),
        state=AttemptState.CLAIMED,
        placing_at=None,
    )
    session.commit()
    enqueue(Job.PLACE_CALLS, str(attempt.id))
    enqueue(Job.PLACE_CALLS, str(attempt.id))
    worker = SimpleWorker(QUEUE_NAMES, connection=get_redis(), serializer=JSONSerializer)
    worker.work(burst=True, logging_level="WARNING")
    assert queued() == []
    assert [get_queue(name).failed_job_registry.count for name in QUEUE_NAMES] == [0] * len(QUEUE_NAMES)
    assert states() == [AttemptState.REFUSED]
