"""The pacer with its rounds and decisions counted: `python -m bench.speed.counted FILE`. The file tells them,
anew in every round."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dialer.core import heartbeat
from dialer.services.pacing import Pace
from workers.main import run_pacer
from workers.pacer import Pacer

counts = {"rounds": 0, "decisions": 0}


def count(kind: Any, name: str, what: str) -> None:
    call: Callable[..., Any] = getattr(kind, name)

    def counted(*args: Any, **options: Any) -> Any:
        counts[what] += 1
        return call(*args, **options)

    setattr(kind, name, counted)


def main() -> None:
    file = Path(sys.argv[1])
    count(Pacer, "tick", "rounds")
    count(Pace, "wanted", "decisions")
    beat = heartbeat.beat

    def tell(process: heartbeat.Process) -> None:
        new = file.with_suffix(".new")
        new.write_text(json.dumps(counts))
        new.replace(file)
        beat(process)

    heartbeat.beat = tell
    run_pacer()


if __name__ == "__main__":
    main()
