"""Twilio's conferences: who is muted, on hold, coached, told something, or sent out of the room."""

from typing import Any

from twilio.rest import Client

from dialer.telephony.twilio_http import NOT_IN_PROGRESS, reach_if_there


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

    def remove(self, room_sid: str, call_sid: str) -> bool:
        member = self._client.conferences(room_sid).participants(call_sid)
        return reach_if_there(member.delete) is not None

    def end(self, room_sid: str) -> bool:
        room = self._client.conferences(room_sid)
        return reach_if_there(lambda: room.update(status="completed"), NOT_IN_PROGRESS) is not None

    def _change(self, room_sid: str, call_sid: str, **fields: Any) -> bool:
        member = self._client.conferences(room_sid).participants(call_sid)
        return reach_if_there(lambda: member.update(**fields)) is not None
