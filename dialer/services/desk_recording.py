"""Recording as the agent sees it at her desk. Her key is taken in `recording_keys.py`."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from dialer.domain.attempt import AttemptState
from dialer.domain.campaign import RecordingMode
from dialer.domain.recording import RecordingState
from dialer.store import recordings
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign


def shown(session: Session, campaign: Campaign, attempt: Attempt | None) -> Mapping[str, Any] | None:
    """What the desk tells during a call: off | ask | starting | recording | paused, and whether the
    person was told. None without anybody on the line."""
    if attempt is None or attempt.state is not AttemptState.CONNECTED:
        return None
    return {"state": _state(session, campaign, attempt), "told_at": attempt.recording_announced_at}


def _state(session: Session, campaign: Campaign, attempt: Attempt) -> str:
    found = recordings.running(session, attempt.id)
    if found:
        return "paused" if all(one.state is RecordingState.PAUSED for one in found) else "recording"
    if campaign.recording is RecordingMode.ALWAYS:
        return "recording"
    if campaign.recording is RecordingMode.OFF:
        return "off"
    return "ask" if attempt.recording_announced_at is None else "starting"
