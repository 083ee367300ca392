"""Somebody at a shell: commands as processes of their own, in a folder with no settings but those given.

Each is forked, or it would spend seconds on imports; `spawn` begins from nothing, as a shell does.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from dialer.core.settings import Settings
from tests.forked import dialer, forked

DEADLINE_SECONDS = 90
NAMES = {name.upper() for name in Settings.model_fields}


def run(folder: Path, *words: str | Path, **settings: str | Path) -> subprocess.CompletedProcess[str]:
    """`dialer WORDS` to its end. What it writes on a terminal 200 columns wide is not broken."""
    command = [*map(str, words)]
    with TemporaryDirectory() as kept:
        out, err = Path(kept, "out"), Path(kept, "err")
        process = forked.Process(target=_type, args=(folder, command, _environment(settings), [out, err]))
        process.start()
        process.join(DEADLINE_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(command, DEADLINE_SECONDS)
        return subprocess.CompletedProcess(command, process.exitcode, out.read_text(), err.read_text())


def spawn(folder: Path, *words: str | Path, **settings: str | Path) -> subprocess.CompletedProcess[str]:
    """`python -m dialer WORDS` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "dialer", *map(str, words)],
        cwd=folder,
        env=_environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


def refused(ended: subprocess.CompletedProcess[str]) -> str:
    """The words of a command that could not do it, with nothing on standard output."""
    assert ended.returncode == 1, (ended.stdout, ended.stderr)
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return " ".join(ended.stderr.split())


def _environment(settings: Mapping[str, str | Path]) -> dict[str, str]:
    bare = {name: value for name, value in os.environ.items() if name.upper() not in NAMES}
    return bare | {"COLUMNS": "200"} | {name: str(value) for name, value in settings.items()}


def _type(
    folder: Path, command: Sequence[str], environment: Mapping[str, str], streams: Sequence[Path]
) -> None:
    for number, stream in enumerate(streams, start=1):
        os.dup2(os.open(stream, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(folder)
    dialer(command, environment)
