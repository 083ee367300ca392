"""A campaign's pool: shown under its cap, near and as before; rested, used again, removed with a word."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from dialer.core import heartbeat
from dialer.core.database import transaction
from dialer.core.errors import Conflict, NotFound
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.campaign import DialMode
from dialer.services import caller_ids, campaigns, claims, why_not_dialled
from dialer.services.campaigns import CampaignDraft
from dialer.store import caller_ids as rows
from dialer.store.attempts import Attempt
from dialer.store.audit import AuditEntry
from dialer.store.caller_ids import CallerId
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from tests.factories import (
    CALLER_ID,
    make_attempt,
    make_campaign,
    make_client,
    make_contact,
    make_session,
    make_user,
    own,
    pace,
    place,
)
from tests.house import somebody_waits_for_a_lock, wait_for

BOSTON, MIAMI = "+16175550100", "+13055550100"
BUDGET = 50


def with_pool(session: Session, now: datetime, *phones: str, **over: Any) -> Campaign:
    """A running campaign whose pool holds these beside its caller id, all of them our own."""
    campaign = make_campaign(session, now, **over)
    own(session, now, *phones)
    for phone in phones:
        assert rows.include(session, campaign.id, phone, now - timedelta(days=30))
    row_of(session, campaign, CALLER_ID).added_at = now - timedelta(days=30)
    session.flush()
    return campaign


def row_of(session: Session, campaign: Campaign, phone: str) -> CallerId:
    return next(row for row in rows.pool(session, campaign.id) if row.phone == phone)


def used(session: Session, campaign: Campaign, phone: str, times: int, at: datetime, **over: Any) -> None:
    for _ in range(times):
        contact = make_contact(session, campaign, at)
        make_attempt(session, contact, at, caller_id=phone, state=AttemptState.CLOSED, **over)


def shown(session: Session, campaign: Campaign) -> list[str]:
    found = session.exec(select(Attempt).where(Attempt.campaign_id == campaign.id)).all()
    return sorted(attempt.caller_id for attempt in found)


def test_the_campaigns_caller_id_is_always_in_its_pool(session: Session, now: datetime) -> None:
    client = make_client(session, now)
    draft = CampaignDraft("solar", "Solar", client.id, "home-energy-check", CALLER_ID)
    campaign = campaigns.create(session, draft, None, now)
    assert [row.phone for row in rows.pool(session, campaign.id)] == [CALLER_ID]


def test_calls_are_spread_over_the_pool_and_end_at_its_cap(session: Session, now: datetime) -> None:
    campaign = with_pool(session, now, BOSTON, caller_id_calls_per_day=2)
    for _ in range(6):
        make_session(session, campaign, now)
        make_contact(session, campaign, now)
    assert pace(session, campaign, now) == 4
    assert shown(session, campaign) == [CALLER_ID, CALLER_ID, BOSTON, BOSTON]
    assert pace(session, campaign, now) == 0
    midnight_in_chicago = datetime(2026, 12, 2, 6, 0, tzinfo=UTC)
    assert caller_ids.AtHand(session, campaign, midnight_in_chicago - timedelta(seconds=1)).calls_left() == 0
    assert caller_ids.AtHand(session, campaign, midnight_in_chicago).calls_left() == 4


def test_what_counts_is_every_call_that_showed_the_number_today(session: Session, now: datetime) -> None:
    campaign, other = with_pool(session, now, caller_id_calls_per_day=10), with_pool(session, now)
    used(session, other, CALLER_ID, 2, now)
    used(session, campaign, CALLER_ID, 1, now)
    used(session, campaign, CALLER_ID, 1, now, is_inbound=True)
    used(session, campaign, CALLER_ID, 1, now - timedelta(days=1))
    for state in (AttemptState.REFUSED, AttemptState.RELEASED):
        make_attempt(session, make_contact(session, campaign, now), now, state=state)
    assert caller_ids.AtHand(session, campaign, now).calls_left() == 7


def test_nearest_first_then_the_number_of_before(session: Session, now: datetime) -> None:
    campaign = with_pool(session, now, BOSTON, MIAMI, local_presence=True)
    in_boston = make_contact(session, campaign, now, phone="+16175550142")
    first = place(session, campaign, in_boston, now)
    assert first.caller_id == BOSTON
    used(session, campaign, BOSTON, 3, now)
    campaign.local_presence = False
    first.state, first.call_ended_at = AttemptState.CLOSED, now
    again = claims.claim(session, campaign, in_boston, now)
    assert again is not None
    assert again.caller_id == BOSTON


def test_a_call_that_was_never_placed_shows_nobody_a_number(session: Session, now: datetime) -> None:
    campaign = with_pool(session, now, BOSTON)
    contact = make_contact(session, campaign, now, attempts_made=1)
    make_attempt(session, contact, now, caller_id=BOSTON, state=AttemptState.RELEASED)
    used(session, campaign, BOSTON, 1, now)
    assert caller_ids.AtHand(session, campaign, now).choose(contact) == CALLER_ID


def test_rested_or_lost_numbers_are_not_shown_and_the_page_says_why(session: Session, now: datetime) -> None:
    campaign = with_pool(session, now, BOSTON, MIAMI, caller_id_calls_per_day=1)
    agent = make_session(session, campaign, now)
    make_contact(session, campaign, now)
    used(session, campaign, CALLER_ID, 1, now)
    caller_ids.rest(session, campaign, row_of(session, campaign, BOSTON).id, make_user(session, now).id, now)
    session.delete(session.get_one(rows.AccountNumber, MIAMI))
    session.flush()
    assert pace(session, campaign, now) == 0
    for process in heartbeat.Process:
        heartbeat.beat(process)
    why = why_not_dialled.explain(session, campaign, now)
    assert not why.dialling
    assert why.headline == (
        "No caller id may be shown: of 3 in the pool, 1 at their cap of 1 calls a day, until "
        "Wednesday 00:00 CST; 1 rested until a supervisor uses them again; "
        "1 no longer among the account's numbers at Twilio."
    )
    assert {line.phone: line.state for line in caller_ids.listing(session, campaign, now)} == {
        CALLER_ID: "at_cap",
        MIAMI: "not_own",
        BOSTON: "rested",
    }
    assert agent.state is SessionState.READY


def test_while_the_carrier_has_listed_nothing_the_pool_is_used(session: Session, now: datetime) -> None:
    campaign = with_pool(session, now)
    session.delete(session.get_one(rows.AccountNumber, CALLER_ID))
    session.flush()
    assert caller_ids.AtHand(session, campaign, now).calls_left() == campaign.caller_id_calls_per_day


def test_without_a_number_no_preview_is_offered_and_no_call_back_taken(
    session: Session, now: datetime
) -> None:
    campaign = with_pool(session, now, caller_id_calls_per_day=1, dial_mode=DialMode.PREVIEW)
    used(session, campaign, CALLER_ID, 1, now)
    agent = make_session(session, campaign, now)
    make_contact(session, campaign, now)
    make_contact(session, campaign, now, call_back_agent_id=agent.user_id)
    assert pace(session, campaign, now) == 0
    assert (agent.state, agent.preview_contact_id) == (SessionState.READY, None)
    assert claims.claim(session, campaign, make_contact(session, campaign, now), now) is None


def test_numbers_are_pasted_and_only_our_own_are_added(session: Session, now: datetime) -> None:
    campaign, user = with_pool(session, now), make_user(session, now)
    own(session, now, BOSTON, MIAMI)
    pasted = f"+1 617 555 0100\n{MIAMI}, {CALLER_ID}; +12125550177\r\n\nour number"
    added = caller_ids.add(session, campaign, pasted, user.id, now)
    assert added.count == 2
    there, not_ours, no_number = added.refused.values()
    assert there == f"{CALLER_ID} is in the pool already."
    assert not_ours.startswith("+12125550177 is not one of the account's numbers at Twilio.")
    assert "“our number” is no telephone number" in no_number
    assert {row.phone for row in rows.pool(session, campaign.id)} == {CALLER_ID, BOSTON, MIAMI}
    entry = session.exec(select(AuditEntry).where(AuditEntry.action == "caller_ids_added")).one()
    assert (entry.user_id, entry.detail["numbers"]) == (user.id, [BOSTON, MIAMI])


def test_a_number_goes_with_a_word(session: Session, now: datetime) -> None:
    campaign, user = with_pool(session, now, BOSTON), make_user(session, now)
    main, boston = row_of(session, campaign, CALLER_ID), row_of(session, campaign, BOSTON)
    with pytest.raises(Conflict, match="is the campaign's caller id: set another one first"):
        caller_ids.remove(session, campaign, main.id, user.id, now)
    attempt = make_attempt(session, make_contact(session, campaign, now), now, caller_id=BOSTON)
    with pytest.raises(Conflict, match="now: rest it, and remove it when they are over"):
        caller_ids.remove(session, campaign, boston.id, user.id, now)
    attempt.state = AttemptState.CLOSED
    caller_ids.rest(session, campaign, main.id, user.id, now)
    for change in (caller_ids.rest, caller_ids.remove):
        with pytest.raises(Conflict, match="is the last number in use"):
            change(session, campaign, boston.id, user.id, now)
    caller_ids.use_again(session, campaign, main.id, user.id, now)
    caller_ids.remove(session, campaign, boston.id, user.id, now)
    assert [row.phone for row in rows.pool(session, campaign.id)] == [CALLER_ID]
    with pytest.raises(NotFound):
        caller_ids.use_again(session, campaign, boston.id, user.id, now)
    elsewhere = with_pool(session, now)
    with pytest.raises(NotFound):
        caller_ids.rest(session, elsewhere, main.id, user.id, now)


def called(session: Session, campaign: Campaign, phone: str, calls: int, answers: int, at: datetime) -> None:
    used(session, campaign, phone, answers, at, outcome=Outcome.ANSWERED)
    used(session, campaign, phone, calls - answers, at, outcome=Outcome.NO_ANSWER)


def test_a_number_that_nobody_answers_is_rested_and_can_be_used_again(
    session: Session, now: datetime
) -> None:
    campaign, day = with_pool(session, now, BOSTON), timedelta(days=1)
    called(session, campaign, CALLER_ID, 200, 80, now - day)
    called(session, campaign, BOSTON, 200, 10, now - day)
    called(session, campaign, BOSTON, 300, 300, now - 8 * day)
    used(session, campaign, BOSTON, 5, now - day, outcome=Outcome.FAILED)
    before = {line.phone: line for line in caller_ids.listing(session, campaign, now)}
    assert (before[BOSTON].calls_in_period, before[BOSTON].answer_rate) == (200, 0.05)
    for _ in range(2):
        caller_ids.rest_unanswered(session, now)
    boston = row_of(session, campaign, BOSTON)
    assert (boston.rested_at, row_of(session, campaign, CALLER_ID).rested_at) == (now, None)
    assert boston.rest_reason == (
        "People answered 5% of its last 200 calls; the rest of its pool would have had 40%."
    )
    entry = session.exec(select(AuditEntry).where(AuditEntry.action == "caller_id_rested")).one()
    assert (entry.user_id, entry.detail["number"], entry.subject) == (
        None,
        BOSTON,
        f"campaign {campaign.slug}",
    )
    caller_ids.use_again(session, campaign, boston.id, make_user(session, now).id, now)
    caller_ids.rest_unanswered(session, now)
    assert (boston.rested_at, boston.rest_reason) == (None, "")
    after = {line.phone: line for line in caller_ids.listing(session, campaign, now)}
    assert (after[BOSTON].state, after[BOSTON].calls_in_period) == ("in_use", 0)


def test_first_calls_and_later_ones_are_told_apart(session: Session, now: datetime) -> None:
    campaign, day = with_pool(session, now), timedelta(days=1)
    contact, gone = make_contact(session, campaign, now), {"state": AttemptState.CLOSED}
    for days, outcome in ((3, Outcome.BUSY), (2, Outcome.NO_ANSWER), (1, Outcome.ANSWERED)):
        make_attempt(session, contact, now - days * day, outcome=outcome, **gone)
    used(session, campaign, CALLER_ID, 2, now, outcome=Outcome.ANSWERED)
    used(session, campaign, CALLER_ID, 1, now, outcome=Outcome.ANSWERED, is_inbound=True)
    found = rows.results_by_try(session, campaign.id, now - 7 * day)
    assert found == {(CALLER_ID, False): (3, 2), (CALLER_ID, True): (2, 1)}


def test_the_only_number_is_never_rested_by_itself(session: Session, now: datetime) -> None:
    campaign = with_pool(session, now)
    called(session, campaign, CALLER_ID, 3, 0, now)
    caller_ids.rest_unanswered(session, now)
    assert row_of(session, campaign, CALLER_ID).rested_at is None


def test_two_campaigns_that_share_a_number_stay_under_its_cap_together(
    session: Session, now: datetime
) -> None:
    one, other = (with_pool(session, now, caller_id_calls_per_day=1) for _ in range(2))
    people = [make_contact(session, campaign, now) for campaign in (one, other)]
    session.commit()

    def second() -> Attempt | None:
        with transaction() as another:
            campaign, contact = another.get_one(Campaign, other.id), another.get_one(Contact, people[1].id)
            return claims.claim(another, campaign, contact, now)

    with ThreadPoolExecutor(1) as thread:
        assert claims.claim(session, one, people[0], now) is not None
        begun = thread.submit(second)
        wait_for(lambda: begun.done() or somebody_waits_for_a_lock())
        session.commit()
        assert begun.result() is None
