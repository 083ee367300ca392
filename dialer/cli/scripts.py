"""`dialer scripts …`"""

from pathlib import Path

import typer

from dialer.cli.output import console
from dialer.core.settings import get_settings
from dialer.scripts import check_script
from dialer.scripts.library import SCRIPT_FILE, script_folders


def check(folder: Path | None) -> None:
    root = folder or get_settings().scripts_folder
    folders = [root] if (root / SCRIPT_FILE).exists() else list(script_folders(root))
    problems = [problem for one in folders for problem in check_script(one)]
    for problem in problems:
        console.print(str(problem), markup=False, soft_wrap=True)
    console.print(f"{len(folders)} scripts, {len(problems)} problems")
    raise typer.Exit(1 if problems else 0)
