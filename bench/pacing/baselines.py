"""Baselines, each written from its published description; none of them sees how a call will end."""

import math
from collections import deque
from collections.abc import Callable, Sequence

from bench.pacing.floor import Policy
from bench.pacing.snapshot import Snapshot, Talk, Wrap


def in_flight(scene: Snapshot) -> int:
    return len(scene.placing) + len(scene.ringing) + len(scene.screening) + len(scene.waiting)


class OnePerFreeAgent:
    """Progressive: as many calls on their way as agents are free."""

    def decide(self, scene: Snapshot) -> int:
        return scene.ready - in_flight(scene)


class FixedRatio:
    """So many lines for each free agent."""

    def __init__(self, lines: float) -> None:
        self.lines = lines

    def decide(self, scene: Snapshot) -> int:
        return math.floor(self.lines * scene.ready) - in_flight(scene)


class Vicidial:
    """ADAPT_*: the level moves every 15 s by idle minus waiting agents; the day's drop rate brakes it."""

    def __init__(
        self, brake: str, most: float = 3.0, limit: float = 0.03, available_only: bool = False
    ) -> None:
        self.brake, self.most, self.limit = brake, most, limit
        self.available_only = available_only
        self.level = 1.0
        self.samples: deque[tuple[float, float]] = deque(maxlen=15)
        self.sampled = self.adapted = self.dialled = 0.0

    def decide(self, scene: Snapshot) -> int:
        agents = scene.ready + len(scene.on_call) + len(scene.wrap_up) + scene.leaving
        if scene.now >= self.sampled + 1.0:
            self.sampled = scene.now
            self.samples.append((scene.ready - len(scene.waiting), agents + scene.on_break))
        if scene.now >= self.adapted + 15.0:
            self.adapted = scene.now
            self.adapt(scene)
        if scene.now < self.dialled + 2.5:
            return 0
        self.dialled = scene.now
        if self.available_only:
            return round(self.level * scene.ready) - in_flight(scene)
        return round(self.level * agents) - in_flight(scene) - len(scene.on_call)

    def adapt(self, scene: Snapshot) -> None:
        spare = sum(sample[0] for sample in self.samples) / len(self.samples)
        team = sum(sample[1] for sample in self.samples) / len(self.samples)
        if team <= 0:
            return
        self.level = max(1.0, min(self.most, self.level * (1.0 + spare / team)))
        totals = scene.totals
        if totals.dialled > 50 and totals.abandoned > self.limit * max(1, totals.live):
            hours_left = max(0.0, 4.0 - scene.now / 3600.0)
            self.level *= {"hard": 0.0, "average": 0.5, "tapered": min(1.0, hours_left / 4.0)}[self.brake]
        self.level = max(1.0, self.level)


class ProportionalIntegral:
    """Lines for each free agent follow the gap between the wanted and the running abandonment rate."""

    def __init__(self, target: float = 0.025) -> None:
        self.target, self.integral, self.lines = target, 0.0, 1.0
        self.adapted = 0.0

    def decide(self, scene: Snapshot) -> int:
        if scene.now >= self.adapted + 10.0:
            self.adapted = scene.now
            totals = scene.totals
            gap = self.target - totals.abandoned / max(30, totals.live)
            self.integral = max(-0.5, min(2.0, self.integral + 0.3 * gap))
            self.lines = max(1.0, min(12.0, 1.0 + 20.0 * gap + 5.0 * self.integral))
        return math.floor(self.lines * scene.ready) - in_flight(scene)


class Samuelson:
    """Expected agents free when a call placed now is answered, over the answer rate; braked by the rate."""

    def __init__(self, target: float = 0.025) -> None:
        self.target, self.boost = target, 1.0
        self.adjusted = 0.0

    def decide(self, scene: Snapshot) -> int:
        attempts, talks, wraps = scene.history.attempts, scene.history.talks, scene.history.wraps
        recent = attempts[-200:]
        people = [one for one in recent if one.outcome == "live"]
        rate = (len(people) + 3.0) / (len(recent) + 6.0)
        ahead = sum(one.ended - one.dialled for one in people) / len(people) if people else 10.0
        hold = self.mean(talks, 120.0) + self.mean(wraps, 15.0)
        freed = len(scene.on_call) + len(scene.wrap_up)
        free = scene.ready + freed * (1.0 - math.exp(-ahead / hold))
        if scene.now >= self.adjusted + 20.0:
            self.adjusted = scene.now
            running = scene.totals.abandoned / max(40, scene.totals.live)
            self.boost = max(0.3, min(1.5, self.boost + 4.0 * (self.target - running)))
        return math.floor((self.boost * free - len(scene.waiting)) / rate) - in_flight(scene)

    @staticmethod
    def mean(spells: Sequence[Talk] | Sequence[Wrap], prior: float) -> float:
        tail = spells[-100:]
        return (prior * 3.0 + sum(spell.seconds for spell in tail)) / (3.0 + len(tail))


class BusyWindow:
    """Counts agents as free a window before their usual end, with up to one over the answer rate lines each.

    Window and lines open together while the running abandonment is below its target, and close above it.
    """

    def __init__(self, target: float = 0.025) -> None:
        self.target, self.open = target, 0.2
        self.adjusted = 0.0

    def decide(self, scene: Snapshot) -> int:
        recent = scene.history.attempts[-300:]
        rate = (sum(one.outcome == "live" for one in recent) + 3.0) / (len(recent) + 8.0)
        usual = Samuelson.mean(scene.history.talks, 120.0)
        if scene.now >= self.adjusted + 15.0:
            self.adjusted = scene.now
            running = scene.totals.abandoned / max(40, scene.totals.live)
            self.open = max(0.0, min(1.0, self.open + 2.0 * (self.target - running)))
        window = 0.5 * self.open * usual
        nearly = sum(0.0 < usual - (scene.now - start) < window for start in scene.on_call)
        lines = 1.0 + self.open * (1.0 / rate - 1.0)
        return math.floor(lines * (scene.ready + nearly)) - in_flight(scene)


BASELINES: dict[str, Callable[[], Policy]] = {
    "one per free agent": OnePerFreeAgent,
    "ratio 2": lambda: FixedRatio(2.0),
    "ratio 3": lambda: FixedRatio(3.0),
    "vicidial hard": lambda: Vicidial("hard"),
    "vicidial average": lambda: Vicidial("average"),
    "vicidial tapered": lambda: Vicidial("tapered"),
    "vicidial available": lambda: Vicidial("hard", available_only=True),
    "PI on abandonment": ProportionalIntegral,
    "samuelson": Samuelson,
    "busy window": BusyWindow,
}
