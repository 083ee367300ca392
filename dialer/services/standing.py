"""Whether the house itself is able to dial: Redis, its processes, the carrier's pace. In words, the worst
first."""

from dataclasses import dataclass

from redis.exceptions import RedisError

from dialer.core import heartbeat
from dialer.core.errors import SettingMissing
from dialer.core.heartbeat import Process
from dialer.core.redis import get_redis
from dialer.store import carrier_rate

NO_REDIS = "Redis can't be reached: nobody is dialled until it is back, and nobody is lost."
UNKNOWN = "REDIS_URL is not set here, so nothing is known of the processes, the pace and the dial queue."
SILENT = {
    Process.PACER: "No pacer gave a sign of life for 30 seconds: nobody decides whom to dial.",
    Process.WORKER: "No worker gave a sign of life for 30 seconds: what is decided on is not placed.",
    Process.CRON: "No cron gave a sign of life for 30 seconds: nothing is swept, and no brake is set.",
}
DIALS = frozenset({Process.PACER, Process.WORKER})


@dataclass(frozen=True)
class Standing:
    obstacles: tuple[str, ...]
    """What keeps everybody from being dialled."""
    notes: tuple[str, ...] = ()
    """What else is amiss."""


def look() -> Standing:
    try:
        silent = [process for process in SILENT if not heartbeat.is_alive_anywhere(process)]
        pause = carrier_rate.pause_left(get_redis())
    except SettingMissing:
        return Standing((), (UNKNOWN,))
    except RedisError:
        return Standing((NO_REDIS,))
    obstacles = [SILENT[process] for process in silent if process in DIALS]
    if pause:
        obstacles.append(f"The carrier told us to slow down: no call is placed for another {pause:.1f} s.")
    return Standing(tuple(obstacles), tuple(SILENT[process] for process in silent if process not in DIALS))
