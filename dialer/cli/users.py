"""`dialer user …`"""

from typing import Annotated

import typer

from dialer.cli.output import console, database_at_hand, print_json
from dialer.core.clock import utc_now
from dialer.core.database import make_engine, transaction
from dialer.migrations import runner
from dialer.services import users
from dialer.store.users import Role


def add(
    username: Annotated[str, typer.Argument(help="What the person signs in with.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")],
    name: Annotated[str, typer.Option(help="First and last name.")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if absent.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Add a person who may sign in."""
    with database_at_hand() as settings:
        runner.upgrade(str(settings.database_url))
        engine = make_engine(str(settings.database_url), 1)
        with transaction(engine) as session:
            user = users.add(session, username, name, role, password, None, utc_now())
        engine.dispose()
    console.print(f"Added [bold]{user.username}[/], {user.role.value}.")
    if as_json:
        print_json({"id": user.id, "username": user.username, "role": user.role.value})
