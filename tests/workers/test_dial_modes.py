"""One run of each dial mode from the pacer's decision to the talk: the sandbox dials, its webhooks come
back, an agent is joined."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import CampaignState, DialMode, StrictPacing
from dialer.services import agents, manual, previews
from dialer.store.agent_sessions import AgentCampaign, AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from tests.factories import make_contact
from tests.house import until
from tests.sandbox.servers import Twilio
from tests.workers.situations import agent_now, at_work, place, stays
from workers.pacer import Pacer

pytestmark = pytest.mark.usefixtures("web")


@pytest.fixture
def pacer() -> Iterator[Pacer]:
    pacer = Pacer()
    yield pacer
    pacer.close()


def ready_in(
    twilio: Twilio, mode: DialMode, contacts: int = 1, **over: object
) -> tuple[AgentSession, list[Contact]]:
    """An agent ready in a running campaign of that mode, and people who pick up and stay."""
    agent = at_work()
    with transaction() as session:
        campaign = session.get_one(Campaign, agent.campaign_id)
        campaign.state, campaign.dial_mode = CampaignState.RUNNING, mode
        campaign.strict_pacing = StrictPacing.OFF
        for name, value in over.items():
            setattr(campaign, name, value)
        people = [make_contact(session, campaign, utc_now()) for _ in range(contacts)]
    for person in people:
        stays(twilio, person.phone)
    return agent, people


def calls_of(agent: AgentSession) -> list[Attempt]:
    with transaction() as session:
        found = session.exec(select(Attempt).where(Attempt.campaign_id == agent.campaign_id)).all()
    return list(found)


def placed(agent: AgentSession) -> list[Attempt]:
    for attempt in calls_of(agent):
        place(attempt)
    return calls_of(agent)


def talks(agent: AgentSession) -> None:
    until(lambda: agent_now(agent), lambda now: now.state is SessionState.ON_CALL)
    assert AttemptState.CONNECTED in {attempt.state for attempt in calls_of(agent)}


def test_progressive_one_call_for_the_agent(sandbox: Twilio, pacer: Pacer) -> None:
    agent, _ = ready_in(sandbox, DialMode.PROGRESSIVE, contacts=3)
    assert [pacer.tick(), pacer.tick()] == [1, 0]
    assert len(placed(agent)) == 1
    talks(agent)


@pytest.mark.parametrize(("mode", "least"), [(DialMode.POWER, 3), (DialMode.PREDICTIVE, 1)])
def test_ahead_more_calls_than_agents_and_she_has_the_first(
    sandbox: Twilio, pacer: Pacer, mode: DialMode, least: int
) -> None:
    """Predictive may dial one for one as long as it knows nothing."""
    agent, _ = ready_in(sandbox, mode, contacts=3, lines_per_agent=3.0)
    assert least <= pacer.tick() <= 3
    placed(agent)
    talks(agent)


@pytest.mark.parametrize("seconds", [0, 1])
def test_preview_she_sees_and_dials_or_the_timer_does(sandbox: Twilio, pacer: Pacer, seconds: int) -> None:
    agent, [person] = ready_in(sandbox, DialMode.PREVIEW, preview_seconds=seconds)
    assert pacer.tick() == 1
    shown = agent_now(agent)
    assert (shown.state, shown.preview_contact_id) == (SessionState.RESERVED, person.id)
    assert calls_of(agent) == []
    with transaction() as session:
        held = session.get_one(AgentSession, agent.id)
        if seconds:
            previews.time_is_up(session, held, utc_now())
        else:
            previews.dial(session, held, utc_now())
    placed(agent)
    talks(agent)


def test_manual_she_picks_and_dials(sandbox: Twilio, pacer: Pacer) -> None:
    agent, [person] = ready_in(sandbox, DialMode.MANUAL)
    assert pacer.tick() == 0
    with transaction() as session:
        held = session.get_one(AgentSession, agent.id)
        manual.pick_number(session, held, person.phone, utc_now())
        previews.dial(session, held, utc_now())
    placed(agent)
    talks(agent)


def test_one_agent_of_two_campaigns_talks_for_the_other(sandbox: Twilio, pacer: Pacer) -> None:
    """Nobody is left to dial where she is; she is counted where there is, and reached there."""
    agent, _ = ready_in(sandbox, DialMode.PROGRESSIVE, contacts=0)
    other, [person] = ready_in(sandbox, DialMode.PROGRESSIVE, contacts=1)
    with transaction() as session:
        session.add(AgentCampaign(agent_session_id=agent.id, campaign_id=other.campaign_id))
        agents.pause(session, session.get_one(AgentSession, other.id), "break", utc_now())

    def calls_after_a_tick() -> list[Attempt]:
        pacer.tick()
        return calls_of(other)

    until(calls_after_a_tick, bool)
    assert agent_now(agent).campaign_id == other.campaign_id
    placed(other)
    talks_for = until(lambda: agent_now(agent), lambda now: now.state is SessionState.ON_CALL)
    assert talks_for.campaign_id == person.campaign_id
