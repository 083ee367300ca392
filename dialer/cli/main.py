"""The commands: what each takes. What each does is imported when it is asked for, since most
processes need little of the house and all of them should start at once."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dialer.cli.output import plainly
from dialer.core.heartbeat import Process
from dialer.domain.user import Role

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="An outbound call-centre dialer. Words for people go to standard error; --json prints one JSON "
    "document on standard output. The exit status is 0 when it was done, 1 when it could not be, 2 when the "
    "command was given wrongly.",
)
user_app = typer.Typer(no_args_is_help=True, help="People who sign in.")
scripts_app = typer.Typer(no_args_is_help=True, help="The words agents say.")
app.add_typer(user_app, name="user")
app.add_typer(scripts_app, name="scripts")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@app.command()
@plainly
def up() -> None:
    """Everything on this machine: database and queue unless they are set, and all processes."""
    from dialer.cli import processes

    processes.up()


@app.command()
@plainly
def web() -> None:
    """Pages for people, webhooks for the carrier."""
    from dialer.cli import web

    web.serve()


@app.command()
@plainly
def pacer() -> None:
    """Decides several times a second how many calls to place."""
    from workers.main import run_pacer

    run_pacer()


@app.command()
@plainly
def worker() -> None:
    """Asks the carrier for calls, and runs the other jobs."""
    from workers.main import run_worker

    run_worker()


@app.command()
@plainly
def files() -> None:
    """Fetches recordings and deletes old ones."""
    from workers.main import run_files

    run_files()


@app.command()
@plainly
def cron() -> None:
    """Sweeps, warnings and promises that come due."""
    from workers.main import run_cron

    run_cron()


@app.command()
@plainly
def migrate() -> None:
    """Bring the database up to this version's tables."""
    from dialer.cli import database

    database.migrate()


@app.command()
@plainly
def alive(process: Annotated[Process, typer.Argument(help="Which of the processes.")]) -> None:
    """Exit 0 when that process gave a sign of life on this host lately, else 1. For health checks."""
    from dialer.cli import processes

    processes.alive(process)


@app.command("import-list")
@plainly
def import_list(
    file: Annotated[Path, typer.Argument(help="The call list: CSV with any common delimiter and encoding.")],
    campaign: Annotated[str | None, typer.Option(help="Slug of the campaign that will dial it.")] = None,
    country: Annotated[str, typer.Option(help="Country of numbers written without one.")] = "US",
    name: Annotated[
        str | None, typer.Option(help="What the list is called; the file's name if absent.")
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="FIELD=COLUMN", help='Overrule the guess: --map phone="Telephone Number".'
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and count, write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Load a call list: numbers to E.164, time zones, duplicates and suppressed numbers set apart."""
    from dialer.cli import lists

    lists.import_list(file, campaign, country, name, map_ or [], dry_run, as_json)


@app.command()
@plainly
def demo(
    check: Annotated[bool, typer.Option("--check", help="Run headless, stop, balance the books.")] = False,
    seconds: Annotated[int, typer.Option(min=5, help="How long --check runs.")] = 60,
    agents: Annotated[int, typer.Option(min=1, max=50, help="Robot agents.")] = 5,
    seed: Annotated[int, typer.Option(help="What people and robots are drawn from.")] = 7,
    speed: Annotated[float, typer.Option(min=1, max=30, help="Seconds a second.")] = 10.0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the data of the run before.")] = False,
    as_json: Json = False,
) -> None:
    """Run the main job against the sandbox: a list is dialled, robots talk, leads are made."""
    from dialer.cli import demo

    demo.demo(check, seconds, agents, seed, speed, fresh, as_json)


@app.command()
@plainly
def numbers(
    route: Annotated[
        bool, typer.Option("--route", help="Let calls to the numbers that campaigns show come to PUBLIC_URL.")
    ] = False,
    as_json: Json = False,
) -> None:
    """The account's telephone numbers: which campaigns show them, and where calls to them go."""
    from dialer.cli import numbers

    numbers.numbers(route, as_json)


@app.command()
@plainly
def why(
    campaign: Annotated[str | None, typer.Option(help="Slug: why it dials nobody, or whom.")] = None,
    contact: Annotated[int | None, typer.Option(help="Id: every rule with its verdict now.")] = None,
    as_json: Json = False,
) -> None:
    """Why is nobody being dialled? Why was this person called, or not? Exit 0 when it could be told."""
    from dialer.cli import why

    why.why(campaign, contact, as_json)


@app.command()
@plainly
def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 8100,
    speed: Annotated[float, typer.Option(min=0.01, help="Seconds a second.")] = 1.0,
    seed: Annotated[int, typer.Option(help="What the people in it are drawn from.")] = 7,
    cps: Annotated[float, typer.Option(min=0.01, help="Calls a second that it takes.")] = 50.0,
    latency: Annotated[float, typer.Option(min=0, help="Seconds added to each REST answer.")] = 0.0,
    talk_scale: Annotated[float, typer.Option(min=0.01, help="Factor on the length of talks.")] = 1.0,
    certificate: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="PEM file with certificate and key: by https."),
    ] = None,
    clock_start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="The time it begins at.")
    ] = None,
    clock_real_start: Annotated[
        float | None, typer.Option(help="Unix time at which --clock-start was true.")
    ] = None,
) -> None:
    """A Twilio on this machine: REST API, webhooks, people who answer or don't."""
    from dialer.core.listening import listener
    from dialer.sandbox.config import SandboxConfig
    from dialer.sandbox.serve import serve

    config = SandboxConfig(
        host=host,
        port=port,
        speed=speed,
        seed=seed,
        cps=cps,
        latency_seconds=latency,
        talk_scale=talk_scale,
        certificate=str(certificate or ""),
        clock_start=clock_start,
        clock_real_start=clock_real_start,
    )
    told = f"The sandbox is ready at {config.base_url}, account {config.account_sid}."
    with listener(host, port, "--port") as opened:
        serve(config, lambda: typer.echo(told, err=True), opened)


@user_app.command("add")
@plainly
def add_user(
    username: Annotated[str, typer.Argument(help="What the person signs in with.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")],
    name: Annotated[str, typer.Option(help="First and last name.")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if absent.")
    ],
    as_json: Json = False,
) -> None:
    """Add a person who may sign in."""
    from dialer.cli import database

    database.add_user(username, role, name, password, as_json)


@scripts_app.command("check")
@plainly
def check_scripts(
    folder: Annotated[Path | None, typer.Argument(help="One script, or a library; absent: our own.")] = None,
) -> None:
    """Check scripts: every fault with file, line and a hint. Exits 1 when there is one."""
    from dialer.cli import scripts

    scripts.check(folder)
