"""Twilio's conferences: who is in one, is muted, on hold, coached, or told something."""

from typing import Any

from twilio.rest import Client

from dialer.telephony.port import RoomFacts
from dialer.telephony.twilio_http import reach, reach_if_there

ENDED, THERE = "completed", "connected"
LATEST = 20


class TwilioRooms:
    def __init__(self, client: Client) -> None:
        self._client = client

    def mute(self, room_sid: str, call_sid: str, muted: bool) -> bool:
        return self._change(room_sid, call_sid, muted=muted)

    def hold(self, room_sid: str, call_sid: str, music_url: str | None) -> bool:
        if music_url is None:
            return self._change(room_sid, call_sid, hold=False)
        return self._change(room_sid, call_sid, hold=True, hold_url=music_url, hold_method="POST")

    def announce(self, room_sid: str, call_sid: str, url: str) -> bool:
        return self._change(room_sid, call_sid, announce_url=url, announce_method="POST")

    def listen(self, room_sid: str, call_sid: str) -> bool:
        return self._change(room_sid, call_sid, muted=True, coaching=False)

    def coach(self, room_sid: str, call_sid: str, coached_sid: str | None) -> bool:
        if coached_sid is None:
            return self._change(room_sid, call_sid, coaching=False, muted=False)
        return self._change(room_sid, call_sid, coaching=True, call_sid_to_coach=coached_sid, muted=False)

    def find(self, name: str) -> RoomFacts | None:
        """No filter by status: with one call in it, a room has not begun yet. A name has one open room at
        a time, and it is the latest."""
        rooms = reach(lambda: self._client.conferences.list(friendly_name=name, limit=LATEST))
        sid = next((str(room.sid) for room in rooms if str(room.status) != ENDED), None)
        if sid is None:
            return None
        members = reach_if_there(lambda: self._client.conferences(sid).participants.list())
        if members is None:
            return None
        return RoomFacts(sid, {str(member.call_sid) for member in members if str(member.status) == THERE})

    def _change(self, room_sid: str, call_sid: str, **fields: Any) -> bool:
        member = self._client.conferences(room_sid).participants(call_sid)
        return reach_if_there(lambda: member.update(**fields)) is not None
