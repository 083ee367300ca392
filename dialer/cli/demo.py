"""`dialer demo`: the whole house on this machine, with people who answer and robots who work."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Event

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from dialer.cli.output import console, print_json
from dialer.cli.processes import dialer, stop_when_told
from dialer.core.embedded import free_port
from dialer.core.log import configure_logging
from dialer.core.settings import get_settings
from dialer.demo import run
from dialer.demo.books import Books
from dialer.demo.clock import ZONE
from dialer.demo.run import Demo, Plan

SANDBOX_PORT = 8100
LINE_SECONDS = 5
"""How often a line is written where there is no terminal."""


def demo(check: bool, seconds: int, agents: int, seed: int, speed: float, fresh: bool, as_json: bool) -> None:
    configure_logging("demo", level=40)
    if as_json and not check:
        raise typer.BadParameter("--json goes with --check.")
    stop = stop_when_told()
    if check:
        with tempfile.TemporaryDirectory(prefix="dialer-check-", ignore_cleanup_errors=True) as folder:
            plan = Plan(Path(folder), dialer(), agents, seed, speed, free_port(), free_port())
            books = _checked(plan, seconds, stop)
        _tell(books)
        if as_json:
            print_json(books.as_json())
        raise typer.Exit(0 if books.balanced else 1)
    settings = get_settings()
    home = Path(settings.dialer_home) / "demo"
    if fresh:
        shutil.rmtree(home, ignore_errors=True)
    web_port, sandbox_port = run.port_or_free(settings.web_port), run.port_or_free(SANDBOX_PORT)
    plan = Plan(home.absolute(), dialer(), agents, seed, speed, web_port, sandbox_port)
    _shown(plan, stop)


def _tell(books: Books) -> None:
    table = Table(show_header=False, box=None)
    for name, value in books.as_json().items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)


def _checked(plan: Plan, seconds: int, stop: Event) -> Books:
    with run.running(plan) as demo:
        for _ in range(seconds):
            if stop.wait(1):
                break
            demo.group.restart_dead()
            row = demo.numbers()
            console.print(
                f"dials {row.dials}  connected {row.connected}  leads {row.leads}", style="dim", end="\r"
            )
        demo.drain()
        return demo.balance()


def _shown(plan: Plan, stop: Event) -> None:
    console.print("Starting database, queue, sandbox, web, pacer, workers, cron and robots …")
    with run.running(plan) as demo:
        if console.is_terminal:
            with Live(_screen(demo), console=console, refresh_per_second=2) as live:
                _watch(demo, stop, 1, lambda: live.update(_screen(demo)))
        else:
            console.print(_screen(demo))
            _watch(demo, stop, LINE_SECONDS, lambda: console.print(_numbers(demo)))
        console.print("Stopping: the calls that are up are finished first …")
        demo.drain()
    console.print(
        "Stopped. The data are kept: [bold]make demo[/] goes on, [bold]make demo ARGS=--fresh[/] starts anew."
    )


def _watch(demo: Demo, stop: Event, seconds: float, tell: Callable[[], None]) -> None:
    while not stop.wait(seconds):
        demo.group.restart_dead()
        tell()


def _numbers(demo: Demo) -> Table:
    row = demo.numbers()
    hours = f"{row.dialled_seconds / 3600:.2f}"
    per_hour = "–" if row.leads_per_hour is None else f"{row.leads_per_hour:.2f}"
    numbers = Table(box=None, padding=(0, 3, 0, 0))
    for label in ("Dials", "Answered", "Abandoned", "Leads", "Agent hours dialled", "Leads per hour dialled"):
        numbers.add_column(label, justify="right", header_style="dim")
    values = (row.dials, row.answered, row.abandoned, row.leads, hours, per_hour)
    numbers.add_row(*(f"[bold]{value}[/]" for value in values))
    return numbers


SIGHTS = {
    "agent": "the desk: answer calls yourself, beside the robots",
    "supervisor": "campaigns, call lists, the live floor",
    "manager": "leads per hour dialled, leads and their follow-up",
    "admin": "users",
}


def _command_here(home: Path) -> str:
    shown = home.relative_to(Path.cwd()) if home.is_relative_to(Path.cwd()) else home
    return f"DIALER_HOME={shown} dialer numbers"


def _screen(demo: Demo) -> Group:
    doors = Table(box=None, padding=(0, 3, 0, 0))
    for label in ("Sign in as", "Password", "To see"):
        doors.add_column(label, header_style="dim")
    for account in demo.accounts:
        doors.add_row(account.username, account.password, SIGHTS[account.username])
    clock = demo.clock.now().astimezone(ZONE)
    return Group(
        Text(f"\nDialer   {demo.web_url}\nSandbox  {demo.sandbox_url}/sandbox/", style="bold"),
        Text(
            f"It is {clock:%A %H:%M:%S} in Chicago; a second here is {demo.clock.speed:g} there.", style="dim"
        ),
        Text(""),
        doors,
        Text(""),
        _numbers(demo),
        Text(
            f"\nCommands work on this demo with its folder before them: {_command_here(demo.plan.home)}\n"
            "Ctrl-C stops everything.",
            style="dim",
        ),
    )
