"""The floor as a policy is shown it."""

from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.domain.agent import SessionState
from dialer.domain.campaign import DialMode
from dialer.domain.pacing_scene import Scene, Totals
from dialer.services import agents, attempts, pacing
from dialer.services.pacing import Pace
from dialer.store.campaigns import Campaign
from tests.factories import Talk, answer, hung_up, make_campaign, make_contact, make_session, place


def scene(session: Session, campaign: Campaign, now: datetime) -> Scene:
    begins, seen = Pace(), pacing.look(session, now)
    begins.follow(session, [campaign], seen)
    return pacing.scene_of(campaign, seen, begins.campaigns[campaign.id], Totals(), 10, None)


def heads(found: Scene) -> tuple[int, int, int]:
    """Agents ready, on a call, and in wrap-up."""
    return found.ready, len(found.on_call), len(found.wrap_up)


def test_an_agent_is_not_lost_between_an_answer_and_its_end(session: Session, now: datetime) -> None:
    """Who is in none of the three has left, and leaving is what a policy learns to fear."""
    campaign = make_campaign(session, now, dial_mode=DialMode.PREDICTIVE)
    first, _ = make_session(session, campaign, now), make_session(session, campaign, now)
    called = make_contact(session, campaign, now)
    attempt = place(session, campaign, called, now)
    assert heads(scene(session, campaign, now)) == (2, 0, 0)
    answer(session, attempt, now)
    assert first.state is SessionState.RESERVED
    assert heads(scene(session, campaign, now)) == (1, 1, 0)
    attempts.joined(session, attempt, now)
    assert heads(scene(session, campaign, now)) == (1, 1, 0)
    hung_up(session, Talk(campaign, called, first, attempt), now)
    assert heads(scene(session, campaign, now)) == (1, 0, 1)
    agents.dispositioned(session, first.id, now)
    assert heads(scene(session, campaign, now)) == (2, 0, 0)


def test_an_agent_whose_room_is_not_empty_yet_is_in_wrap_up(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    agent = make_session(session, campaign, now)
    attempt = place(session, campaign, make_contact(session, campaign, now), now)
    answer(session, attempt, now)
    attempts.joined(session, attempt, now)
    agents.dispositioned(session, agent.id, now)
    assert agent.state is SessionState.READY
    assert heads(scene(session, campaign, now)) == (0, 0, 1)


def test_an_agent_who_stops_after_her_call_is_not_counted_on(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    agent = make_session(session, campaign, now)
    answer(session, place(session, campaign, make_contact(session, campaign, now), now), now)
    agents.stop(session, agent, now + timedelta(seconds=1))
    assert heads(scene(session, campaign, now)) == (0, 0, 0)
