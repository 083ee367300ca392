"""A day of a campaign, from opening to close, and its books: what the calls say, what the agents say and what
the contacts say is the same, and nobody was called who should not have been, or when she should not."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.compliance import ABANDONMENT_LIMIT
from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.disposition import AGENT_MACHINE, CallBackScope, Effect
from dialer.domain.retry_plan import SAME_DAY_AT_MOST
from dialer.store.contacts import PRIORITY_CALL_BACK, PRIORITY_FRESH
from tests.simulation.campaign import ATTEMPTS_ALLOWED, LOOK, PLANS, WINDOW
from tests.simulation.day import HOURS, OPENS, WEIGHTS, Day
from tests.simulation.records import Attempt, Contact, Desk

TICK = timedelta(seconds=Day.at_least_every)
CLOSES = OPENS + timedelta(hours=HOURS)


@pytest.fixture(scope="module", params=[(8, 2200, 1), (15, 4000, 2)], ids=str)
def day(request: pytest.FixtureRequest) -> Day:
    agents, contacts, seed = request.param
    return Day(agents, contacts, seed).play()


def seconds(spans: Iterator[tuple[datetime | None, datetime | None]]) -> float:
    return sum((until - since).total_seconds() for since, until in spans if since and until)


def effect(attempt: Attempt) -> Effect:
    return PLANS[attempt.disposition].effect


def test_every_contact_loaded_is_waiting_or_closed_and_her_calls_say_why(day: Day) -> None:
    contacts = day.campaign.contacts
    waiting = [one for one in contacts if one.state is ContactState.WAITING]
    by_reason = Counter(one.closed_reason for one in contacts if one.state is ContactState.CLOSED)
    assert len(waiting) + by_reason.total() == len(contacts)
    assert day.campaign.waiting == len(waiting)
    last = Counter(effect(one.attempts[-1]) for one in contacts if one.attempts)
    refused = [one for one in contacts if not one.attempts and one.state is ContactState.CLOSED]
    assert by_reason[ClosedReason.LEAD] == last[Effect.MAKE_LEAD]
    assert by_reason[ClosedReason.DISQUALIFIED] == last[Effect.DISQUALIFY]
    assert by_reason[ClosedReason.WRONG_NUMBER] == last[Effect.WRONG_NUMBER]
    suppressed = sum(one.is_suppressed for one in refused)
    assert by_reason[ClosedReason.SUPPRESSED] == last[Effect.SUPPRESS] + suppressed
    assert by_reason[ClosedReason.UNKNOWN_PLACE] == len(refused) - suppressed
    assert all(one.is_suppressed or not one.zones for one in refused)
    tried_again = sum(one.state is ContactState.WAITING for one in contacts if one.attempts)
    assert by_reason[ClosedReason.EXHAUSTED] == last[Effect.RETRY] + last[Effect.CALL_BACK] - tried_again
    for one in contacts:
        if one.closed_reason is ClosedReason.EXHAUSTED:
            assert is_given_up(one)


def is_given_up(contact: Contact) -> bool:
    row = PLANS[contact.attempts[-1].disposition]
    ended_so = sum(one.disposition == row.code for one in contact.attempts)
    return len(contact.tries) >= ATTEMPTS_ALLOWED or ended_so == row.retry_at_most > 0


def test_every_attempt_has_one_end(day: Day) -> None:
    totals, outcomes = day.snapshot.totals, Counter(one.outcome for one in day.attempts)
    assert len(day.attempts) == totals.dialled == outcomes.total()
    assert sum(len(one.attempts) for one in day.campaign.contacts) == totals.dialled
    assert outcomes[Outcome.NO_ANSWER] == totals.no_answer
    assert outcomes[Outcome.MACHINE] == totals.machine
    assert outcomes[Outcome.BUSY] + outcomes[Outcome.FAILED] == totals.failed
    assert outcomes[Outcome.ANSWERED] == totals.live
    assert {one.state for one in day.attempts} == {AttemptState.CLOSED}
    assert all(one.disposition and one.closed_at for one in day.attempts)


def test_whoever_was_answered_was_joined_or_abandoned(day: Day) -> None:
    totals = day.snapshot.totals
    joined = [one for one in day.attempts if one.connected_at]
    abandoned = [one for one in day.attempts if one.abandoned_at]
    assert (len(joined), len(abandoned)) == (totals.connected, totals.abandoned)
    assert totals.live == len(joined) + len(abandoned)
    people = [one for one in day.attempts if one.is_person]
    lost = [one for one in people if one.outcome is Outcome.MACHINE]
    assert len(people) == sum(one.is_person for one in [*joined, *abandoned]) + len(lost)
    mistaken = [one for one in joined if not one.is_person]
    assert {one.disposition for one in mistaken} == {AGENT_MACHINE}
    assert lost
    assert mistaken


def test_the_agents_seconds_are_those_of_their_calls(day: Day) -> None:
    for desk in day.desks.values():
        joined = [one for one in day.attempts if one.desk is desk]
        held = [one for one in day.attempts if one.held is desk]
        assert desk.seconds(SessionState.ON_CALL) == pytest.approx(
            seconds((one.connected_at, one.ended_at) for one in joined)
        )
        assert desk.seconds(SessionState.WRAP_UP) == pytest.approx(
            seconds((one.ended_at, one.closed_at) for one in joined)
        )
        assert desk.seconds(SessionState.RESERVED) == pytest.approx(
            seconds((one.claimed_at, one.connected_at or one.closed_at) for one in held)
        )
        assert desk.attempt is None


def test_an_agents_states_add_up_to_her_shift_to_the_second(day: Day) -> None:
    for desk in day.desks.values():
        assert desk.signed_off is not None
        assert all(before.until == after.since for before, after in pairwise(desk.spans))
        assert (desk.spans[0].since, desk.spans[-1].until) == (desk.signed_on, desk.signed_off)
        shift = (desk.signed_off - desk.signed_on).total_seconds()
        assert sum(map(desk.seconds, SessionState)) == pytest.approx(shift)
    assert any(desk.signed_on > OPENS for desk in day.desks.values())
    assert any(desk.seconds(SessionState.PAUSED) for desk in day.desks.values())


def test_nobody_was_called_outside_of_her_window_or_unlawfully(day: Day) -> None:
    for one in day.attempts:
        assert one.contact.zones
        assert is_open(one.contact, one.claimed_at)
    zones = {zone for one in day.attempts for zone in one.contact.zones}
    assert "Pacific/Honolulu" in zones
    for contact in day.campaign.contacts:
        said = [effect(one) for one in contact.attempts]
        assert Effect.SUPPRESS not in said[:-1]
        assert not (contact.is_suppressed and said and said[-1] is not Effect.SUPPRESS)


def test_nobody_was_called_more_often_or_sooner_than_planned(day: Day) -> None:
    for contact in day.campaign.contacts:
        made = [one for one in contact.attempts if one.priority > PRIORITY_CALL_BACK]
        agreed = len(contact.attempts) - len(made)
        assert len(contact.tries) <= ATTEMPTS_ALLOWED + agreed
        for before, after in pairwise(contact.attempts):
            assert before.closed_at is not None
            row = PLANS[before.disposition]
            if row.effect is Effect.CALL_BACK:
                assert before.agreed_at is not None
                assert after.claimed_at >= before.agreed_at
            else:
                assert row.effect is Effect.RETRY
                assert after.claimed_at >= before.closed_at + timedelta(minutes=row.retry_minutes)
                assert not row.retry_spread
                assert retries_on_that_day(contact, after) <= SAME_DAY_AT_MOST
    assert max(len(one.attempts) for one in day.campaign.contacts) > 2


def retries_on_that_day(contact: Contact, attempt: Attempt) -> int:
    home = ZoneInfo(contact.zones[0])
    that_day = attempt.claimed_at.astimezone(home).date()
    tries = [at for at in contact.tries if at <= attempt.claimed_at]
    return sum(at.astimezone(home).date() == that_day for at in tries)


def test_call_backs_were_made_on_time(day: Day) -> None:
    """Her own agent's as soon as he is free, anyone's before all other calls."""
    kept = [
        (before, after)
        for contact in day.campaign.contacts
        for before, after in pairwise(contact.attempts)
        if before.agreed_at is not None
    ]
    for before, after in kept:
        desk = before.desk
        assert desk is not None
        assert after.priority == PRIORITY_CALL_BACK
        if after.held is desk:
            assert idle(desk, after.due_at, after.claimed_at) <= TICK
        elif not was_abandoned_before(after):
            assert passed_over(day, after, anyones_from(before, after)) == []
    assert {after.held is not None for _, after in kept} == {True, False}
    forgotten = [
        last.contact
        for last in (contact.attempts[-1] for contact in day.campaign.contacts if contact.attempts)
        if last.agreed_at is not None and last.agreed_at < CLOSES - timedelta(hours=1)
    ]
    assert all(not is_open(contact, CLOSES) for contact in forgotten)


def anyones_from(agreed: Attempt, made: Attempt) -> datetime:
    """When anyone could make it: at once, or when the agent who agreed it has gone home."""
    if agreed.scope is CallBackScope.ANYONE:
        return made.due_at
    assert agreed.desk is not None
    assert agreed.desk.signed_off is not None
    return max(made.due_at, agreed.desk.signed_off)


def passed_over(day: Day, call_back: Attempt, since: datetime) -> list[Attempt]:
    """Calls of lower rank that were placed while it was due."""
    first = since + LOOK + TICK
    return [
        other
        for other in day.attempts
        if other.priority > PRIORITY_CALL_BACK and first < other.claimed_at < call_back.claimed_at
    ]


def is_open(contact: Contact, at: datetime) -> bool:
    return all(WINDOW.is_open(at, zone) for zone in contact.zones)


def idle(desk: Desk, since: datetime, until: datetime) -> timedelta:
    """How long the agent was ready in the meantime, at once."""
    spans = [span for span in desk.spans if span.state is SessionState.READY]
    overlaps = [min(span.until, until) - max(span.since, since) for span in spans]
    return max(overlaps, default=timedelta(0))


def test_whoever_was_abandoned_was_called_with_an_agent_held(day: Day) -> None:
    again = [one for one in day.attempts if was_abandoned_before(one)]
    assert again
    assert all(one.held is not None for one in again)
    assert not any(one.abandoned_at for one in day.attempts if one.held is not None)


def was_abandoned_before(attempt: Attempt) -> bool:
    abandoned_at = attempt.contact.abandoned_at
    return abandoned_at is not None and abandoned_at < attempt.claimed_at


def test_the_share_of_abandoned_calls_stays_under_the_limit(day: Day) -> None:
    totals = day.snapshot.totals
    assert totals.live > 300
    assert 0 < totals.abandoned < ABANDONMENT_LIMIT * totals.live


def test_the_lists_have_their_share_of_the_fresh_calls(day: Day) -> None:
    fresh = [one.contact.call_list for one in day.attempts if one.priority == PRIORITY_FRESH]
    first = Counter(fresh[:200])
    for call_list, weight in WEIGHTS.items():
        assert first[call_list] == pytest.approx(2 * weight, abs=12)


def test_the_same_seed_makes_the_same_day() -> None:
    one, other = (Day(8, 400, 5, hours=3.0).play() for _ in range(2))
    told = [
        [(attempt.contact.id, attempt.claimed_at, attempt.disposition) for attempt in day.attempts]
        for day in (one, other)
    ]
    assert told[0] == told[1] != []
