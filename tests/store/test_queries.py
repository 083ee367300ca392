"""Named queries: who may be dialled, who is suppressed, who is ready; and claims that race."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from dialer.core.database import transaction
from dialer.core.redis import get_redis
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import UNANSWERED, AttemptState
from dialer.domain.contact import ContactState
from dialer.store import (
    agent_sessions,
    attempts,
    carrier_events,
    contacts,
    counters,
    dial_queue,
    suppressions,
)
from dialer.store.carrier_events import CarrierEvent
from dialer.store.suppressions import Suppression, SuppressionScope
from tests.factories import make_attempt, make_campaign, make_contact, make_session, make_user

A_DAY = timedelta(days=1)


def suppress(session: Session, phone: str, now: datetime, **over: Any) -> None:
    values: dict[str, Any] = {"scope": SuppressionScope.SYSTEM, "source": "list", "reason": "asked"}
    session.add(Suppression(**values | {"phone": phone, "created_at": now} | over))
    session.flush()


def test_a_suppression_matches_in_its_scope_and_while_it_lasts(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    client, own = campaign.client_id, campaign.id
    in_force: dict[str, dict[str, Any]] = {
        "+13125550101": {},
        "+13125550102": {"scope": SuppressionScope.CLIENT, "scope_id": client},
        "+13125550103": {"scope": SuppressionScope.CAMPAIGN, "scope_id": own},
        "+13125550104": {"expires_at": now + timedelta(seconds=1)},
    }
    not_in_force: dict[str, dict[str, Any]] = {
        "+13125550105": {"scope": SuppressionScope.CLIENT, "scope_id": client + 1},
        "+13125550106": {"scope": SuppressionScope.CAMPAIGN, "scope_id": own + 1},
        "+13125550107": {"expires_at": now},
        "+13125550108": {"expires_at": now - A_DAY},
    }
    for phone, over in (in_force | not_in_force).items():
        suppress(session, phone, now, **over)
    asked = [*in_force, *not_in_force, "+13125550109"]
    assert set(suppressions.matching(session, asked, client, own, now)) == set(in_force)
    assert suppressions.matching(session, [], client, own, now) == {}


@pytest.mark.parametrize("entry", ["2", "+1", "+1312555010", "+131255501011", "13125550101", ""])
def test_a_suppression_is_matched_whole_never_by_prefix(session: Session, now: datetime, entry: str) -> None:
    campaign = make_campaign(session, now)
    suppress(session, entry, now)
    assert suppressions.matching(session, ["+13125550101"], campaign.client_id, campaign.id, now) == {}


@pytest.mark.parametrize(
    "take",
    [
        lambda session, campaign, contact: next(iter(contacts.lock_waiting(session, [contact])), None),
        lambda session, campaign, contact: agent_sessions.longest_ready(session, campaign),
    ],
    ids=["contact", "agent"],
)
def test_what_one_transaction_holds_the_other_passes_over(
    session: Session, now: datetime, take: Callable[[Session, int, int], object]
) -> None:
    campaign = make_campaign(session, now)
    make_session(session, campaign, now)
    contact = make_contact(session, campaign, now)
    session.commit()
    with transaction() as first, transaction() as second:
        assert take(first, campaign.id, contact.id) is not None
        assert take(second, campaign.id, contact.id) is None
    with transaction() as third:
        assert take(third, campaign.id, contact.id) is not None


def test_the_second_of_two_racing_answers_gets_the_next_agent(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    agents = [make_session(session, campaign, now - timedelta(minutes=n)).id for n in (2, 1)]
    session.commit()
    with transaction() as first, transaction() as second:
        taken = [agent_sessions.longest_ready(one, campaign.id) for one in (first, second)]
        assert [agent.id for agent in taken if agent is not None] == agents


def test_ready_means_ready_with_the_line_up(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    ready = make_session(session, campaign, now)
    for over in ({"state": SessionState.PAUSED}, {"line": LineState.CONNECTING}, {"line": LineState.DOWN}):
        make_session(session, campaign, now, **over)
    assert [agent.id for agent in agent_sessions.ready(session, campaign.id)] == [ready.id]


def test_calls_in_flight_are_those_that_may_still_need_an_agent(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    for state in AttemptState:
        make_attempt(session, make_contact(session, campaign, now), now, state=state)
    hers = make_session(session, campaign, now)
    make_attempt(session, make_contact(session, campaign, now), now, agent_session_id=hers.id)
    assert attempts.unanswered(session, campaign.id) == len(UNANSWERED)
    own = attempts.open_of_session(session, hers.id)
    assert own is not None
    assert own.agent_session_id == hers.id


def test_the_longest_overdue_call_back_comes_first(session: Session, now: datetime) -> None:
    campaign, agent = make_campaign(session, now), make_user(session, now)
    own = {"call_back_agent_id": agent.id}
    make_contact(session, campaign, now, next_call_at=now - timedelta(hours=1), **own)
    first = make_contact(session, campaign, now, next_call_at=now - timedelta(hours=2), **own)
    make_contact(session, campaign, now, next_call_at=now - A_DAY, state=ContactState.CLOSED, **own)
    make_contact(session, campaign, now, next_call_at=now + timedelta(seconds=1), **own)
    due = contacts.call_back_due(session, campaign.id, agent.id, now)
    assert due is not None
    assert due.id == first.id
    assert contacts.call_back_due(session, campaign.id, agent.id + 1, now) is None


def test_contacts_are_found_by_any_of_their_numbers(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    main = make_contact(session, campaign, now, phone="+13125550101")
    other = make_contact(session, campaign, now, other_phones=["+13125550101", "+13125550102"])
    make_contact(session, campaign, now)
    assert [one.id for one in contacts.with_phone(session, "+13125550101")] == [main.id, other.id]


def test_contacts_are_counted_by_state(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    make_contact(session, campaign, now, next_call_at=now)
    make_contact(session, campaign, now, next_call_at=now + timedelta(seconds=1))
    make_contact(session, campaign, now, state=ContactState.HELD)
    for _ in range(2):
        make_contact(session, campaign, now, state=ContactState.CLOSED)
    assert contacts.count_by_state(session, campaign.id, now) == {
        "waiting_now": 1,
        "waiting_later": 1,
        "held": 1,
        "closed": 2,
    }


def test_an_event_is_kept_once(session: Session, now: datetime) -> None:
    def event(word: str) -> CarrierEvent:
        return CarrierEvent(key="status:CA1:1", kind="status", payload={"word": word}, received_at=now)

    assert [carrier_events.keep(session, event(word)) for word in ("first", "second")] == [True, False]


def test_the_dial_queue_gives_the_best_once_and_forgets(session: Session) -> None:
    client = get_redis()
    dial_queue.add(client, 7, {11: 3.0, 12: 1.0, 13: 2.0})
    dial_queue.add(client, 7, {11: 0.5})
    dial_queue.add(client, 8, {})
    assert (dial_queue.depth(client, 7), dial_queue.depth(client, 8)) == (3, 0)
    assert dial_queue.take(client, 7, 2) == [11, 12]
    dial_queue.drop(client, 7, 13)
    assert dial_queue.take(client, 7, 5) == []


def test_counts_are_by_day(session: Session, now: datetime) -> None:
    client = get_redis()
    for day in (now, now, now + A_DAY):
        counters.count(client, counters.BAD_SIGNATURES, day.date())
    assert counters.counted(client, counters.BAD_SIGNATURES, now.date()) == 2
    assert counters.counted(client, counters.BAD_SIGNATURES, (now - A_DAY).date()) == 0
