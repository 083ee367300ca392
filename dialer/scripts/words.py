"""Checks the words of a script as they are read: known fields in what is said, none in names."""

from collections.abc import Sequence

from dialer.scripts.problems import Problems
from dialer.scripts.sandbox import find_faults
from dialer.scripts.source import Line


class Words:
    def __init__(self, custom_fields: frozenset[str], problems: Problems) -> None:
        self._custom_fields = custom_fields
        self.problems = problems

    def spoken(self, lines: Sequence[Line]) -> str:
        """The lines as one text; faults in its fields are noted at the line where they stand."""
        text = "\n".join(line.text for line in lines)
        for fault in find_faults(text, self._custom_fields):
            place = lines[min(fault.line, len(lines)) - 1].place
            self.problems.add(place, fault.message, fault.hint)
        return text

    def fixed(self, line: Line, what: str) -> str:
        """A name or option: the same for every contact."""
        if "{{" in line.text or "{%" in line.text:
            self.problems.add(
                line.place, f"{what} can't hold fields", "it is stored, so it is the same in every call"
            )
        return line.text
