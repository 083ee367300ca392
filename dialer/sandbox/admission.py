"""Who may come into a room. Who may not is told in the debugger, and the call goes on without it."""

import re

from dialer.sandbox.conferences import Conference, Participant
from dialer.sandbox.interpreter import Interpreter

CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")
LONGEST_LABEL = 128
LARGEST_ROOM = 250


def is_label(label: str) -> bool:
    return len(label) <= LONGEST_LABEL and "/" not in label and not CALL_SID.fullmatch(label)


def is_taken(label: str, conference: Conference) -> bool:
    return any(participant.label == label for participant in conference.participants.values())


def may_join(
    interpreter: Interpreter, conference: Conference, participant: Participant, most: int = LARGEST_ROOM
) -> bool:
    obstacle = full(interpreter, conference, most) or coaching(conference, participant)
    if obstacle is not None:
        interpreter.debugger.note(*obstacle, call_sid=participant.call.sid)
    return obstacle is None


def may_join_as(interpreter: Interpreter, conference: Conference, participant: Participant) -> bool:
    """The label, as TwiML gives it; the REST API refuses a bad one in its answer."""
    label = participant.label
    if label is None:
        return True
    if not is_label(label):
        obstacle = 16023, f"Dial->Conference: the participant label {label} is not valid"
    elif is_taken(label, conference):
        obstacle = 16025, f"Dial->Conference: the participant label {label} is in use"
    else:
        return True
    interpreter.debugger.note(*obstacle, call_sid=participant.call.sid)
    return False


def full(interpreter: Interpreter, conference: Conference, most: int) -> tuple[int, str] | None:
    if len(conference.joined) >= most:
        return 16020, "Conference is full"
    limit = interpreter.faults.plan.most_participants
    if limit is not None and sum(len(one.joined) for one in interpreter.conferences.active) >= limit:
        return 16021, "Failed to join the conference: the account's concurrency limit is exceeded"
    return None


def coaching(conference: Conference, participant: Participant) -> tuple[int, str] | None:
    coached = participant.call_sid_to_coach
    if coached is None:
        return None
    if not CALL_SID.fullmatch(coached):
        return 13240, f"Dial->Conference: the coach SID {coached} is not valid"
    coachee = conference.participants.get(coached)
    if coachee is None or not coachee.joined:
        return 16028, "The participant to be coached is not in the conference"
    if coachee.hold:
        return 16027, "The participant to be coached is on hold"
    return None
