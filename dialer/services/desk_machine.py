"""What the desk says of machines: whether a message may be left, and why a call was taken away."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from dialer.domain.attempt import AttemptState
from dialer.store import verdicts
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact

TOLD_FOR = timedelta(seconds=30)


def shown(
    session: Session, agent: AgentSession | None, attempt: Attempt | None, now: datetime
) -> Mapping[str, Any]:
    if agent is None:
        return {"may_leave_message": False, "taken_away": "", "is_inbound": False}
    is_inbound = attempt is not None and attempt.is_inbound
    may = attempt is not None and attempt.state is AttemptState.CONNECTED and not is_inbound
    return {
        "may_leave_message": may and bool(session.get_one(Campaign, agent.campaign_id).voicemail_message),
        "taken_away": _taken_away(session, agent, now),
        "is_inbound": is_inbound,
    }


def _taken_away(session: Session, agent: AgentSession, now: datetime) -> str:
    """Of the machine that the verdict took from her a moment ago; empty when it did not."""
    taken = verdicts.taken_from(session, agent.id, now - TOLD_FOR)
    if taken is None:
        return ""
    name = session.get_one(Contact, taken.contact_id).name
    if taken.voicemail_at is not None:
        return f"{name}: an answering machine. Your message is being left there."
    return f"{name}: an answering machine. The call was ended."
