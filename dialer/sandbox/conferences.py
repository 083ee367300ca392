"""Conference rooms and who is in them: the rules of starting, leaving and ending."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from dialer.sandbox.calls import Call, Cause
from dialer.sandbox.clock import Clock, rfc2822
from dialer.sandbox.delivery import About
from dialer.sandbox.ids import new_sid
from dialer.sandbox.webhooks import Webhooks

CONFERENCE_ENDED = "conference_ended_via_api"
MODERATOR_LEFT = "moderator_ended_conference"
ADD_FAILED = "participant_add_failed"

SUBSCRIPTIONS = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
    "announcement-end": "announcement",
    "announcement-fail": "announcement",
}


class RoomStatus(StrEnum):
    INIT = "init"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class RoomCallback:
    url: str
    method: str
    events: frozenset[str]


@dataclass(eq=False, slots=True)
class Participant:
    call: Call
    created_at: datetime
    updated_at: datetime
    label: str | None = None
    muted: bool = False
    hold: bool = False
    start_on_enter: bool = True
    end_on_exit: bool = False
    coaching: bool = False
    call_sid_to_coach: str | None = None
    joined: bool = False
    left: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Stay:
    """That a call was in a room, from when until when."""

    call_sid: str
    room: str
    joined_at: datetime
    left_at: datetime | None = None


@dataclass(eq=False, slots=True)
class Conference:
    sid: str
    name: str
    created_at: datetime
    updated_at: datetime
    status: RoomStatus = RoomStatus.INIT
    region: str = "us1"
    callback: RoomCallback | None = None
    participants: dict[str, Participant] = field(default_factory=dict)
    sequence: int = 0
    reason_ended: str | None = None
    call_sid_ending: str | None = None
    seen: bool = False
    dialling: int = 0
    """Calls whose Dial names the room, those that are not in it yet included."""
    on_start: list[Callable[[], None]] = field(default_factory=list)
    on_end: list[Callable[[], None]] = field(default_factory=list)
    announcements: "set[asyncio.Task[None]]" = field(default_factory=set)

    @property
    def joined(self) -> list[Participant]:
        return [participant for participant in self.participants.values() if participant.joined]

    def find(self, key: str) -> Participant | None:
        """By CallSid or label."""
        found = self.participants.get(key)
        return found or next((p for p in self.participants.values() if p.label == key), None)

    def play(self, announcement: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(announcement)
        self.announcements.add(task)
        task.add_done_callback(self.announcements.discard)

    def hush(self) -> None:
        for task in self.announcements:
            task.cancel()


class Conferences:
    def __init__(self, account_sid: str, clock: Clock, webhooks: Webhooks) -> None:
        self._account_sid = account_sid
        self._clock = clock
        self._webhooks = webhooks
        self._open: dict[str, Conference] = {}
        self.by_sid: dict[str, Conference] = {}
        self.stays: list[Stay] = []
        self._staying: dict[tuple[str, str], Stay] = {}

    def open(self, name: str) -> Conference:
        """The active room of that name, made if there is none."""
        conference = self._open.get(name)
        if conference is None:
            now = self._clock.now()
            conference = Conference(new_sid("CF"), name, now, now)
            self._open[name] = self.by_sid[conference.sid] = conference
        return conference

    def drop_unused(self, conference: Conference) -> None:
        """A room that nobody came into never was."""
        if not (conference.seen or conference.participants or conference.dialling):
            self._open.pop(conference.name, None)
            self.by_sid.pop(conference.sid, None)

    def named(self, name: str) -> Conference | None:
        return self._open.get(name)

    @property
    def active(self) -> list[Conference]:
        return list(self._open.values())

    def expect(self, conference: Conference, participant: Participant) -> None:
        """Lists a participant whose call is still to be answered."""
        conference.participants[participant.call.sid] = participant

    def join(self, conference: Conference, participant: Participant, callback: RoomCallback | None) -> None:
        """The first to join decides the callback; the room starts at two if one of them starts it."""
        if not conference.seen:
            conference.seen = True
            conference.callback = callback
        conference.participants[participant.call.sid] = participant
        participant.joined = True
        stay = Stay(participant.call.sid, conference.name, self._clock.now())
        self.stays.append(stay)
        self._staying[conference.sid, participant.call.sid] = stay
        self.tell(conference, "participant-join", participant)
        joined = conference.joined
        if (
            conference.status is RoomStatus.INIT
            and len(joined) >= 2
            and any(member.start_on_enter for member in joined)
        ):
            conference.status = RoomStatus.IN_PROGRESS
            for begin in conference.on_start:
                begin()
            self.tell(conference, "conference-start")
        if conference.status is RoomStatus.IN_PROGRESS:
            for member in joined:
                member.call.hush("wait")
        self._settle(conference)

    def leave(
        self, conference: Conference, participant: Participant, reason: str, *, kicked: bool = False
    ) -> None:
        if conference.participants.pop(participant.call.sid, None) is None:
            return
        participant.left.set()
        stay = self._staying.pop((conference.sid, participant.call.sid), None)
        if stay is not None:
            stay.left_at = self._clock.now()
        participant.call.hush_all()
        participant.call.presence.set_bridged(False)
        if conference.status is RoomStatus.COMPLETED and not participant.joined:
            return
        reason = reason if participant.joined else ADD_FAILED
        self.tell(conference, "participant-leave", participant, {"ReasonParticipantLeft": reason})
        if conference.status is RoomStatus.COMPLETED:
            return
        how = "kicked" if kicked else "left"
        if participant.joined and participant.end_on_exit:
            self._end(
                conference, f"participant-with-end-conference-on-exit-{how}", MODERATOR_LEFT, participant
            )
        elif not conference.participants:
            self._end(conference, f"last-participant-{how}", CONFERENCE_ENDED, participant)
        else:
            self._settle(conference)

    def kick(self, conference: Conference, participant: Participant) -> None:
        """The call goes on with the TwiML after its Dial, if there is any."""
        self.leave(conference, participant, Cause.API, kicked=True)

    def end(self, conference: Conference) -> None:
        if conference.status is not RoomStatus.COMPLETED:
            self._end(conference, "conference-ended-via-api", CONFERENCE_ENDED, None)

    def changed(self, conference: Conference, participant: Participant, event: str) -> None:
        participant.updated_at = self._clock.now()
        self.tell(conference, event, participant)

    def stop(self) -> None:
        for conference in self.active:
            conference.hush()

    def fields(self, conference: Conference) -> dict[str, str]:
        """Those that every request about a conference carries."""
        return {
            "ConferenceSid": conference.sid,
            "FriendlyName": conference.name,
            "AccountSid": self._account_sid,
        }

    def _end(self, conference: Conference, reason: str, others: str, last: Participant | None) -> None:
        conference.status = RoomStatus.COMPLETED
        conference.reason_ended = reason
        conference.call_sid_ending = last.call.sid if last else None
        self._open.pop(conference.name, None)
        conference.hush()
        for finish in conference.on_end:
            finish()
        for participant in list(conference.participants.values()):
            if participant.joined:
                self.leave(conference, participant, others)
        fields = {"ReasonConferenceEnded": reason}
        if last is not None:
            fields["CallSidEndingConference"] = last.call.sid
            if last.label:
                fields["ParticipantLabelEndingConference"] = last.label
        self.tell(conference, "conference-end", None, fields)

    def _settle(self, conference: Conference) -> None:
        """Two in a started room have somebody to talk to."""
        joined = conference.joined
        talking = conference.status is RoomStatus.IN_PROGRESS and len(joined) >= 2
        for participant in joined:
            participant.call.presence.set_bridged(talking)

    def tell(
        self,
        conference: Conference,
        event: str,
        participant: Participant | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        conference.updated_at = self._clock.now()
        callback = conference.callback
        if callback is None or SUBSCRIPTIONS[event] not in callback.events:
            return
        conference.sequence += 1
        fields = self.fields(conference) | {
            "SequenceNumber": str(conference.sequence),
            "Timestamp": rfc2822(conference.updated_at) or "",
            "StatusCallbackEvent": event,
        }
        if participant is not None:
            fields |= participant_fields(participant)
        self._webhooks.notify(
            About(
                f"conference:{event}",
                f"{conference.name}:{conference.sequence}:{event}",
                participant.call.sid if participant else None,
                participant.call.order.to if participant else None,
            ),
            callback.url,
            fields | dict(extra or {}),
            method=callback.method,
        )


def participant_fields(participant: Participant) -> dict[str, str]:
    fields = {
        "CallSid": participant.call.sid,
        "Muted": truth(participant.muted),
        "Hold": truth(participant.hold),
        "Coaching": truth(participant.coaching),
        "EndConferenceOnExit": truth(participant.end_on_exit),
        "StartConferenceOnEnter": truth(participant.start_on_enter),
    }
    if participant.label:
        fields["ParticipantLabel"] = participant.label
    if participant.left.is_set():
        fields["ParticipantCallStatus"] = participant.call.status
    return fields


def truth(value: bool) -> str:
    return "true" if value else "false"
