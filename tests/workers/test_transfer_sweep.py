"""What the sweep makes of transfers that failed and of those that worked."""

from datetime import timedelta

import pytest

from dialer.domain.leg import LegState
from dialer.services import transfer_news
from tests.sandbox.servers import Twilio
from tests.workers.legs import leg_becomes
from tests.workers.situations import on_call
from tests.workers.test_transfers import PATIENCE, asks, called_in, handed, hands_on, third_party, works
from workers import call_jobs

pytestmark = pytest.mark.usefixtures("web")


def test_a_transfer_that_failed_before_does_not_end_the_one_that_worked(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    busy = called_in(sandbox, agent, attempt, third_party(sandbox, "busy"), attended=False)
    leg_becomes(busy, LegState.ENDED)
    call_jobs.apply_hold(str(attempt.id))
    leg = called_in(sandbox, agent, attempt, third_party(sandbox), attended=False)
    hands_on(leg)
    handed(attempt)
    works(asks(lambda session, now: transfer_news.sweep(session, now + timedelta(seconds=30), PATIENCE)))
    assert sandbox.status(str(attempt.call_sid)) == "in-progress"
