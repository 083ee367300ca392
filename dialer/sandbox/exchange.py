"""Moves calls through their lives: placed, queued, ringing, answered, ended. What is done in an
answered call is its script's business; who answers is `people`'s."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace

from dialer.sandbox.calls import Call, Cause, Event, Order, Script, Status, StatusCallback
from dialer.sandbox.clock import Clock
from dialer.sandbox.debugger import Debugger
from dialer.sandbox.errors import not_in_progress
from dialer.sandbox.ids import new_sid
from dialer.sandbox.mishaps import MISHAPS, SILENCE_SECONDS, Mishap
from dialer.sandbox.people import ANSWERING, Behaviour, People, Person
from dialer.sandbox.presence import Presence
from dialer.sandbox.progress import Progress
from dialer.sandbox.rate import CallRate

OK, NOT_FOUND, BUSY_HERE, TERMINATED, DECLINED = 200, 404, 486, 487, 603
SETUP_SECONDS = 0.5
"""From dialling to the first ring."""

log = logging.getLogger(__name__)


class Exchange:
    def __init__(
        self, clock: Clock, people: People, progress: Progress, rate: CallRate, debugger: Debugger
    ) -> None:
        self._clock = clock
        self._people = people
        self._progress = progress
        self._rate = rate
        self._debugger = debugger
        self.calls: dict[str, Call] = {}
        self.calls_to: defaultdict[str, list[Call]] = defaultdict(list)
        self.live: set[Call] = set()

    def place(self, order: Order) -> Call:
        queue_seconds = self._rate.take() if order.paced else 0.0
        call = self._open(order, self._people.next_for(order.to), queue_seconds)
        call.task = asyncio.get_running_loop().create_task(self._guard(call, lambda: self._dial(call)))
        return call

    def receive(self, order: Order, caller: Person) -> Call:
        """A call to us rings until its TwiML's first verb answers or rejects it."""
        call = self._open(order, caller, 0.0)
        call.status, call.started_at, call.ringing_at = Status.RINGING, call.created_at, call.created_at
        script = order.script
        call.task = asyncio.get_running_loop().create_task(
            self._guard(call, lambda: self._follow(call, script))
        )
        return call

    def _open(self, order: Order, person: Person, queue_seconds: float) -> Call:
        call = Call(
            sid=new_sid("CA"),
            nth=len(self.calls_to[order.to]) + 1,
            order=order,
            queue_seconds=queue_seconds,
            person=person,
            created_at=self._clock.now(),
            callback=order.callback,
        )
        call.presence = Presence(call.person, self._clock, lambda: self.hang_up(call))
        self.calls[call.sid] = call
        self.calls_to[order.to].append(call)
        self.live.add(call)
        return call

    def redirect(self, call: Call, script: Script) -> None:
        if call.status is not Status.IN_PROGRESS:
            raise not_in_progress()
        call.release(Cause.API)
        call.task.cancel()
        call.presence.listen()
        call.task = asyncio.get_running_loop().create_task(
            self._guard(call, lambda: self._follow(call, script))
        )

    def cancel(self, call: Call) -> None:
        """Ends a call that nobody has answered yet; one in progress goes on."""
        if call.status in (Status.QUEUED, Status.RINGING):
            self.end(call, Status.CANCELED, TERMINATED, Cause.API)

    def hang_up(self, call: Call, cause: Cause = Cause.HUNG_UP) -> None:
        if call.status is Status.IN_PROGRESS:
            self.end(call, Status.COMPLETED, OK, cause)
        else:
            self.end(call, Status.CANCELED, TERMINATED, cause)

    def end(self, call: Call, status: Status, sip_code: int, cause: Cause = Cause.HUNG_UP) -> None:
        if call.is_over:
            return
        call.status, call.sip_code, call.ended_at = status, sip_code, self._clock.now()
        call.updated_at = call.ended_at
        call.stop_timers()
        self.live.discard(call)
        call.release(cause)
        if call.task is not asyncio.current_task():
            call.task.cancel()
        for finish in call.on_end:
            finish()
        call.ended.set()
        if call.started_at is not None:  # a call ended while queued ends without a word
            self._progress.emit(call, Event.COMPLETED)

    def set_callback(self, call: Call, url: str, method: str) -> None:
        call.callback = replace(call.callback or StatusCallback(url), url=url, method=method)

    def set_time_limit(self, call: Call, seconds: float) -> None:
        """Counts from the answer."""
        call.order = replace(call.order, time_limit=seconds)
        if call.status is Status.IN_PROGRESS and call.answered_at is not None:
            call.timers["limit"].cancel()
            gone = (self._clock.now() - call.answered_at).total_seconds()
            call.timers["limit"] = self._clock.call_later(seconds - gone, lambda: self._time_out(call))

    def remove(self, call: Call) -> None:
        """Takes an ended call off the books."""
        del self.calls[call.sid]
        self.calls_to[call.order.to].remove(call)

    async def stop(self) -> None:
        """Drops every call without a word to anybody."""
        tasks = [call.task for call in self.live]
        for call in self.live:
            call.stop_timers()
            call.task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _guard(self, call: Call, life: Callable[[], Awaitable[None]]) -> None:
        try:
            await life()
        except Exception:
            log.exception("call %s broke off", call.sid)
            self.end(call, Status.FAILED, 500)

    async def _dial(self, call: Call) -> None:
        if call.queue_seconds:
            await self._clock.sleep(call.queue_seconds)
        call.started_at = self._clock.now()
        self._progress.emit(call, Event.INITIATED)
        await self._clock.sleep(min(SETUP_SECONDS, call.person.ring_seconds))
        mishap = MISHAPS.get(call.person.error_code or 0)
        if mishap is not None and mishap.sip_code is not None:
            self._go_wrong(call, mishap, Status.FAILED, mishap.sip_code)
            return
        if call.person.behaviour is Behaviour.FAILED:
            self.end(call, Status.FAILED, call.person.sip_code or NOT_FOUND)
            return
        call.status, call.ringing_at = Status.RINGING, self._clock.now()
        self._progress.emit(call, Event.RINGING)
        await self._ring(call, call.person)

    async def _ring(self, call: Call, person: Person) -> None:
        unreachable = person.behaviour is Behaviour.NO_ANSWER and person.sip_code is not None
        silent = person.behaviour is Behaviour.NO_ANSWER or person.ring_seconds > call.order.timeout
        if silent and not unreachable:
            await self._clock.sleep(call.order.timeout)
        else:
            await self._clock.sleep(person.ring_seconds)
        if silent:
            self.end(call, Status.NO_ANSWER, person.sip_code or TERMINATED)
        elif person.behaviour not in ANSWERING:
            default = DECLINED if person.behaviour is Behaviour.REJECT else BUSY_HERE
            self.end(call, Status.BUSY, person.sip_code or default)
        else:
            self.answer(call)
            await self._follow(call, call.order.script)

    def answer(self, call: Call) -> None:
        call.status, call.answered_at = Status.IN_PROGRESS, self._clock.now()
        call.timers["limit"] = self._clock.call_later(call.order.time_limit, lambda: self._time_out(call))
        mishap = MISHAPS.get(call.person.error_code or 0)
        if mishap is not None:
            call.timers["mishap"] = self._clock.call_later(
                SILENCE_SECONDS, lambda: self._go_wrong(call, mishap, Status.COMPLETED, OK)
            )
        call.presence.answered()
        self._progress.emit(call, Event.ANSWERED)

    def _time_out(self, call: Call) -> None:
        self._debugger.note(32015, "Call is terminated: its maximum duration is exceeded", call_sid=call.sid)
        self.hang_up(call)

    def _go_wrong(self, call: Call, mishap: Mishap, status: Status, sip_code: int) -> None:
        self._debugger.note(mishap.code, mishap.message, call_sid=call.sid)
        self.end(call, status, sip_code)

    async def _follow(self, call: Call, script: Script) -> None:
        await script(call)
        self.end(call, Status.COMPLETED, OK)
