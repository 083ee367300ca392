"""The call as the agent sees it at her desk: on hold, muted, who is called in, who passed it on."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegPurpose, LegState
from dialer.services import colleagues, transfers
from dialer.store import legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.legs import Leg


def shown(session: Session, agent: AgentSession | None, attempt: Attempt | None) -> Mapping[str, Any] | None:
    """None while nobody is on the line."""
    if agent is None or attempt is None or attempt.state is not AttemptState.CONNECTED:
        return None
    leg = legs.last_of_attempt(session, attempt.id)
    return {
        "held_at": attempt.held_at,
        "is_muted": agent.is_muted,
        "passed_on_by": transfers.passed_on_by(session, attempt),
        "third": _third(session, leg) if leg is not None and leg.agent_session_id == agent.id else None,
    }


def _third(session: Session, leg: Leg) -> Mapping[str, Any]:
    """Whoever was called in last: ringing | here | going | gone."""
    if leg.ended_at is not None:
        state = "gone"
    elif leg.state is LegState.CALLING or (leg.line_of is not None and not colleagues.is_there(session, leg)):
        state = "ringing"
    else:
        state = "here" if leg.purpose is LegPurpose.CONSULT else "going"
    farewell = transfers.farewell(session, leg) if state == "gone" else ""
    return {
        "name": transfers.name_of(session, leg),
        "state": state,
        "farewell": farewell,
        "hears_tones": state == "here" and leg.line_of is None,
    }
