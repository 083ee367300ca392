"""`dialer why`"""

import logging
from dataclasses import asdict

import typer
from rich.table import Table
from sqlmodel import Session

from dialer.cli.database import migrated_engine
from dialer.cli.output import console, print_json
from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.errors import NotFound
from dialer.core.log import configure_logging
from dialer.services import why_contact, why_not_dialled
from dialer.services.why_contact import Check, Try, WhyContact
from dialer.services.why_not_dialled import Why
from dialer.store import campaigns


def why(campaign: str | None, contact: int | None, as_json: bool) -> None:
    if (campaign is None) is (contact is None):
        raise typer.BadParameter("Say what is asked about: one of --campaign SLUG and --contact ID.")
    configure_logging("why", level=logging.ERROR)
    with migrated_engine() as engine, transaction(engine) as session:
        if contact is not None:
            person = why_contact.explain(session, contact, utc_now())
            _tell_contact(person)
            document = asdict(person)
        else:
            told = _of_campaign(session, campaign or "")
            _tell_campaign(told)
            document = {"campaign": campaign} | asdict(told)
    if as_json:
        print_json(document)


def _of_campaign(session: Session, slug: str) -> Why:
    found = campaigns.by_slug(session, slug)
    if found is None:
        slugs = ", ".join(row.slug for row in campaigns.everything(session)) or "none yet"
        raise NotFound(f"There is no campaign “{slug}”. There are: {slugs}.")
    return why_not_dialled.explain(session, found, utc_now())


def _tell_campaign(told: Why) -> None:
    console.print(f"[bold]{told.headline}[/]", soft_wrap=True)
    console.print(told.sentence, soft_wrap=True)
    for note in told.notes:
        console.print(f"[yellow]![/] {note}", soft_wrap=True)
    table = Table(show_header=False, box=None, padding=(0, 3, 0, 0))
    for reason in told.reasons:
        table.add_row(reason.text, "" if reason.count is None else f"{reason.count:,}")
    console.print(table)


def _tell_contact(told: WhyContact) -> None:
    console.print(f"[bold]{told.headline}[/]", soft_wrap=True)
    table = Table(show_header=False, box=None, padding=(0, 3, 0, 0))
    for check in (*told.gate, *told.waits):
        table.add_row(_mark(check), check.asks, check.detail)
    console.print(table)
    place = f"number {told.queue_position:,}" if told.queue_position else "not in it"
    console.print(f"Dial queue of {told.campaign_slug}: {place}. Calls: {len(told.attempts):,}.")
    for one in told.attempts:
        console.print(f"  {one.at:%Y-%m-%d %H:%M:%S} UTC  {_call(one)}", soft_wrap=True)


def _mark(check: Check) -> str:
    return "[green]✓[/]" if check.passed else "[bold red]✗[/]"


def _call(one: Try) -> str:
    parts = [one.state, one.outcome, one.disposition, one.agent, "abandoned" if one.is_abandoned else ""]
    told = ", ".join(part.replace("_", " ") for part in parts if part)
    return f"{told}: refused, {one.refused}" if one.refused else told
