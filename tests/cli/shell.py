"""Somebody at a shell: commands as processes of their own, in a folder with no settings but those given."""

import os
import subprocess
import sys
from pathlib import Path

from dialer.core.settings import Settings

DEADLINE_SECONDS = 90
NAMES = {name.upper() for name in Settings.model_fields}


def run(folder: Path, *words: str | Path, **settings: str | Path) -> subprocess.CompletedProcess[str]:
    """`dialer WORDS` to its end. What it writes on a terminal 200 columns wide is not broken."""
    bare = {name: value for name, value in os.environ.items() if name.upper() not in NAMES}
    return subprocess.run(
        [sys.executable, "-m", "dialer", *map(str, words)],
        cwd=folder,
        env=bare | {"COLUMNS": "200"} | {name: str(value) for name, value in settings.items()},
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
