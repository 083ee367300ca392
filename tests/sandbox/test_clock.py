"""The sandbox's time can be shared, shifted and hastened."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dialer.sandbox.clock import Clock, rfc2822
from dialer.sandbox.config import SandboxConfig

TEN = datetime(2026, 3, 4, 10, tzinfo=timezone(timedelta(hours=-5)))


def test_time_runs_faster_from_the_shared_start() -> None:
    clock = Clock(60, TEN, time.time() - 30)
    gone = clock.now() - TEN
    assert timedelta(minutes=30) <= gone < timedelta(minutes=40)
    assert clock.now().tzinfo is UTC


def test_without_a_start_it_is_now() -> None:
    assert abs(Clock(1).now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_dates_are_rfc_2822() -> None:
    assert rfc2822(TEN.astimezone(UTC)) == "Wed, 04 Mar 2026 15:00:00 +0000"


def test_a_start_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        SandboxConfig(clock_start=datetime.fromisoformat("2026-03-04"))
