"""Somebody calls whom the number's own campaigns do not know: no campaign dials her meanwhile."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.core.queue import Job
from dialer.domain.attempt import AttemptState
from dialer.services import attempts, claims, inbound, inbound_news
from dialer.services.inbound import Caller, CallerWaits, NobodyFree
from dialer.store import caller_ids
from dialer.store.callers import LONGEST_MESSAGE
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from tests.factories import (
    CALLER_ID,
    begin_placing,
    make_attempt,
    make_campaign,
    make_contact,
    own,
    phone,
    place,
)
from tests.house import commit, queued

STRANGER = phone()
A_MOMENT = timedelta(seconds=1)
ELSEWHERE = "+16175550100"


@pytest.fixture
def elsewhere(session: Session, now: datetime) -> Campaign:
    """A campaign that shows another number than the one she calls."""
    make_campaign(session, now)
    return of_another_number(session, now)


def of_another_number(session: Session, now: datetime) -> Campaign:
    own(session, now, ELSEWHERE)
    campaign = make_campaign(session, now, caller_id=ELSEWHERE)
    [number] = caller_ids.pool(session, campaign.id)
    number.phone = ELSEWHERE
    session.flush()
    return campaign


def calls(session: Session, now: datetime) -> None:
    plan = inbound.answer(session, Caller("CA1", STRANGER, CALLER_ID, now), now)
    assert isinstance(plan, NobodyFree)
    assert plan.attempt_id is None


def listed(session: Session, campaign: Campaign, now: datetime) -> Contact:
    return make_contact(session, campaign, now, phone=STRANGER)


def test_who_waits_for_our_own_call_to_her_to_end_is_not_dialled_meanwhile(
    session: Session, now: datetime, elsewhere: Campaign
) -> None:
    own_campaign = make_campaign(session, now)
    under_way = place(session, own_campaign, listed(session, own_campaign, now), now)
    contact = listed(session, elsewhere, now)
    plan = inbound.answer(session, Caller("CA1", STRANGER, own_campaign.caller_id, now), now)
    assert isinstance(plan, CallerWaits)
    attempts.progress(session, under_way, str(under_way.call_sid), "canceled", None, now)
    assert claims.claim(session, elsewhere, contact, now + A_MOMENT) is None


def test_a_list_that_comes_to_know_her_has_her_dialled_when_she_is_gone(
    session: Session, now: datetime, elsewhere: Campaign
) -> None:
    calls(session, now)
    contact = listed(session, elsewhere, now)
    soon, gone = now + A_MOMENT, now + LONGEST_MESSAGE + A_MOMENT
    assert claims.claim(session, elsewhere, contact, soon) is None
    assert claims.claim(session, elsewhere, contact, gone) is not None


def test_a_key_that_she_presses_shows_that_she_is_there_still(
    session: Session, now: datetime, elsewhere: Campaign
) -> None:
    calls(session, now)
    later = now + LONGEST_MESSAGE
    fields = {"CallSid": "CA1", "From": STRANGER, "To": CALLER_ID, "Digits": "5"}
    inbound_news.key_pressed(session, fields, "t", later)
    assert claims.claim(session, elsewhere, listed(session, elsewhere, now), later + A_MOMENT) is None


def test_what_is_under_way_to_her_gives_way(session: Session, now: datetime, elsewhere: Campaign) -> None:
    waiting = claims.claim(session, elsewhere, listed(session, elsewhere, now), now)
    assert waiting is not None
    calls(session, now)
    assert waiting.state is AttemptState.RELEASED
    waiting.phone = phone()
    contact = listed(session, of_another_number(session, now), now)
    ringing = make_attempt(session, contact, now, state=AttemptState.RINGING, caller_id=ELSEWHERE)
    calls(session, now)
    commit(session)
    assert (Job.HANG_UP, str(ringing.id)) in queued()


def test_a_claim_that_crossed_her_call_is_not_placed(
    session: Session, now: datetime, elsewhere: Campaign
) -> None:
    calls(session, now - LONGEST_MESSAGE)
    attempt = claims.claim(session, elsewhere, listed(session, elsewhere, now), now)
    assert attempt is not None
    attempt.phone = phone()
    calls(session, now)
    attempt.phone = STRANGER
    session.flush()
    assert begin_placing(session, attempt.id, now + A_MOMENT) is None
    assert attempt.state is AttemptState.RELEASED
