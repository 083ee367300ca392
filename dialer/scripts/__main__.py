"""`python -m dialer.scripts [FOLDER …]` checks scripts, or the whole library; fails when one is faulty."""

import sys
from collections.abc import Sequence
from pathlib import Path

from dialer.scripts.library import check_script, script_folders


def main(arguments: Sequence[str]) -> int:
    folders = [Path(argument) for argument in arguments] or list(script_folders(Path("scripts_library")))
    faulty = False
    for folder in folders:
        problems = check_script(folder)
        faulty = faulty or bool(problems)
        lines = [str(problem) for problem in problems] or [f"{folder.resolve().name}: good"]
        sys.stdout.write("\n".join(lines) + "\n")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
