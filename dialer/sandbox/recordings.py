"""Recordings: their lives from start to sound file, and who is told. The sound itself is `sound`'s."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dialer.sandbox.calls import Call, Status
from dialer.sandbox.clock import Clock, rfc2822
from dialer.sandbox.conferences import Conference, RoomStatus
from dialer.sandbox.delivery import About
from dialer.sandbox.errors import TwilioError
from dialer.sandbox.ids import new_sid
from dialer.sandbox.webhooks import Webhooks

PROCESSING_SECONDS = 2.0
SHORTEST_SECONDS = 0.1
"""Anything shorter is no recording: it is absent."""
EVENTS = frozenset({"in-progress", "completed", "absent"})


class RecordingStatus(StrEnum):
    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    STOPPED = "stopped"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ABSENT = "absent"
    DELETED = "deleted"


RUNNING = frozenset({RecordingStatus.IN_PROGRESS, RecordingStatus.PAUSED})


@dataclass(frozen=True, slots=True)
class RecordingCallback:
    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True, slots=True)
class RecordingOrder:
    source: str
    channels: int = 1
    track: str = "both"
    callback: RecordingCallback | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    seconds: float
    sounding: bool


@dataclass(eq=False, slots=True)
class Recording:
    sid: str
    order: RecordingOrder
    call: Call | None
    conference: Conference | None
    started_at: datetime
    updated_at: datetime
    stretch_started_at: datetime
    status: RecordingStatus = RecordingStatus.IN_PROGRESS
    skip_pause: bool = False
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def seconds(self) -> int:
        total = sum(stretch.seconds for stretch in self.stretches)
        return max(1, round(total)) if total >= SHORTEST_SECONDS else 0

    @property
    def is_ready(self) -> bool:
        return self.status is RecordingStatus.COMPLETED

    @property
    def key(self) -> str:
        """The same in every run under one seed, as a call's."""
        if self.call is not None:
            return self.call.key
        return self.conference.name if self.conference else self.sid

    @property
    def subject(self) -> Call | Conference | None:
        return self.call or self.conference


class Recordings:
    def __init__(self, root_url: str, account_sid: str, clock: Clock, webhooks: Webhooks) -> None:
        self._root_url = root_url
        self._account_sid = account_sid
        self._clock = clock
        self._webhooks = webhooks
        self.by_sid: dict[str, Recording] = {}

    def record_call(self, call: Call, order: RecordingOrder) -> Recording:
        if call.status is not Status.IN_PROGRESS:
            raise TwilioError(21220, "Requested resource is not eligible for recording")
        recording = self._start(order, call, None)
        call.on_end.append(lambda: self._finish(recording))
        return recording

    def record_conference(self, conference: Conference, order: RecordingOrder) -> None:
        """From its start, or from now on if it has started; a mix of all in one channel."""
        if conference.status is RoomStatus.IN_PROGRESS:
            recording = self._start(order, None, conference)
            conference.on_end.append(lambda: self._finish(recording))
        else:
            conference.on_start.append(lambda: self.record_conference(conference, order))

    def pause(self, recording: Recording, *, skip: bool) -> None:
        if recording.status is RecordingStatus.IN_PROGRESS:
            self._close_stretch(recording)
            recording.status, recording.skip_pause = RecordingStatus.PAUSED, skip

    def resume(self, recording: Recording) -> None:
        if recording.status is RecordingStatus.PAUSED:
            self._close_stretch(recording)
            recording.status = RecordingStatus.IN_PROGRESS

    def stop(self, recording: Recording) -> None:
        """The sound is there a moment later."""
        self._finish(recording)

    def of(self, subject: Call | Conference) -> list[Recording]:
        return [recording for recording in self.by_sid.values() if recording.subject is subject]

    def delete(self, recording: Recording) -> None:
        if recording.status in RUNNING:
            raise TwilioError(20009, "Cannot delete a recording in progress", 409)
        recording.status = RecordingStatus.DELETED

    def media_url(self, recording: Recording) -> str:
        return f"{self._root_url}/Recordings/{recording.sid}"

    def _start(self, order: RecordingOrder, call: Call | None, conference: Conference | None) -> Recording:
        now = self._clock.now()
        recording = Recording(new_sid("RE"), order, call, conference, now, now, now)
        self.by_sid[recording.sid] = recording
        self._tell(recording)
        return recording

    def _close_stretch(self, recording: Recording) -> None:
        now = self._clock.now()
        seconds = (now - recording.stretch_started_at).total_seconds()
        paused = recording.status is RecordingStatus.PAUSED
        if not (paused and recording.skip_pause):
            recording.stretches.append(Stretch(seconds, sounding=not paused))
        recording.stretch_started_at = recording.updated_at = now

    def _finish(self, recording: Recording) -> None:
        if recording.status not in RUNNING:
            return
        self._close_stretch(recording)
        recording.status = RecordingStatus.PROCESSING
        if recording.call is not None and recording.order.source == "OutboundAPI":
            recording.call.last_words |= {
                "RecordingUrl": self.media_url(recording),
                "RecordingSid": recording.sid,
                "RecordingDuration": str(recording.seconds),
            }
        self._clock.call_later(PROCESSING_SECONDS, lambda: self._publish(recording))

    def _publish(self, recording: Recording) -> None:
        if recording.status is RecordingStatus.PROCESSING:
            recording.status = RecordingStatus.COMPLETED if recording.seconds else RecordingStatus.ABSENT
            recording.updated_at = self._clock.now()
            self._tell(recording)

    def _tell(self, recording: Recording) -> None:
        order, callback = recording.order, recording.order.callback
        if callback is None or recording.status not in callback.events:
            return
        fields = {
            "AccountSid": self._account_sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": self.media_url(recording),
            "RecordingStatus": str(recording.status),
            "RecordingChannels": str(order.channels),
            "RecordingStartTime": rfc2822(recording.started_at) or "",
            "RecordingSource": order.source,
            "RecordingTrack": order.track,
        }
        if recording.status is not RecordingStatus.IN_PROGRESS:
            fields["RecordingDuration"] = str(recording.seconds)
        if recording.conference is not None:
            fields["ConferenceSid"] = recording.conference.sid
        if recording.call is not None:
            fields["CallSid"] = recording.call.sid
        self._webhooks.notify(self._about(recording), callback.url, fields, method=callback.method)

    def _about(self, recording: Recording) -> About:
        kind, call = f"recording:{recording.status}", recording.call
        key = f"{recording.key}:{kind}"
        return About(kind, key, call.sid, call.order.to) if call else About(kind, key)
