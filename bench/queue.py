"""Measures a refill of the dial queue: `make bench-queue`, or `python -m bench.queue [--help]`.

One campaign of callable contacts over five lists and twelve sets of zones, copied into a PostgreSQL of its
own; the queue in a Valkey of its own. A refill is the feeder's whole work: who is due, the gate, the queue.
The same query runs without its index too, in a transaction that is rolled back. Refuses to touch any
database that is there.
"""

import argparse
import functools
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from dialer.core.database import get_engine, transaction
from dialer.core.embedded import embedded_postgresql, embedded_valkey
from dialer.core.redis import get_redis
from dialer.domain.campaign import CampaignState
from dialer.migrations import runner
from dialer.services import campaigns, feeder
from dialer.services.campaigns import CampaignDraft
from dialer.store import dial_queue, dialable
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign
from workers import queue_jobs

NOW = datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
ZONE_SETS = (
    ["America/Chicago"], ["America/New_York"], ["America/Denver"], ["America/Los_Angeles"],
    ["America/Phoenix"], ["America/Detroit"], ["America/Boise"], ["America/Chicago", "America/New_York"],
    ["America/Chicago", "America/Denver"], ["America/Los_Angeles", "America/New_York"],
    ["America/Indiana/Indianapolis"], ["Asia/Tokyo"],
)  # fmt: skip
"""All but the last may be called at `NOW`."""
WEIGHTS = (1, 2, 3, 5, 8)
SIZES = (10_000, 100_000, 1_000_000)
REFILLS = (30, 100, 500)
PATIENCE_SECONDS = 60
COLUMNS = (
    "campaign_id, call_list_id, phone, phone_at, extension, other_phones, first_name, last_name, full_name,"
    " company, title, email, address, city, state_code, postal_code, country, zones, external_id, custom,"
    " state, priority, attempts_made, next_call_at, is_left_out, created_at, updated_at"
)


def made(session: Session) -> tuple[int, list[int]]:
    """A running campaign and its lists."""
    client = campaigns.add_client(session, "bench", "Bench", "+13125550199", NOW)
    draft = CampaignDraft("bench", "Bench", client.id, "home-energy-check", "+13125550100")
    campaign = campaigns.create(session, draft, None, NOW)
    campaign.state = CampaignState.RUNNING
    campaign.contact_filter = [{"field": "custom.segment", "is": "one_of", "value": "a, b"}]
    told: dict[str, Any] = {"campaign_id": campaign.id, "country": "US", "mapping": {}, "counts": {}}
    told["imported_at"] = NOW
    lists = [CallList(name=f"List {weight}", weight=weight, **told) for weight in WEIGHTS]
    session.add_all(lists)
    session.flush()
    return campaign.id, [one.id for one in lists]


def copy_in(campaign_id: int, lists: list[int], first: int, last: int) -> float:
    """Contacts `first` to `last`, all due since the same moment as a load makes them: of a hundred one is a
    call-back for anyone and nine are retries."""
    started = time.perf_counter()
    due, stamp = (NOW - timedelta(hours=1)).isoformat(), NOW.isoformat()
    connection = get_engine().raw_connection()
    try:
        with connection.cursor().copy(f"COPY contacts ({COLUMNS}) FROM STDIN") as copy:
            for n in range(first, last):
                segment = json.dumps({"segment": "abc"[n % 3]})
                zones = "{" + ",".join(ZONE_SETS[n // 5 % 12]) + "}"
                priority = 10 if n % 100 == 0 else 50 if n % 100 < 10 else 100
                copy.write_row(
                    (campaign_id, lists[n % 5], f"+{n:015}", 0, "", "{}", "", "", "", "", "", "", "",
                     "Chicago", "IL", "60601", "US", zones, "", segment, "waiting", priority, 0,
                     due, False, stamp, stamp)
                )  # fmt: skip
        connection.commit()
    finally:
        connection.close()
    with get_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as analysing:
        analysing.execute(text("VACUUM ANALYZE contacts"))
    return time.perf_counter() - started


def timed(times: int, do: Callable[[], object]) -> list[float]:
    """Milliseconds of each run."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        do()
        took.append(1000 * (time.perf_counter() - started))
    return took


def refill(campaign_id: int, wanted: int) -> None:
    """As the pacer does it, from an empty queue."""
    dial_queue.clear(get_redis(), campaign_id)
    feeder.QUEUE_AT_LEAST = wanted
    with transaction() as session:
        ranked = feeder.feed(session, get_redis(), session.get_one(Campaign, campaign_id), NOW)
        assert ranked == wanted, (ranked, wanted)


def query(session: Session, campaign_id: int, wanted: int) -> None:
    groups = [one for one in dialable.groups(session, campaign_id) if "Asia/Tokyo" not in one.zones]
    dialable.longest_due(session, campaign_id, [(one, wanted) for one in groups], [], NOW)


def without_index(campaign_id: int, wanted: int) -> str:
    with Session(get_engine()) as session:
        session.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE_SECONDS}s'"))
        session.execute(text("DROP INDEX ix_contacts_dialable"))
        try:
            told = f"{timed(1, lambda: query(session, campaign_id, wanted))[0]:,.0f} ms"
        except OperationalError:
            told = f"given up after {PATIENCE_SECONDS} s"
        session.rollback()
    return told


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Told as it goes, to people; what was found."""
    told = functools.partial(print, file=sys.stderr if options.json else sys.stdout, flush=True)
    with transaction() as session:
        campaign_id, lists = made(session)
    told(f"{'contacts':>10} {'refill':>7} {'least ms':>9} {'p50 ms':>8} {'p95 ms':>8}")
    before, found = 0, []
    for size in options.sizes:
        copied = copy_in(campaign_id, lists, before, size)
        before, refills = size, []
        for wanted in REFILLS:
            refill(campaign_id, wanted)
            took = timed(options.times, functools.partial(refill, campaign_id, wanted))
            p95 = quantiles(took, n=20)[-1]
            refills.append({"wanted": wanted, "p50": median(took), "p95": p95})
            told(f"{size:>10,} {wanted:>7,} {min(took):>9.1f} {median(took):>8.1f} {p95:>8.1f}")
        with transaction() as session:
            plain = median(timed(5, functools.partial(query, session, campaign_id, 30)))
        bare = without_index(campaign_id, 30)
        told(f"{size:>10,} the query alone: {plain:,.1f} ms; without its index {bare}")
        told(f"{size:>10,} copied in and analysed in {copied:.1f} s")
        found.append({"contacts": size, "refills": refills, "query": plain, "without_index": bare})
    filtered = timed(1, lambda: queue_jobs.apply_filter(str(campaign_id)))[0]
    told(f"{size:>10,} a filter that leaves out a third, applied in batches: {filtered / 1000:.1f} s")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--times", type=int, default=20, help="refills of each kind")
    parser.add_argument("--json", action="store_true", help="what was found as one JSON document")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="dialer-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with embedded_postgresql(home) as database_url, embedded_valkey(home) as redis_url:
            os.environ |= {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
            runner.upgrade(database_url)
            found = measure(options)
            get_engine().dispose()
    if options.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
