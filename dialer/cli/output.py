"""How commands speak: rich text on standard error, one JSON document on standard output."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from sqlalchemy.exc import OperationalError

from dialer.core.embedded import embedded_postgresql
from dialer.core.errors import DialerError
from dialer.core.settings import Settings, get_settings

console = Console(stderr=True, highlight=False)
Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")


def print_json(document: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")


def plainly(command: Callable[Parameters, Returned]) -> Callable[Parameters, Returned]:
    """An error that a person can do something about ends the command with its words and status 1."""

    @wraps(command)
    def run(*args: Parameters.args, **options: Parameters.kwargs) -> Returned:
        try:
            return command(*args, **options)
        except DialerError as error:
            console.print(f"[bold red]✗[/] {error}")
            raise typer.Exit(1) from error
        except OperationalError as error:
            console.print(f"[bold red]✗[/] The database does not answer: {error.orig}")
            raise typer.Exit(1) from error

    return run


@contextmanager
def database_at_hand() -> Iterator[Settings]:
    """Settings with a DATABASE_URL: the one that is set, or the embedded one, which is stopped again
    if this command started it."""
    settings = get_settings()
    if settings.database_url is not None:
        yield settings
        return
    with embedded_postgresql(Path(settings.dialer_home)) as url:
        yield settings.model_copy(update={"database_url": url})
