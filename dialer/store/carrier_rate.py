"""The account's pace at the carrier, in Redis, shared by every worker and pacer: a token for each call.

A token bucket, reckoned by Redis's own clock (GCRA): what is kept is the moment up to which calls are
spoken for. Agents' lines go before calls to people. Told by the carrier to slow down, everybody does.
Lost with Redis, it costs one burst, which the carrier queues for a moment.
"""

import random
from datetime import timedelta

import redis

SHARE = 0.9
"""Of the account's rate. Calls that leave here evenly arrive bunched, and the carrier's rate is an average
over a span that it does not tell. A tenth left unused keeps its queue empty: what waits there rings later
than was decided here."""
BURST_SECONDS = 0.5
"""So many seconds' worth may leave at once, half of what the carrier lets pass."""
URGENT_SECONDS = 1.0
"""So long do others hold back after an agent's line found no token."""
FIRST_PAUSE = timedelta(seconds=0.25)
LONGEST_PAUSE = timedelta(seconds=60)
FORGET_REFUSALS = timedelta(seconds=30)
"""After a pause without another refusal. A call that goes through tells nothing: with many in flight some
always do."""

_NEXT, _PAUSE, _REFUSALS, _URGENT = (
    f"carrier_rate:{name}" for name in ("next", "pause", "refusals", "urgent")
)
_MICRO = 1_000_000

_TAKE = """
local gap, tolerance, urgent = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then return paused * 1000 end
local first = redis.call('PTTL', KEYS[3])
if first > 0 and not urgent then return first * 1000 end
local next = math.max(now, tonumber(redis.call('GET', KEYS[1])) or 0)
next = math.min(next, now + tolerance + gap)
local wait = math.ceil(next - tolerance - now)
if wait > 0 then
  if urgent then redis.call('SET', KEYS[3], 1, 'PX', ARGV[4]) end
  return wait
end
next = next + gap
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000) + 1000)
return 0
"""
"""Microseconds until there is a token, 0 when one was taken. A moment further off than a full bucket can
bring about comes of a clock set back, and is not believed."""

_SLOW_DOWN = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local refusals = redis.call('INCR', KEYS[2])
local pause = math.min(ARGV[2], ARGV[1] * 2 ^ (refusals - 1))
pause = math.ceil(pause * ARGV[3])
redis.call('PEXPIRE', KEYS[2], pause + ARGV[4])
redis.call('SET', KEYS[1], 1, 'PX', pause)
return pause
"""
"""Milliseconds of the pause that begins; 0 when one is on already: requests in flight together are
refused together, and count as one."""


def pause_left(client: redis.Redis) -> float:
    """Seconds for which nobody calls, for the carrier said "too fast"."""
    return max(0, int(client.pttl(_PAUSE))) / 1000


class CarrierRate:
    """May raise `RedisError`; nobody calls then."""

    def __init__(self, client: redis.Redis, calls_per_second: float) -> None:
        rate = calls_per_second * SHARE
        burst = max(1, int(rate * BURST_SECONDS))
        self._gap = _MICRO / rate
        self._tolerance = self._gap * (burst - 1)
        self._client = client

    def take(self, *, urgent: bool = False) -> float:
        """Seconds until there may be a token; 0 when it was taken. Urgent ones go first."""
        arguments = (self._gap, self._tolerance, int(urgent), int(URGENT_SECONDS * 1000))
        micros = self._client.register_script(_TAKE)(keys=[_NEXT, _PAUSE, _URGENT], args=arguments)
        return int(micros) / _MICRO

    def room(self, seconds: float) -> int:
        """How many calls could be placed within `seconds`, were nobody else to place any."""
        pipeline = self._client.pipeline(transaction=True)
        pipeline.time()
        pipeline.get(_NEXT)
        pipeline.exists(_PAUSE, _URGENT)
        (whole, micros), spoken_for, held_back = pipeline.execute()
        if held_back:
            return 0
        now = whole * _MICRO + micros
        ahead = min(max(0.0, float(spoken_for or 0) - now), self._tolerance + self._gap)
        spare = seconds * _MICRO + self._tolerance - ahead
        return int(spare // self._gap) + 1 if spare >= 0 else 0

    def slow_down(self) -> float:
        """The carrier said "too fast": nobody calls for a while, twice as long each time it says so again.
        Seconds of the pause that this began."""
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
        spans = (_millis(FIRST_PAUSE), _millis(LONGEST_PAUSE), jitter, _millis(FORGET_REFUSALS))
        pause = self._client.register_script(_SLOW_DOWN)(keys=[_PAUSE, _REFUSALS], args=spans)
        return int(pause) / 1000


def _millis(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
