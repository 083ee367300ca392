"""The scripts library on disk: one folder a script, snippets beside them in `_snippets/`.

Only files of the library's own shape are read, and never more of one than a script may be long.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dialer.core.errors import NotFound
from dialer.scripts.model import Script
from dialer.scripts.parser import parse_script
from dialer.scripts.problems import Place, Problem, Problems, ScriptError
from dialer.scripts.source import MAX_BYTES, SLUG, decode

SCRIPT_FILE = "script.md"
SNIPPETS_FOLDER = "_snippets"


@dataclass(frozen=True, slots=True)
class Library:
    """The usable scripts by slug, and what keeps the others from being used."""

    scripts: Mapping[str, Script] = field(default_factory=dict)
    problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

    def get(self, slug: str) -> Script:
        if slug in self.problems:
            raise ScriptError(self.problems[slug])
        if slug not in self.scripts:
            raise NotFound(f"There is no script {slug!r} in the library.")
        return self.scripts[slug]


def load_script(folder: Path) -> Script:
    script, problems = _read(folder)
    if script is None:
        raise ScriptError(problems)
    return script


def check_script(folder: Path) -> list[Problem]:
    """Everything that is wrong with the script in `folder`; empty when it may be used."""
    return _read(folder)[1]


def load_library(root: Path) -> Library:
    """Every script under `root`; a faulty one does not keep the others from being used."""
    scripts: dict[str, Script] = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    for folder in script_folders(root):
        script, found = _read(folder)
        if script is None:
            problems[folder.name] = tuple(found)
        else:
            scripts[folder.name] = script
    return Library(scripts, problems)


def script_from_text(slug: str, text: str) -> Script:
    """A script from its whole text, such as the `source` that was kept of an earlier version."""
    script, problems = parse_script(slug, text, f"{slug}/{SCRIPT_FILE}", {})
    if script is None:
        raise ScriptError(problems)
    return script


def script_folders(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        raise NotFound(f"There is no scripts library at {root}.")
    return (path for path in sorted(root.iterdir()) if path.is_dir() and path.name[0] not in "._")


def _read(folder: Path) -> tuple[Script | None, list[Problem]]:
    folder = folder.resolve()
    problems = Problems()
    file = f"{folder.name}/{SCRIPT_FILE}"
    if not SLUG.fullmatch(folder.name):
        hint = "use small letters, digits and -, such as home-energy-check"
        problems.add(Place(file, 1), f"{folder.name!r} can't name a script", hint)
    text = _text(folder / SCRIPT_FILE, file, problems)
    snippets = _snippets(folder.parent / SNIPPETS_FOLDER, problems)
    if problems:
        return None, problems.found()
    return parse_script(folder.name, text, file, snippets)


def _text(path: Path, file: str, problems: Problems) -> str:
    try:
        if path.is_file():
            with path.open("rb") as opened:
                return decode(opened.read(MAX_BYTES + 1), file, problems)
        problems.add(
            Place(file, 1), "there is no such file", f"a script is a folder with a {SCRIPT_FILE} in it"
        )
    except OSError as error:
        problems.add(Place(file, 1), f"the file can't be read: {error.strerror}")
    return ""


def _snippets(folder: Path, problems: Problems) -> dict[str, str]:
    paths = sorted(folder.glob("*.md")) if folder.is_dir() else []
    return {path.stem: _text(path, f"{SNIPPETS_FOLDER}/{path.name}", problems) for path in paths}
