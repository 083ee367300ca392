"""The dial queue on a campaign's page: retry plans, the filter and its count, weights of call lists."""

from datetime import datetime

import httpx
import pytest
from sqlmodel import Session, select

from dialer.core.queue import Job
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.user import Role
from dialer.store import dispositions
from dialer.store.audit import AuditEntry
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign
from tests.factories import make_attempt, make_campaign, make_contact
from tests.house import commit, queued
from tests.web.visitor import Visitor, sign_in, toast, words


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.SUPERVISOR)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    campaign = make_campaign(session, now)
    make_contact(session, campaign, now, city="Chicago", custom={"roof": "flat"})
    make_contact(session, campaign, now, city="Denver")
    session.commit()
    return campaign


def path_of(campaign: Campaign, *more: str) -> str:
    return "/".join(["/supervisor/campaigns", campaign.slug, *more])


def plans_as_sent(session: Session, campaign: Campaign, **over: str) -> dict[str, str]:
    form = {"learns_hours": "yes"}
    for row in dispositions.of_campaign(session, campaign.id):
        form |= {f"delay_{row.id}": "2", f"unit_{row.id}": "hours", f"at_most_{row.id}": "0"}
    return form | over


def notes(session: Session, action: str) -> list[AuditEntry]:
    session.expire_all()
    return list(session.exec(select(AuditEntry).where(AuditEntry.action == action)))


def test_the_page_shows_plans_gain_filter_and_weights(
    supervisor: Visitor, session: Session, now: datetime, campaign: Campaign
) -> None:
    for learned, outcome in ((True, Outcome.ANSWERED), (True, Outcome.BUSY), (False, Outcome.BUSY)):
        over = {"state": AttemptState.CLOSED, "outcome": outcome, "hour_was_learned": learned}
        make_attempt(session, make_contact(session, campaign, now), now, **over)
    commit(session)
    shown = supervisor.read(path_of(campaign))
    assert "Retry plans" in shown
    assert (
        "50.0% of 2 contacts tried at learned hours answered, and 0.0% of 1 contact left to the plan: "
        "+50.0 points" in shown
    )
    assert "whoever meets all of it is dialled" in shown
    assert "a list of weight 0 rests" in shown


def test_plans_are_saved_together_and_noted(
    supervisor: Visitor, session: Session, campaign: Campaign
) -> None:
    busy = dispositions.by_code(session, campaign.id, "busy")
    assert busy is not None
    form = plans_as_sent(session, campaign, **{f"spread_{busy.id}": "yes", f"at_most_{busy.id}": "4"})
    del form["learns_hours"]
    answer = supervisor.post(path_of(campaign, "retry-plans"), form, htmx=True)
    assert (answer.status_code, "The retry plans are saved" in words(answer)) == (200, True)
    (note,) = notes(session, "retry_plans_set")
    assert note.detail["busy"] == ["30 min, at most 0", "120 min, at most 4, spread"]
    assert note.detail["learns_hours"] == ["True", "False"]
    assert (busy.retry_minutes, busy.retry_at_most, busy.retry_spread) == (120, 4, True)


def test_one_wrong_plan_saves_none(supervisor: Visitor, session: Session, campaign: Campaign) -> None:
    busy = dispositions.by_code(session, campaign.id, "busy")
    assert busy is not None
    for wrong in ({f"delay_{busy.id}": "0"}, {f"delay_{busy.id}": "91", f"unit_{busy.id}": "days"}):
        form = plans_as_sent(session, campaign, **wrong)
        answer = supervisor.post(path_of(campaign, "retry-plans"), form, htmx=True)
        assert answer.status_code == 422
        assert "“Busy”: from a minute to 90 days." in words(answer)
    assert notes(session, "retry_plans_set") == []
    assert busy.retry_minutes == 30


def test_a_filter_is_counted_before_it_is_saved(
    supervisor: Visitor, session: Session, campaign: Campaign
) -> None:
    form = {"field_0": "custom.roof", "is_0": "is", "value_0": "flat"}
    counted = supervisor.post(path_of(campaign, "filter", "count"), form, htmx=True)
    assert "1 of 2 contacts that are not closed would be dialled." in words(counted)
    assert notes(session, "filter_set") == []
    wrong = supervisor.post(path_of(campaign, "filter"), form | {"value_0": ""}, htmx=True)
    assert (wrong.status_code, "Say what “roof” is compared with" in words(wrong)) == (422, True)
    saved = supervisor.post(path_of(campaign, "filter"), form, htmx=True)
    assert "The filter is saved" in words(saved)
    assert len(notes(session, "filter_set")) == 1
    assert (Job.APPLY_FILTER, str(campaign.id)) in queued()
    assert session.get_one(Campaign, campaign.id).contact_filter == [
        {"field": "custom.roof", "is": "is", "value": "flat"}
    ]


def test_weights_are_set(supervisor: Visitor, session: Session, campaign: Campaign) -> None:
    row = session.exec(select(CallList).where(CallList.campaign_id == campaign.id)).one()
    path = path_of(campaign, "weights")
    assert "The weights are saved" in toast(supervisor.post(path, {f"weight_{row.id}": "7"}), supervisor)
    refused = toast(supervisor.post(path, {f"weight_{row.id}": "101"}), supervisor)
    assert "a weight is a whole number from 0 to 100" in refused
    session.expire_all()
    assert row.weight == 7
    assert len(notes(session, "list_weights_set")) == 1
