"""The pool on a campaign's page: seen, added to, rested, used again, removed; numbers that are not ours."""

import socket
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest
from sqlmodel import Session

from dialer.app import create_app
from dialer.core.clock import utc_now
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.campaign import CampaignState
from dialer.domain.user import Role
from dialer.services import campaign_settings
from dialer.store import caller_ids
from dialer.store.caller_ids import AccountNumber
from dialer.store.campaigns import Campaign, by_slug
from tests.factories import CALLER_ID, make_attempt, make_campaign, make_contact, own
from tests.house import commit, served
from tests.sandbox.servers import Twilio
from tests.web.visitor import Visitor, sign_in, toast, words

BOSTON, NOT_OURS = "+16175550100", "+12125550177"
CAMPAIGNS = "/supervisor/campaigns"


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.SUPERVISOR)


@pytest.fixture
def at_the_sandbox(sandbox: Twilio, session: Session) -> Iterator[Visitor]:
    """A supervisor of a web process whose carrier is the sandbox."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with (
            served(create_app(), listener),
            httpx.Client(base_url=address, trust_env=False, timeout=15) as client,
        ):
            yield sign_in(client, session, utc_now(), Role.SUPERVISOR)


def pool_of(session: Session, campaign: Campaign) -> dict[str, bool]:
    """Each number, and whether it is rested."""
    session.expire_all()
    return {row.phone: row.rested_at is not None for row in caller_ids.pool(session, campaign.id)}


def id_of(session: Session, campaign: Campaign, phone: str) -> int:
    return next(row.id for row in caller_ids.pool(session, campaign.id) if row.phone == phone)


def test_the_page_shows_how_each_number_does(supervisor: Visitor, session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, caller_id_calls_per_day=300)
    own(session, now, BOSTON)
    caller_ids.include(session, campaign.id, BOSTON, now)
    for outcome in (Outcome.ANSWERED, Outcome.BUSY, Outcome.NO_ANSWER, Outcome.MACHINE):
        closed = {"state": AttemptState.CLOSED, "outcome": outcome}
        make_attempt(session, make_contact(session, campaign, now), now, caller_id=BOSTON, **closed)
    commit(session)
    shown = supervisor.read(f"{CAMPAIGNS}/{campaign.slug}")
    assert "+1 312-555-0100 the main number In use 0 no calls yet" in shown
    assert "+1 617-555-0100 In use 4 25.0% of 4" in shown


def test_several_numbers_are_added_at_once(supervisor: Visitor, session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    own(session, now, BOSTON)
    commit(session)
    path = f"{CAMPAIGNS}/{campaign.slug}/caller-ids"
    answer = supervisor.post(path, {"numbers": f"{BOSTON}\n{NOT_OURS}"}, htmx=True)
    assert answer.status_code == 200
    assert f"{NOT_OURS} is not one of the account's numbers at Twilio." in words(answer)
    assert "+1 617-555-0100 In use" in words(answer)
    assert pool_of(session, campaign) == {CALLER_ID: False, BOSTON: False}


def test_a_number_is_rested_used_again_and_removed(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    own(session, now, BOSTON)
    caller_ids.include(session, campaign.id, BOSTON, now)
    commit(session)
    path = f"{CAMPAIGNS}/{campaign.slug}/caller-ids/{id_of(session, campaign, BOSTON)}"
    assert "Rested By a supervisor." in words(supervisor.post(f"{path}/rest", htmx=True))
    assert pool_of(session, campaign) == {CALLER_ID: False, BOSTON: True}
    main = f"{CAMPAIGNS}/{campaign.slug}/caller-ids/{id_of(session, campaign, CALLER_ID)}"
    refused = supervisor.post(f"{main}/rest", htmx=True)
    assert refused.status_code == 409
    assert "is the last number in use" in refused.headers["X-Message"]
    assert "Rested" not in words(supervisor.post(f"{path}/use", htmx=True))
    assert "617" not in words(supervisor.post(f"{path}/remove", htmx=True))
    assert pool_of(session, campaign) == {CALLER_ID: False}
    gone = supervisor.post(f"{path}/rest", htmx=True)
    assert gone.status_code == 404
    assert "not in the campaign's pool any more" in gone.headers["X-Message"]


def test_out_of_reach_the_list_of_before_counts_or_it_says_so(
    supervisor: Visitor, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now, state=CampaignState.DRAFT)
    make_contact(session, campaign, now)
    session.delete(session.get_one(AccountNumber, CALLER_ID))
    commit(session)
    page = f"{CAMPAIGNS}/{campaign.slug}"
    refused = toast(supervisor.post(f"{page}/start"), supervisor)
    assert "can't start yet. Caller id: Twilio has not listed any number of the account" in refused
    own(session, now, CALLER_ID)
    commit(session)
    assert "is running" in toast(supervisor.post(f"{page}/start"), supervisor)


def test_a_number_that_is_not_known_is_asked_for_at_once(at_the_sandbox: Visitor, session: Session) -> None:
    form = campaign_settings.blank() | {
        "name": "Autumn offer",
        "client_id": "new",
        "client_name": "Kestrel Homes",
        "client_callback_number": "+13125550188",
        "script_slug": "home-energy-check",
    }
    refused = at_the_sandbox.post(CAMPAIGNS, form | {"caller_id": NOT_OURS})
    assert refused.status_code == 422
    assert f"{NOT_OURS} is not one of the account's numbers at Twilio." in words(refused)
    assert at_the_sandbox.post(CAMPAIGNS, form | {"caller_id": BOSTON}).status_code == 303
    campaign = by_slug(session, "autumn-offer")
    assert campaign is not None
    assert pool_of(session, campaign) == {BOSTON: False}
    stored = campaign_settings.as_form(campaign) | {"caller_id": CALLER_ID}
    assert at_the_sandbox.post(f"{CAMPAIGNS}/autumn-offer", stored).status_code == 303
    assert pool_of(session, campaign) == {BOSTON: False, CALLER_ID: False}


def test_a_campaign_whose_number_was_given_back_does_not_start(
    at_the_sandbox: Visitor, session: Session
) -> None:
    campaign = make_campaign(session, utc_now(), state=CampaignState.DRAFT, caller_id=NOT_OURS)
    make_contact(session, campaign, utc_now())
    commit(session)
    refused = toast(at_the_sandbox.post(f"{CAMPAIGNS}/{campaign.slug}/start"), at_the_sandbox)
    assert f"Caller id: {NOT_OURS} is not one of the account's numbers at Twilio." in refused
