"""A campaign's states and the ways it dials."""

from collections.abc import Mapping
from enum import StrEnum

from dialer.domain.machine import advance


class CampaignState(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"  # no new calls; agents stay signed in
    STOPPED = "stopped"


class CampaignEvent(StrEnum):
    START = "start"
    PAUSE = "pause"
    STOP = "stop"


class DialMode(StrEnum):
    MANUAL = "manual"  # the agent finds or types whom she dials
    PREVIEW = "preview"  # the agent sees the contact first, then dials or skips
    PROGRESSIVE = "progressive"  # one call for each ready agent
    POWER = "power"  # a fixed number of calls for each ready agent
    PREDICTIVE = "predictive"  # as many as let the abandonment stay inside its limit


DIALS_AHEAD = frozenset({DialMode.POWER, DialMode.PREDICTIVE})
"""Modes that place calls for which no agent is free yet."""


class StrictPacing(StrEnum):
    """Whether no call is placed beyond the free agents while one more abandoned call would break the
    limit."""

    AUTO = "auto"  # while what is left to dial is too little to pay back
    ON = "on"
    OFF = "off"


class MachineDetection(StrEnum):
    OFF = "off"
    BEFORE_CONNECTING = "before_connecting"  # the person hears nothing until the verdict, about 4 s
    WHILE_CONNECTING = "while_connecting"  # the agent has the call at once, and may get a machine


class RecordingMode(StrEnum):
    OFF = "off"
    ALWAYS = "always"
    ON_CONSENT = "on_consent"  # from the agent's key on, once the person has agreed


S, E = CampaignState, CampaignEvent

TRANSITIONS: Mapping[tuple[CampaignState, CampaignEvent], CampaignState] = {
    (S.DRAFT, E.START): S.RUNNING,
    (S.PAUSED, E.START): S.RUNNING,
    (S.STOPPED, E.START): S.RUNNING,
    (S.RUNNING, E.PAUSE): S.PAUSED,
    (S.RUNNING, E.STOP): S.STOPPED,
    (S.PAUSED, E.STOP): S.STOPPED,
}


def next_state(state: CampaignState, event: CampaignEvent) -> CampaignState:
    return advance(TRANSITIONS, state, event)
