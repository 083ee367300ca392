"""What processes use of the machine, as Linux tells it. A server's own children count with it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    cpu_seconds: float
    memory_mb: float
    """Pages that several processes share are divided among them (PSS)."""


@dataclass(frozen=True)
class Machine:
    """Seconds of all cores together."""

    busy: float
    idle: float

    @classmethod
    def now(cls) -> "Machine":
        ticks = [int(one) for one in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        idle = ticks[3] + ticks[4]
        return cls((sum(ticks) - idle) / TICK, idle / TICK)


def of_all(pids: Mapping[str, int]) -> dict[str, Usage]:
    children = _children()
    return {name: _of(pid, children.get(pid, [])) for name, pid in pids.items()}


def _of(pid: int, children: list[int]) -> Usage:
    """With the children that it has, and what those used that are gone."""
    fields = _stat(pid)
    cpu = sum(int(ticks) for ticks in fields[11:15]) / TICK
    living = [child for child in children if Path(f"/proc/{child}").exists()]
    cpu += sum(sum(int(ticks) for ticks in _stat(child)[11:13]) for child in living) / TICK
    return Usage(cpu, sum(_memory_mb(one) for one in (pid, *living)))


def _stat(pid: int) -> list[str]:
    """The fields of a process from its state on; zeros for one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["0"] * 50


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            found.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
    return found


def _memory_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
