"""How many agents no call on its way may need; and agents who work several campaigns: which one each is
counted in, moved only while no call needs her."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dialer.domain.agent import DIALLED
from dialer.domain.sharing import Claim, Idle, TimeHad, share
from dialer.services import agents
from dialer.store import agent_sessions, floor
from dialer.store.campaigns import Campaign
from dialer.store.floor import AgentNow, CallNow


def share_agents(
    session: Session,
    running: Sequence[Campaign],
    depths: Mapping[int, int],
    time_had: TimeHad,
    now: datetime,
) -> int:
    """Move idle agents to the campaigns that want them most; how many were moved. `depths`: how many
    contacts each campaign's dial queue holds; `time_had` is kept up from round to round."""
    works = agent_sessions.shared(session)
    if not works:
        time_had.follow({}, now)
        return 0
    people, calls = floor.agents(session), floor.calls(session)
    idle = _idle(people, calls, works)
    fixed = Counter(agent.campaign_id for agent in people if agent.state in DIALLED)
    time_had.follow(fixed, now)
    fixed.subtract(one.campaign_id for one in idle)
    claims = {
        campaign.id: Claim(
            campaign.priority,
            campaign.weight,
            fixed[campaign.id],
            depths.get(campaign.id, 0) > 0,
            time_had.of(campaign.id),
        )
        for campaign in running
    }
    moved = 0
    for agent, campaign_id in share(idle, claims).items():
        held = agent_sessions.free(session, UUID(str(agent)))
        if held is not None:
            agents.count_in(session, held, campaign_id, now)
            moved += 1
    return moved


def spare(people: Sequence[AgentNow], calls: Sequence[CallNow]) -> Counter[int]:
    """Of each campaign: how many more agents are free than people may still answer or wait for one. Below
    zero where it dials ahead. Whoever takes an agent for anything else leaves one to each of those."""
    left = Counter(agent.campaign_id for agent in people if agent.is_free)
    left.subtract(call.campaign_id for call in calls if not call.has_agent)
    return left


def _idle(
    people: Sequence[AgentNow], calls: Sequence[CallNow], works: Mapping[UUID, frozenset[int]]
) -> list[Idle]:
    """The spare agents who work several campaigns, the longest ready first; of more, the last to be ready."""
    left = spare(people, calls)
    idle = []
    for agent in reversed(people):
        if agent.is_free and agent.session_id in works and left[agent.campaign_id] > 0:
            left[agent.campaign_id] -= 1
            idle.append(Idle(agent.session_id, agent.campaign_id, works[agent.session_id]))
    return idle[::-1]
