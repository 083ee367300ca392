"""Why a campaign dials nobody, in one breath: contacts, agents, the law, and the house itself."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from dialer.core import heartbeat
from dialer.core.redis import get_redis
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import DialMode
from dialer.domain.contact import ClosedReason, ContactState
from dialer.services import agents, previews, standing, why_not_dialled
from dialer.services.why_not_dialled import Why
from dialer.store.campaigns import Campaign
from dialer.store.carrier_rate import CarrierRate
from tests.factories import make_attempt, make_campaign, make_contact, make_session, make_user
from tests.house import House

Explain = Callable[[], Why]


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    """Processes alive."""
    for process in heartbeat.Process:
        heartbeat.beat(process)
    return make_campaign(session, now)


@pytest.fixture
def explain(session: Session, now: datetime, campaign: Campaign) -> Explain:
    return lambda: why_not_dialled.explain(session, campaign, now)


def test_everything_that_is_waited_for_in_one_breath(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    for _ in range(2):
        make_contact(session, campaign, now, zones=["Asia/Tokyo"])
    make_contact(session, campaign, now, priority=50, next_call_at=now + timedelta(hours=1))
    make_contact(session, campaign, now, priority=10, next_call_at=now + timedelta(hours=1))
    for _ in range(4):
        make_contact(session, campaign, now, state=ContactState.CLOSED, closed_reason=ClosedReason.LEAD)
    make_session(session, campaign, now, state=SessionState.PAUSED)
    told = explain()
    assert told.sentence == (
        "Idle: 2 contacts wait for their window (next opens 08:00 in Tokyo), 1 contact waits for a retry, "
        "1 contact waits for an agreed call-back, 0 agents ready, list 50% worked."
    )
    assert not told.dialling


def test_a_dead_process_is_the_reason(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    make_contact(session, campaign, now)
    make_session(session, campaign, now)
    assert explain().headline == "The next calls are about to be placed."
    get_redis().delete("alive:worker", "alive:pacer")
    told = explain()
    assert (told.dialling, told.headline) == (False, standing.SILENT[heartbeat.Process.PACER])
    assert list(told.notes) == [standing.SILENT[heartbeat.Process.WORKER]]
    heartbeat.beat(heartbeat.Process.PACER)
    get_redis().delete("alive:cron")
    told = explain()
    assert (told.headline, list(told.notes)) == (
        standing.SILENT[heartbeat.Process.WORKER],
        [standing.SILENT[heartbeat.Process.CRON]],
    )


def test_a_carrier_that_slows_us_down_is_the_reason(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    make_contact(session, campaign, now)
    make_session(session, campaign, now)
    for _ in range(9):
        get_redis().delete("carrier_rate:pause")
        CarrierRate(get_redis(), 1).slow_down()
    told = explain()
    assert told.headline.startswith("The carrier told us to slow down: no call is placed for another")


def test_redis_gone_is_the_reason(
    session: Session, now: datetime, campaign: Campaign, explain: Explain, house: House
) -> None:
    make_contact(session, campaign, now)
    make_session(session, campaign, now)
    house.furnish(REDIS_URL="redis://127.0.0.1:9/0")
    assert explain().headline == standing.NO_REDIS


def test_a_brake_is_told_where_calls_would_be_placed_ahead(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    contact = make_contact(session, campaign, now)
    abandoned = {"is_abandoned": True, "abandoned_at": now, "answered_at": now}
    make_attempt(session, contact, now, state=AttemptState.CLOSED, **abandoned)
    make_session(session, campaign, now)
    assert list(explain().notes) == []
    campaign.dial_mode = DialMode.PREDICTIVE
    told = explain()
    assert told.dialling
    assert told.notes[0].startswith("Braked to one call for each free agent: 1 of 1 people who answered")


def test_agents_counted_in_another_campaign_are_not_taken_for_nobody(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    make_contact(session, campaign, now)
    assert explain().headline == "No agent is signed in to this campaign."
    agents.start(session, make_user(session, now), make_campaign(session, now), now, [campaign])
    session.flush()
    told = explain()
    assert told.headline == (
        "No agent is counted in this campaign now: 1 agent who works it is counted in another."
    )
    assert ("Agents counted in another campaign that they work", 1) in [
        (reason.text, reason.count) for reason in told.reasons
    ]


def test_in_manual_mode_no_call_is_announced(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    make_contact(session, campaign, now)
    make_session(session, campaign, now)
    campaign.dial_mode = DialMode.MANUAL
    told = explain()
    assert (told.dialling, told.headline[:30]) == (False, "Agents choose whom they call: ")


def test_an_agent_who_looks_at_a_contact_is_in_no_call(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    """Nor is the list worked through while the last contact is shown to her."""
    campaign.dial_mode = DialMode.PREVIEW
    agent, shown = make_session(session, campaign, now), make_contact(session, campaign, now)
    last = make_contact(session, campaign, now)
    assert explain().headline == "The next contact is about to be shown to an agent."
    assert previews.offer(session, agent, shown, now)
    session.flush()
    assert explain().headline == "1 agent looks at a contact before the call."
    last.state = ContactState.CLOSED
    session.flush()
    told = explain()
    assert (told.dialling, told.headline) == (True, "1 agent looks at a contact before the call.")


def test_the_last_contact_in_a_call_is_not_worked_yet(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    make_session(session, campaign, now)
    make_attempt(session, make_contact(session, campaign, now), now, state=AttemptState.WRAP_UP)
    assert explain().headline == "No contact is waiting: the last ones are in a call, or an agent has them."


def test_a_due_call_back_waits_for_its_agent_only_while_she_is_not_ready(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    agent = make_session(session, campaign, now, state=SessionState.PAUSED)
    make_session(session, campaign, now)
    make_contact(session, campaign, now, priority=10, call_back_agent_id=agent.user_id)
    told = explain()
    assert (told.dialling, told.headline) == (
        False,
        "Agreed call-backs are due, and the agents who agreed them are not ready.",
    )
    agent.state = SessionState.READY
    session.flush()
    told = explain()
    assert (told.dialling, told.headline) == (True, "The next calls are about to be placed.")


def test_who_is_in_a_call_with_another_campaign_is_not_about_to_be_dialled(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    busy = make_contact(session, campaign, now)
    make_session(session, campaign, now)
    other = make_campaign(session, now)
    make_attempt(session, make_contact(session, other, now, phone=busy.phone), now)
    told = explain()
    assert (told.dialling, told.headline) == (
        False,
        "Whoever may be dialled now is on the line in another call.",
    )
    make_contact(session, campaign, now)
    assert explain().headline == "The next calls are about to be placed."


def test_free_agents_are_told_to_be_kept_for_calls_of_predictive_pacing(
    session: Session, now: datetime, campaign: Campaign, explain: Explain
) -> None:
    campaign.dial_mode = DialMode.PREDICTIVE
    make_session(session, campaign, now)
    make_contact(session, campaign, now)
    assert explain().headline == "The next calls are placed as soon as the pacing finds agents for them."
    make_attempt(session, make_contact(session, campaign, now), now)
    assert any(note.startswith("Agents are free for the calls on their way") for note in explain().notes)
