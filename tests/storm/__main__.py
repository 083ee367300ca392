"""`python -m tests.storm [CALLS] [--seed N]`: the full storm; prints its seed, counts and time."""

import argparse
import math
import random
import sys
import tempfile
from pathlib import Path

from dialer.core.log import configure_logging
from tests.storm.storm import Storm, rage

CALLS = 2_000
BETWEEN_BLOWS = 15, 45


def main() -> int:
    options = argparse.ArgumentParser(prog="make storm", description=__doc__)
    options.add_argument("calls", nargs="?", type=int, default=CALLS)
    options.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    options.add_argument("--agents", type=int, default=30)
    options.add_argument("--speed", type=float, default=12.0)
    options.add_argument("--blows", type=int, nargs=2, default=BETWEEN_BLOWS, help="calls between two")
    options.add_argument("--seconds", type=float, default=math.inf, help="ends then, with fewer calls")
    options.add_argument("--keep", type=Path, help="folder for data and logs, kept afterwards")
    given = options.parse_args()
    configure_logging("storm", level=40)
    sys.stdout.write(f"seed {given.seed}: a storm of {given.calls} calls …\n")
    sys.stdout.flush()
    storm = Storm(
        given.calls,
        given.seed,
        given.agents,
        given.speed,
        calls_between_blows=tuple(given.blows),
        most_seconds=given.seconds,
    )
    with tempfile.TemporaryDirectory(prefix="dialer-storm-", ignore_cleanup_errors=True) as folder:
        report = rage(storm, given.keep or Path(folder))
    sys.stdout.write(f"{report.told()}\n")
    is_full = report.findings.calls >= CALLS
    if is_full:
        sys.stdout.writelines(f"WRONG: {fault} never struck\n" for fault in report.never_struck)
    is_wrong = report.wrong or report.findings.joins
    return 1 if is_wrong or (is_full and report.never_struck) else 0


if __name__ == "__main__":
    sys.exit(main())
