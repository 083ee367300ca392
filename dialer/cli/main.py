"""The commands and what each of them starts."""

from datetime import datetime
from typing import Annotated

import typer

from dialer.cli import demo, lists, processes, users
from dialer.cli.output import console, database_at_hand, plainly
from dialer.migrations import runner

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
user_app = typer.Typer(no_args_is_help=True, help="People who sign in.")
app.add_typer(user_app, name="user")

app.command("up")(plainly(processes.up))
app.command("web")(plainly(processes.web))
app.command("pacer")(plainly(processes.pacer))
app.command("worker")(plainly(processes.worker))
app.command("cron")(plainly(processes.cron))
app.command("import-list")(plainly(lists.import_list))
app.command("demo")(plainly(demo.demo))
user_app.command("add")(plainly(users.add))


@app.command()
@plainly
def migrate() -> None:
    """Bring the database up to this version's tables."""
    with database_at_hand() as settings:
        revision = runner.upgrade(str(settings.database_url))
    console.print(f"The database is at migration [bold]{revision}[/].")


@app.command()
def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.")] = 8100,
    speed: Annotated[float, typer.Option(min=0.01, help="Seconds a second.")] = 1.0,
    seed: Annotated[int, typer.Option(help="What the people in it are drawn from.")] = 7,
    cps: Annotated[float, typer.Option(help="Calls a second that it takes.")] = 50.0,
    latency: Annotated[float, typer.Option(min=0, help="Seconds added to each REST answer.")] = 0.0,
    talk_scale: Annotated[float, typer.Option(help="Factor on the length of talks.")] = 1.0,
    clock_start: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"])] = None,
    clock_real_start: Annotated[float | None, typer.Option(help="Unix time of --clock-start.")] = None,
) -> None:
    """A Twilio on this machine: REST API, webhooks, people who answer or don't."""
    from dialer.sandbox.config import SandboxConfig
    from dialer.sandbox.serve import serve

    serve(
        SandboxConfig(
            host=host,
            port=port,
            speed=speed,
            seed=seed,
            cps=cps,
            latency_seconds=latency,
            talk_scale=talk_scale,
            clock_start=clock_start,
            clock_real_start=clock_real_start,
        )
    )
