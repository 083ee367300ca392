"""The TwiML documents that answer the carrier."""

from typing import Any

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

_ROOM_EVENTS = "start end join leave mute hold"
RECORDING_NOTICE = "This call is recorded."
AGENT_LABEL = "agent-"
"""Begins the label of an agent's own leg; the rest is the leg's, for a label may be used once in a room
and her next line may come up before the last one is seen to go: 16025."""
COLLEAGUE_LABEL = "colleague-"
"""Begins that of another agent's line, in the room of the agent who asks her."""


def join_agent_room(
    room: str, room_events_url: str, label: str, *, is_told_of_recording: bool = False
) -> str:
    """The person joins the agent's conference at once, or after being told that the call is recorded;
    leaving it does not end it."""
    return _room(room, room_events_url, label, told=RECORDING_NOTICE if is_told_of_recording else "")


def hold_agent_line(room: str, room_events_url: str, call_sid: str) -> str:
    """The agent's own leg waits in silence in her conference for the whole session."""
    return _room(room, room_events_url, f"{AGENT_LABEL}{call_sid[2:]}")


def bring_agent_line(room: str, room_events_url: str, call_sid: str) -> str:
    """The agent's own leg comes into another agent's conference; leaving it does not end it."""
    return _room(room, room_events_url, f"{COLLEAGUE_LABEL}{call_sid[2:]}")


def ask_for_key(key_url: str) -> str:
    """At an agent's telephone, before a shift: any key begins it, and a voicemail presses none."""
    response = VoiceResponse()
    for words in (
        "Your shift is about to begin. Press any key to take calls.",
        "Press any key to take calls.",
    ):
        keys = Gather(input="dtmf", num_digits=1, action=key_url, method="POST", timeout=8, finish_on_key="")
        keys.say(words)
        response.append(keys)
    response.hangup()
    return str(response)


def join_agent_room_too(
    room: str, room_events_url: str, label: str, *, is_muted: bool, coached_sid: str | None
) -> str:
    """Somebody else joins the agent's conference: heard by nobody, by one call alone, or by all."""
    heard_by: dict[str, Any] = {"muted": True} if is_muted else {}
    return _room(room, room_events_url, label, **heard_by, **({"coach": coached_sid} if coached_sid else {}))


def join_own_room(room: str, label: str) -> str:
    """A conference for two that the first who leaves ends, and with it the other's call."""
    dial = Dial()
    dial.conference(
        room,
        beep="false",
        wait_url="",
        start_conference_on_enter=True,
        end_conference_on_exit=True,
        participant_label=label,
    )
    response = VoiceResponse()
    response.append(dial)
    return str(response)


def _room(room: str, room_events_url: str, label: str, *, told: str = "", **more: Any) -> str:
    dial = Dial()
    dial.conference(
        room,
        beep="false",
        wait_url="",
        start_conference_on_enter=True,
        end_conference_on_exit=False,
        participant_label=label,
        status_callback=room_events_url,
        status_callback_event=_ROOM_EVENTS,
        **more,
    )
    response = VoiceResponse()
    if told:
        response.say(told)
    response.append(dial)
    return str(response)


def hold(again_url: str) -> str:
    """A person on hold hears now and then that she is not forgotten."""
    response = VoiceResponse()
    response.say("Thank you for holding. We will be with you in a moment.")
    response.pause(length=12)
    response.redirect(again_url, method="POST")
    return str(response)


def tones(digits: str) -> str:
    response = VoiceResponse()
    response.play(digits=digits)
    return str(response)


def hang_up() -> str:
    response = VoiceResponse()
    response.hangup()
    return str(response)


def ask_again(seconds: int, answer_url: str) -> str:
    """Wait a moment in silence, then ask once more whether an agent is free."""
    response = VoiceResponse()
    response.pause(length=seconds)
    response.redirect(answer_url, method="POST")
    return str(response)
