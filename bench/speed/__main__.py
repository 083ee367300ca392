"""The speed of the house: `make bench`, or `python -m bench.speed [--help]`. Prints one table."""

import argparse
import logging
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.speed import load, pacer, progressive, refills, report
from bench.speed.house import Size
from bench.speed.report import Row
from dialer.core.log import configure_logging

CONTACTS_A_SECOND = 1.3
"""For each call a second and second, those of the spans beside the first among them."""
OTHER_SECONDS = 150


def run(options: argparse.Namespace, home: Path) -> Iterator[Row]:
    rows = set(options.rows)
    contacts = int(CONTACTS_A_SECOND * options.calls * (options.seconds + OTHER_SECONDS))
    size = Size(options.agents, options.calls, contacts, options.answered, workers=options.workers)
    if rows & load.ROWS:
        yield from load.measure(home / "load", size, options.seconds, rows)
    if 4 in rows:
        yield progressive.measure(home / "progressive", size, options.seconds)
    if 6 in rows:
        yield pacer.measure(home / "pacer")
    if 7 in rows:
        yield from refills.measure(options.contacts)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=list(range(1, 8)), choices=range(1, 8))
    parser.add_argument("--seconds", type=float, default=300.0, help="how long calls are placed for row 1")
    parser.add_argument("--agents", type=int, default=300)
    parser.add_argument("--calls", type=float, default=50.0, help="a second, that the house is let place")
    parser.add_argument("--answered", type=float, default=0.4, help="share of calls that a person answers")
    parser.add_argument("--workers", type=int, help="instead of as many as a deployment has")
    parser.add_argument("--contacts", type=int, default=200_000, help="of row 7")
    parser.add_argument("--keep", type=Path, help="a new folder for data and logs, kept afterwards")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    configure_logging("bench", level=logging.ERROR)
    rows: list[Row] = []
    try:
        with TemporaryDirectory(prefix="dialer-bench-", ignore_cleanup_errors=True) as folder:
            for row in run(options, options.keep or Path(folder)):
                rows.append(row)
                print(report.told([row]), flush=True)
    except KeyboardInterrupt:
        print("Stopped.")
        return 130
    finally:
        if len(rows) > 1:
            print(report.told(sorted(rows, key=lambda row: row.number)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
