"""Abandoned calls for people: the page with the evidence, its download, the alarm where supervisors are."""

import csv
import io
from datetime import datetime, timedelta

import httpx
import pytest
from sqlmodel import Session

from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.user import Role
from dialer.services import abandonment
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from tests.factories import make_attempt, make_campaign, make_contact
from tests.house import commit
from tests.web.visitor import Visitor, sign_in, words

PAGE = "/manager/abandoned-calls"


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.SUPERVISOR)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now, started_at=now - timedelta(days=40))


def missed(session: Session, campaign: Campaign, at: datetime, name: str = "Imani") -> Attempt:
    """She heard the message from two seconds after the answer on, for fifteen."""
    began = at + timedelta(seconds=2.1)
    return make_attempt(
        session,
        make_contact(session, campaign, at, first_name=name),
        at,
        state=AttemptState.CLOSED,
        outcome=Outcome.ANSWERED,
        answered_at=at,
        is_abandoned=True,
        abandoned_at=began,
        message_text='=Hello. This is "Kestrel".',
        message_began_at=began,
        message_ended_at=began + timedelta(seconds=15),
        call_ended_at=began + timedelta(seconds=15),
    )


def met(session: Session, campaign: Campaign, at: datetime, **over: object) -> Attempt:
    contact = make_contact(session, campaign, at)
    times = {"answered_at": at, "connected_at": at}
    return make_attempt(session, contact, at, state=AttemptState.CLOSED, **times | over)


def test_nothing_abandoned_is_told(supervisor: Visitor, session: Session, campaign: Campaign) -> None:
    commit(session)
    assert "No call was abandoned" in supervisor.read(f"{PAGE}/{campaign.slug}")
    assert supervisor.get(f"{PAGE}/nowhere").status_code == 404


def test_every_call_is_shown_with_its_evidence(
    supervisor: Visitor, session: Session, now: datetime, campaign: Campaign
) -> None:
    missed(session, campaign, now)
    late = {"is_abandoned": True, "connected_at": now + timedelta(seconds=4)}
    met(session, campaign, now - timedelta(days=2), **late | {"connected_at": now - timedelta(days=1.9)})
    met(session, campaign, now - timedelta(days=15))
    met(session, campaign, now)
    commit(session)
    shown = supervisor.read(f"{PAGE}/{campaign.slug}")
    assert "This block of 30 days 66.7% 2 of 3 people who answered" in shown
    assert "The last 30 days 50.0% 2 of 4 people who answered" in shown
    assert "The last 24 hours 50.0% 1 of 2 people who answered" in shown
    assert "12:30:00.0 Tue 1 Dec 2.1 s Nobody was free 12:30:02.1 to 12:30:17.1" in shown
    assert "Joined too late" in shown
    assert 'This is "Kestrel"' in shown
    listed = supervisor.read(PAGE)
    assert f"{campaign.name} for Client" in listed
    assert "4 2 50.0%" in listed


def test_all_of_them_are_downloaded(
    supervisor: Visitor, session: Session, now: datetime, campaign: Campaign
) -> None:
    attempt = missed(session, campaign, now)
    missed(session, make_campaign(session, now), now)
    commit(session)
    answer = supervisor.get(f"{PAGE}/{campaign.slug}/calls.csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="abandoned-{campaign.slug}.csv"'
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert row == {
        "attempt": str(attempt.id),
        "call_sid": attempt.call_sid,
        "contact": str(attempt.contact_id),
        "phone": attempt.phone,
        "answered_at": "2026-12-01T12:30:00.000-06:00",
        "waited_seconds": "2.100",
        "what_happened": "Nobody was free",
        "joined_at": "",
        "message_began_at": "2026-12-01T12:30:02.100-06:00",
        "message_ended_at": "2026-12-01T12:30:17.100-06:00",
        "message": '\'=Hello. This is "Kestrel".',
    }


def test_alarm_and_brake_are_told_on_the_floor_and_at_the_campaign(
    supervisor: Visitor, session: Session, now: datetime, campaign: Campaign
) -> None:
    missed(session, campaign, now)
    for _ in range(39):
        met(session, campaign, now)
    abandonment.watch(session, campaign, now)
    commit(session)
    alarm = "1 of 40 people who answered were abandoned (2.5%); from 3.0% on the campaign is braked."
    for path in (
        "/supervisor/floor/live",
        f"/supervisor/campaigns/{campaign.slug}",
        f"{PAGE}/{campaign.slug}",
    ):
        assert alarm in supervisor.read(path), path
    assert "Near its limit" in supervisor.read(PAGE)
    missed(session, campaign, now)
    abandonment.watch(session, campaign, now)
    commit(session)
    floor = supervisor.get("/supervisor/floor/live")
    assert "Braked to one call for each free agent: 2 of 41 people who answered" in words(floor)
    assert f'href="{PAGE}/{campaign.slug}"' in floor.text
    assert "Braked" in supervisor.read(PAGE)


def test_a_manager_sees_the_calls_and_no_way_to_what_she_may_not_see(
    web: httpx.Client, session: Session, now: datetime, campaign: Campaign
) -> None:
    missed(session, campaign, now)
    manager = sign_in(web, session, now, Role.MANAGER)
    shown = manager.get(f"{PAGE}/{campaign.slug}")
    assert "Imani Okafor" in words(shown)
    assert "/supervisor/" not in shown.text
