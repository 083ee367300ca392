"""`dialer import-list`"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from dialer.cli.database import migrated_engine
from dialer.cli.output import console, print_json
from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.errors import Invalid, NotFound
from dialer.services import call_lists
from dialer.services.call_lists import Load, Report
from dialer.services.list_files import ListFile, open_list
from dialer.store import campaigns


def import_list(
    file: Path,
    campaign: str | None,
    country: str,
    name: str | None,
    overrides: Sequence[str],
    dry_run: bool,
    as_json: bool,
) -> None:
    if campaign is None and not dry_run:
        raise Invalid("Say which campaign will dial the list: --campaign SLUG. Or try it: --dry-run.")
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    said = Load(name or file.stem, country.upper(), _overrides(overrides))
    started = time.monotonic()
    opened = open_list(file)
    with _bar(opened) as progress:
        report = _load(campaign, opened, said, dry_run, progress)
    seconds = round(time.monotonic() - started, 2)
    _tell(report, seconds, dry_run)
    if as_json:
        print_json(report.as_json() | {"seconds": seconds})


def _load(
    campaign: str | None, file: ListFile, said: Load, dry_run: bool, progress: call_lists.Progress
) -> Report:
    if campaign is None:
        return call_lists.assess(file, said, progress)
    with migrated_engine() as engine, transaction(engine) as session:
        found = campaigns.by_slug(session, campaign)
        if found is None:
            slugs = ", ".join(row.slug for row in campaigns.everything(session)) or "none yet"
            raise NotFound(f"There is no campaign “{campaign}”. There are: {slugs}.")
        report = call_lists.load(session, found, file, said, utc_now(), progress)
        if dry_run:
            session.rollback()
        return report


def _overrides(pairs: Sequence[str]) -> dict[str, str]:
    overrides = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals or not field:
            raise Invalid(f'“{pair}” is no mapping; write --map phone="Telephone Number".')
        overrides[field.strip()] = column.strip()
    return overrides


@contextmanager
def _bar(file: ListFile) -> Iterator[call_lists.Progress]:
    columns = (
        TextColumn("Reading"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("rows", total=max(1, file.size))
        yield lambda read: bar.update(task, completed=read)


def _tell(report: Report, seconds: float, dry_run: bool) -> None:
    table = Table(show_header=False, box=None)
    for label in ("rows", "new", "updated", "duplicate", "suppressed", "invalid"):
        table.add_row(label, f"[bold]{getattr(report, label):,}[/]")
    for reason, count in report.reasons.most_common():
        table.add_row(f"  {reason.replace('_', ' ')}", f"{count:,}")
    console.print(table)
    for field, column in report.mapping.items():
        console.print(f"  {field} ← “{column}”", style="dim")
    console.print(f"{'Nothing was written. ' if dry_run else ''}{seconds} s")
