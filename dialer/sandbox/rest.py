"""What every REST route needs: the sandbox, its renderings, and resources by SID or a 404."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request

from dialer.sandbox.calls import Call, Order
from dialer.sandbox.conferences import Conference, Participant, RoomStatus
from dialer.sandbox.errors import not_found
from dialer.sandbox.forms import Form
from dialer.sandbox.resources import Resource, Resources
from dialer.sandbox.sandbox import Sandbox
from dialer.sandbox.twiml import Source

EARLY_CALLBACK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class RestContext:
    sandbox: Sandbox
    resources: Resources

    def read(self, call: Call) -> Resource:
        """Reads may lag behind what has happened."""
        return self.resources.call(call, self._lag_seconds(call))

    def shows(self, call: Call) -> bool:
        """Made within the lag, it is not there yet."""
        if not (lag := self._lag_seconds(call)):
            return True
        return call.created_at <= self.sandbox.clock.now() - timedelta(seconds=lag)

    def _lag_seconds(self, call: Call) -> float:
        faults = self.sandbox.faults
        lags = faults.hits("read_lagged", call.key, call.order.to)
        return faults.plan.read_lag_seconds if lags else 0.0

    def place(self, order: Order) -> Call:
        """Dials, unless the plan of faults has something against it."""
        exchange = self.sandbox.exchange
        self.sandbox.faults.before_create(order.to, len(exchange.calls_to.get(order.to, ())) + 1)
        refusal = self.sandbox.people.refusal(order.to)
        if refusal is not None:
            raise refusal
        return exchange.place(order)

    async def confirm(self, call: Call) -> None:
        """What goes wrong between dialling and the answer to who asked for it."""
        faults = self.sandbox.faults
        if faults.hits("callback_before_answer", call.key, call.order.to):
            await self.sandbox.webhooks.answered(call.sid, EARLY_CALLBACK_SECONDS)
        faults.after_create(call)

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


def source_of(form: Form, name: str, default_method: str = "POST") -> Source | None:
    """The document at `HoldUrl`, `AnnounceUrl` or `WaitUrl`, and how it is asked for."""
    url = form.url(f"{name}Url")
    method = form.method(f"{name}Method", default_method)
    return Source(url, method) if url else None


async def rest_context(request: Request) -> RestContext:
    context: RestContext = request.app.state.rest
    return context
