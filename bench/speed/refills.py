"""Row 7: the refill of the dial queue, as `python -m bench.queue` measures it, with fewer contacts."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

from bench.speed.report import Row


def measure(contacts: int) -> Iterator[Row]:
    """In a process of its own, with services of its own."""
    sizes = [str(size) for size in (contacts // 10, contacts)]
    command = [sys.executable, "-m", "bench.queue", "--json", "--times", "10", "--sizes", *sizes]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as queue:
        try:
            told, _ = queue.communicate()
        except BaseException:
            queue.send_signal(signal.SIGINT)
            queue.wait(30)
            raise
    if queue.returncode:
        raise ChildProcessError(f"bench.queue ended with status {queue.returncode}")
    for size in json.loads(told):
        refills = ", ".join(f"{one['wanted']}: {one['p50']:.0f}" for one in size["refills"])
        slowest = max(one["p95"] for one in size["refills"])
        yield Row(
            7,
            f"refill of the queue from {size['contacts']:,} callable contacts",
            f"p50 by size, ms: {refills}; slowest p95 {slowest:.0f} ms",
            "under 200 ms at 1,000,000",
            f"the query alone {size['query']:.1f} ms, without its index {size['without_index']}",
        )
