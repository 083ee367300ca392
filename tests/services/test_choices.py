"""What an agent chose and did not save: the end of her wrap-up saves it where it is complete."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from dialer.core.errors import Conflict, NotFound
from dialer.domain.agent import PAUSE_NO_DISPOSITION, SessionState
from dialer.domain.contact import ClosedReason
from dialer.services import choices, sweeper
from dialer.services.choices import Choice
from tests.factories import Talk, disposition_of, hung_up, make_user, talk

HOUR = timedelta(hours=1)


@pytest.fixture
def over(session: Session, now: datetime) -> Talk:
    over = hung_up(session, talk(session, now), now)
    over.attempt.notes = "Has a supplier since May."
    return over


def choose(session: Session, over: Talk, now: datetime, code: str, **said: Any) -> None:
    choices.keep(session, over.agent.user_id, over.attempt.id, Choice(code, **said), now)


def run_out(session: Session, over: Talk, now: datetime) -> str:
    """What is saved, and what the agent is told."""
    assert sweeper.wrap_ups(session, now + HOUR) == 1
    assert (over.agent.state, over.agent.pause_code) == (SessionState.PAUSED, PAUSE_NO_DISPOSITION)
    assert over.attempt.notes == "Has a supplier since May."
    return choices.told(session, over.agent)


def test_what_was_chosen_last_and_is_complete_is_saved(session: Session, now: datetime, over: Talk) -> None:
    choose(session, over, now, "lead")
    choose(session, over, now, "not_interested", reason="has_supplier")
    told = run_out(session, over, now)
    assert disposition_of(session, over.attempt) == "not_interested"
    assert (over.contact.closed_reason, over.contact.closed_detail) == (
        ClosedReason.DISQUALIFIED,
        "has_supplier",
    )
    assert "Grace Okafor was saved as “Not interested”, as you had chosen" in told


def test_a_call_back_that_was_chosen_is_agreed(session: Session, now: datetime, over: Talk) -> None:
    at = now + timedelta(days=1)
    choose(session, over, now, "callback", call_back_at=at)
    run_out(session, over, now)
    assert (disposition_of(session, over.attempt), over.contact.next_call_at) == ("callback", at)


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        ({"code": "not_interested"}, "needs a reason"),
        ({"code": "callback"}, "needs a date and time to come"),
        ({"code": "callback", "call_back_at": HOUR / 2}, "needs a date and time to come"),
    ],
)
def test_what_was_not_complete_is_told(
    session: Session, now: datetime, over: Talk, said: dict[str, Any], lacks: str
) -> None:
    if "call_back_at" in said:
        said = said | {"call_back_at": now + said["call_back_at"]}
    choose(session, over, now, **said)
    told = run_out(session, over, now)
    assert disposition_of(session, over.attempt) == "no_disposition"
    assert "was saved as “Wrap-up ran out”" in told
    assert lacks in told
    assert "Your notes and answers are kept" in told


def test_with_nothing_chosen_the_default_is_told(session: Session, now: datetime, over: Talk) -> None:
    told = run_out(session, over, now)
    assert told.startswith("Nobody chose a disposition in time")
    assert "Grace Okafor was saved as “Wrap-up ran out”" in told


def test_what_no_agent_may_choose_is_no_choice(session: Session, now: datetime, over: Talk) -> None:
    choose(session, over, now, "abandoned")
    assert run_out(session, over, now).startswith("Nobody chose")


def test_what_another_agent_chose_before_she_passed_it_on_is_not_hers(
    session: Session, now: datetime, over: Talk
) -> None:
    choose(session, over, now, "lead")
    over.attempt.agent_id = make_user(session, now).id
    run_out(session, over, now)
    assert disposition_of(session, over.attempt) == "no_disposition"


def test_only_her_own_open_call_takes_a_choice(session: Session, now: datetime, over: Talk) -> None:
    with pytest.raises(NotFound, match="not yours"):
        choices.keep(session, make_user(session, now).id, over.attempt.id, Choice("lead"), now)
    run_out(session, over, now)
    with pytest.raises(Conflict, match="concluded already"):
        choose(session, over, now, "lead")
