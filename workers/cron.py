"""What happens by the clock: sweeps and promises. A loop of its own, with no queue under it, so
that it works on when Redis is flushed or gone. Several may run at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from dialer.core import heartbeat
from dialer.core.clock import get_clock, utc_now
from dialer.core.database import told, transaction
from dialer.core.log import logger
from dialer.core.outbox import ask_again, enqueue_after_commit
from dialer.core.queue import Job
from dialer.core.settings import get_settings
from dialer.services import (
    abandonment,
    caller_ids,
    leads,
    leg_sweeper,
    lost_agents,
    recording_sweeper,
    retries,
    room_sweeper,
    supervision,
    sweeper,
    transfer_news,
    unwanted_calls,
)
from dialer.services.sweeper import Patience
from dialer.store import campaigns, users

CALL_BACK_WAIT = timedelta(hours=1)


@dataclass
class Task:
    every_seconds: float
    """Real seconds."""
    run: Callable[[Session], object]
    due_at: float = 0.0


def _patience() -> Patience:
    return Patience.of_real(get_clock().span_of_real)


def _ask_about_calls(session: Session) -> None:
    for attempt_id in sweeper.attempts_to_ask_about(session, utc_now(), _patience()):
        enqueue_after_commit(session, Job.RECONCILE_ATTEMPT, str(attempt_id))


def _ask_about_lines(session: Session) -> None:
    for session_id in sweeper.silent_lines(session, utc_now(), _patience()):
        enqueue_after_commit(session, Job.CHECK_LINE, str(session_id))


def _check_lines(session: Session) -> None:
    for session_id in sweeper.lines_that_are_up(session):
        enqueue_after_commit(session, Job.CHECK_LINE, str(session_id))


def _end_lines(session: Session) -> None:
    for session_id in sweeper.lines_left_up(session):
        enqueue_after_commit(session, Job.HANG_UP_AGENT, str(session_id))


def _end_unwanted_calls(session: Session) -> None:
    for call_sid in unwanted_calls.still_up(session, utc_now() - _patience().job_lost):
        enqueue_after_commit(session, Job.END_CALL, call_sid)


def _ask_about_legs(session: Session) -> None:
    for leg_id in leg_sweeper.to_ask_about(session, utc_now(), _patience()):
        enqueue_after_commit(session, Job.CHECK_LEG, str(leg_id))


def _apply_switches(session: Session) -> None:
    for attempt_id in room_sweeper.holds_not_applied(session, utc_now(), _patience()):
        enqueue_after_commit(session, Job.APPLY_HOLD, str(attempt_id))
    for session_id in room_sweeper.mutes_not_applied(session):
        enqueue_after_commit(session, Job.APPLY_MUTE, str(session_id))
    for leg_id, control in room_sweeper.taken_over_not_applied(session):
        enqueue_after_commit(session, Job.SWITCH_TAKEN_OVER, str(leg_id), control.value)


def _switch_supervisors(session: Session) -> None:
    for leg_id in supervision.not_switched(session):
        enqueue_after_commit(session, Job.APPLY_SUPERVISION, str(leg_id))


def _ask_for_numbers(session: Session) -> None:
    if caller_ids.any_shown(session):
        enqueue_after_commit(session, Job.REFRESH_NUMBERS)


def _days_kept() -> int:
    return get_settings().recording_days


def _tell_lost_agents(session: Session) -> None:
    for attempt_id in lost_agents.waiting(session, utc_now()):
        enqueue_after_commit(session, Job.TELL_AGENT_LOST, str(attempt_id))


def _apply_filters(session: Session) -> None:
    for campaign in campaigns.running(session):
        enqueue_after_commit(session, Job.APPLY_FILTER, str(campaign.id))


def tasks() -> list[Task]:
    return [
        Task(heartbeat.EVERY_SECONDS, lambda _: heartbeat.beat(heartbeat.Process.CRON)),
        Task(1, lambda session: sweeper.wrap_ups(session, utc_now())),
        Task(2, lambda session: sweeper.claims(session, utc_now(), _patience())),
        Task(2, lambda session: sweeper.lost_placings(session, utc_now(), _patience())),
        Task(5, _ask_about_calls),
        Task(5, _ask_about_lines),
        Task(2, lambda session: sweeper.lost_lines(session, utc_now())),
        Task(2, _tell_lost_agents),
        Task(2, lambda session: sweeper.late_previews(session, utc_now())),
        Task(2, lambda session: leg_sweeper.never_called(session, utc_now(), _patience())),
        Task(5, lambda session: leg_sweeper.left_over(session, utc_now())),
        Task(5, lambda session: transfer_news.sweep(session, utc_now(), _patience())),
        Task(2, lambda session: supervision.left_over(session, utc_now())),
        Task(5, _switch_supervisors),
        Task(5, _apply_switches),
        Task(10, _ask_about_legs),
        Task(10, _end_unwanted_calls),
        Task(30, _check_lines),
        Task(30, _end_lines),
        Task(10, lambda session: sweeper.held_by_nobody(session, utc_now())),
        Task(10, lambda session: sweeper.overdue_call_backs(session, utc_now(), CALL_BACK_WAIT)),
        Task(5, lambda session: abandonment.watch_all(session, utc_now())),
        Task(2, lambda session: leads.mark_overdue(session, utc_now())),
        Task(
            recording_sweeper.EVERY_SECONDS,
            lambda session: recording_sweeper.look_again(session, utc_now(), get_clock().span_of_real),
        ),
        Task(5, lambda session: recording_sweeper.cease_again(session, utc_now(), get_clock().span_of_real)),
        Task(20, lambda session: recording_sweeper.store_again(session, utc_now(), get_clock().span_of_real)),
        Task(60, lambda session: recording_sweeper.delete_old(session, utc_now(), _days_kept())),
        Task(60, lambda session: retries.count_hours(session, utc_now())),
        Task(600, _apply_filters),
        Task(600, _ask_for_numbers),
        Task(600, lambda session: caller_ids.rest_unanswered(session, utc_now())),
        Task(600, lambda session: users.drop_expired_web_sessions(session, utc_now())),
    ]


def run(stop: Event) -> None:
    todo = tasks()
    while not stop.is_set():
        for task in todo:
            if time.monotonic() >= task.due_at:
                _run(task)
                task.due_at = time.monotonic() + task.every_seconds
        stop.wait(0.2)


def _run(task: Task) -> None:
    try:
        with transaction() as session:
            ask_again(session)
            task.run(session)
    except DBAPIError as error:
        logger.error("cron_task_failed", **told(error))
    except (RedisError, LookupError) as error:
        logger.error("cron_task_failed", error=type(error).__name__)
