"""How commands speak: rich text on standard error, one JSON document on standard output."""

import json
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import typer
from rich.console import Console

from dialer.core.errors import DialerError

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

    return run
