"""The fields of requests about participants, read: what they are to be, what changes, whom to tell."""

from collections.abc import Callable
from functools import partial

from dialer.sandbox.admission import CALL_SID, is_label
from dialer.sandbox.calls import Event, StatusCallback
from dialer.sandbox.conferences import Conference, Participant, RoomCallback
from dialer.sandbox.errors import TwilioError
from dialer.sandbox.forms import Form
from dialer.sandbox.recordings import RecordingCallback, RecordingOrder


def participant_of(form: Form) -> Callable[..., Participant]:
    label = form.text("Label")
    if not is_label(label):
        raise TwilioError(16023, f"Label is not valid: {label}")
    coached = form.text("CallSidToCoach") or None
    if coached is not None and not CALL_SID.fullmatch(coached):
        raise absent_coachee()
    return partial(
        Participant,
        label=label or None,
        muted=form.boolean("Muted", False),
        start_on_enter=form.boolean("StartConferenceOnEnter", True),
        end_on_exit=form.boolean("EndConferenceOnExit", False),
        coaching=form.boolean("Coaching", coached is not None),
        call_sid_to_coach=coached,
    )


def apply(form: Form, participant: Participant, conference: Conference) -> list[str]:
    """Changes the participant and tells which events that makes."""
    events = []
    muted, hold = form.boolean("Muted", participant.muted), form.boolean("Hold", participant.hold)
    coaching = form.boolean("Coaching", participant.coaching)
    coached = form.text("CallSidToCoach") or participant.call_sid_to_coach
    end_on_exit = form.boolean("EndConferenceOnExit", participant.end_on_exit)
    coachee = conference.find(coached) if coaching and coached else None
    if coaching and coachee is None:
        raise absent_coachee()
    if muted is not participant.muted:
        events.append("participant-mute" if muted else "participant-unmute")
    if hold is not participant.hold:
        events.append("participant-hold" if hold else "participant-unhold")
    coached = coachee.call.sid if coachee else None
    before = (participant.coaching, participant.call_sid_to_coach, participant.end_on_exit)
    if before != (coaching, coached, end_on_exit):
        events.append("participant-modify")
    participant.muted, participant.hold = muted, hold
    participant.coaching, participant.call_sid_to_coach = coaching, coached
    participant.end_on_exit = end_on_exit
    return events


def callback_of(form: Form) -> StatusCallback | None:
    """Unlike a call's, these events may share one field."""
    url = form.url("StatusCallback", 21609)
    if not url:
        return None
    events = " ".join(form.texts("StatusCallbackEvent")).split() or [Event.COMPLETED]
    return StatusCallback(url, form.method("StatusCallbackMethod"), frozenset(events))


def room_callback_of(form: Form) -> RoomCallback | None:
    url = form.url("ConferenceStatusCallback", 21609)
    if not url:
        return None
    events = " ".join(form.texts("ConferenceStatusCallbackEvent")).split() or ["start", "end"]
    return RoomCallback(url, form.method("ConferenceStatusCallbackMethod"), frozenset(events))


def conference_recording_of(form: Form) -> RecordingOrder | None:
    if form.text("ConferenceRecord", "false") not in ("true", "record-from-start"):
        return None
    url = form.url("ConferenceRecordingStatusCallback", 21609)
    events = " ".join(form.texts("ConferenceRecordingStatusCallbackEvent")).split() or ["completed"]
    method = form.method("ConferenceRecordingStatusCallbackMethod")
    callback = RecordingCallback(url, method, frozenset(events)) if url else None
    return RecordingOrder("StartConferenceRecordingAPI", callback=callback)


def absent_coachee() -> TwilioError:
    return TwilioError(16028, "The participant to coach is not in the conference")


def bad_timeout(text: str) -> TwilioError:
    return TwilioError(21208, f"Invalid Timeout: {text}")
