"""Agents of several campaigns: moved while idle, taken for an answer, kept for callers."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import CampaignEvent
from dialer.domain.sharing import TimeHad
from dialer.services import agents, campaigns
from dialer.services.sharing import share_agents
from dialer.store import agent_sessions
from dialer.store.agent_sessions import AgentSession, AgentSpan
from dialer.store.campaigns import Campaign
from tests.factories import make_attempt, make_campaign, make_contact, make_session, make_user, sid


def works(session: Session, now: datetime, *of: Campaign) -> AgentSession:
    """Ready in the first, and working the others beside it."""
    agent = agents.start(session, make_user(session, now), of[0], now, of[1:])
    agent.line_call_sid = sid()
    agents.line_is_up(session, agent, agent.line_call_sid, now)
    session.flush()
    return agent


def test_an_idle_agent_goes_where_she_is_wanted_more(session: Session, now: datetime) -> None:
    calm, urgent = make_campaign(session, now), make_campaign(session, now, priority=1)
    agent, stays = works(session, now, calm, urgent), make_session(session, calm, now)
    both = [calm, urgent]
    assert share_agents(session, both, {calm.id: 5, urgent.id: 0}, TimeHad(), now) == 0
    later = now + timedelta(seconds=9)
    assert share_agents(session, both, {calm.id: 5, urgent.id: 5}, TimeHad(), later) == 1
    assert (agent.campaign_id, stays.campaign_id) == (urgent.id, calm.id)
    session.flush()
    spans = session.exec(
        select(AgentSpan).where(AgentSpan.agent_session_id == agent.id).order_by(col(AgentSpan.id))
    ).all()
    assert [(span.campaign_id, span.ended_at) for span in spans][-2:] == [(calm.id, later), (urgent.id, None)]


def test_equals_have_an_agent_by_turns(session: Session, now: datetime) -> None:
    """Nobody else works them, and somebody who is in a pause is no agent of theirs."""
    one, other = make_campaign(session, now), make_campaign(session, now)
    agent = works(session, now, one, other)
    make_session(session, other, now, state=SessionState.PAUSED)
    had, turns = TimeHad(), []
    for minute in range(6):
        at = now + timedelta(minutes=minute)
        share_agents(session, [one, other], {one.id: 5, other.id: 5}, had, at)
        turns.append(agent.campaign_id)
    assert turns == [one.id, other.id, other.id, one.id, one.id, other.id]


def test_whom_a_call_may_need_is_not_moved(session: Session, now: datetime) -> None:
    calm, urgent = make_campaign(session, now), make_campaign(session, now, priority=1)
    works(session, now, calm, urgent)
    make_attempt(session, make_contact(session, calm, now), now, state=AttemptState.RINGING)
    assert share_agents(session, [calm, urgent], {calm.id: 5, urgent.id: 5}, TimeHad(), now) == 0


def test_she_is_moved_where_another_stays_for_the_call(session: Session, now: datetime) -> None:
    calm, urgent = make_campaign(session, now), make_campaign(session, now, priority=1)
    works(session, now, calm, urgent)
    make_session(session, calm, now + timedelta(seconds=1))
    make_attempt(session, make_contact(session, calm, now), now, state=AttemptState.RINGING)
    assert share_agents(session, [calm, urgent], {calm.id: 5, urgent.id: 5}, TimeHad(), now) == 1


def test_somebody_who_answers_may_have_an_agent_of_another_campaign_of_hers(
    session: Session, now: datetime
) -> None:
    one, other = make_campaign(session, now), make_campaign(session, now)
    agent = works(session, now, one, other)
    assert agents.reserve_longest_ready(session, other.id, now) is agent
    assert (agent.campaign_id, agent.state) == (other.id, SessionState.RESERVED)


def test_a_caller_has_an_inbound_agent_before_a_call_of_ours(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    inbound = make_session(session, campaign, now, make_user(session, now, takes_inbound=True))
    outbound = make_session(session, campaign, now + timedelta(seconds=1))
    caller = make_contact(session, campaign, now)
    make_attempt(session, caller, now, state=AttemptState.ANSWERED, is_inbound=True)
    assert agents.reserve_longest_ready(session, campaign.id, now) is outbound
    assert agents.reserve_longest_ready(session, campaign.id, now) is None
    assert agents.reserve_longest_ready(session, campaign.id, now, inbound=True) is inbound


def test_without_a_caller_the_longest_ready_is_taken(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    inbound = make_user(session, now, takes_inbound=True)
    longest = make_session(session, campaign, now - timedelta(seconds=5), inbound)
    make_session(session, campaign, now)
    assert agents.reserve_longest_ready(session, campaign.id, now) is longest


def test_a_campaign_that_stops_leaves_its_agents_to_their_others(session: Session, now: datetime) -> None:
    one, other = make_campaign(session, now), make_campaign(session, now)
    both, only = works(session, now, one, other), make_session(session, one, now)
    campaigns.move(session, one, CampaignEvent.STOP, None, now)
    assert (both.state, both.campaign_id) == (SessionState.READY, other.id)
    assert only.state is SessionState.OFFLINE
    assert agent_sessions.campaigns_of(session, both.id) == {other.id}
