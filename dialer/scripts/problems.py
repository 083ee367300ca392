"""What is wrong with a script, where, and what would put it right."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from dialer.core.errors import Invalid


@dataclass(frozen=True, slots=True, order=True)
class Place:
    file: str
    line: int


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    file: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class ScriptError(Invalid):
    """A script that can't be used; `problems` has every reason found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TooManyProblems(Exception):
    """Ends the search for problems; it never leaves the parser."""


class Problems:
    """Collects problems, and ends the search when there are more than anybody would read."""

    LIMIT = 50

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, place: Place, message: str, hint: str = "") -> None:
        self._found.append(Problem(place.file, place.line, shorten(message, 200), hint))
        if len(self._found) >= self.LIMIT:
            raise TooManyProblems

    def found(self) -> list[Problem]:
        return sorted(set(self._found))

    def __bool__(self) -> bool:
        return bool(self._found)


def shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint that names the nearest known word, or lists them all when none is near."""
    names = sorted(known)
    near = get_close_matches(word[:60], names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return otherwise or ("one of: " + ", ".join(names[:30]) if names else "")
