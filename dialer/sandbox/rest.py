"""What every REST route needs: the sandbox, its renderings, and resources by SID or a 404."""

from dataclasses import dataclass

from fastapi import Request

from dialer.sandbox.calls import Call
from dialer.sandbox.conferences import Conference, Participant, RoomStatus
from dialer.sandbox.errors import not_found
from dialer.sandbox.resources import Resources
from dialer.sandbox.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class RestContext:
    sandbox: Sandbox
    resources: Resources

    def call(self, sid: str, request: Request) -> Call:
        call = self.sandbox.exchange.calls.get(sid)
        if call is None:
            raise not_found(request.url.path)
        return call

    def conference(self, sid: str, request: Request) -> Conference:
        conference = self.sandbox.conferences.by_sid.get(sid)
        if conference is None:
            raise not_found(request.url.path)
        return conference

    def active_conference(self, key: str, request: Request) -> Conference:
        """By SID or by name, while it is going on: its participants are not seen afterwards."""
        conference = self.sandbox.conferences.by_sid.get(key) or self.sandbox.conferences.named(key)
        if conference is None or conference.status is RoomStatus.COMPLETED:
            raise not_found(request.url.path)
        return conference

    def participant(self, conference: Conference, key: str, request: Request) -> Participant:
        participant = conference.find(key)
        if participant is None:
            raise not_found(request.url.path)
        return participant


async def rest_context(request: Request) -> RestContext:
    context: RestContext = request.app.state.rest
    return context
