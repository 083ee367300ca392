"""Checks the words of a script as they are read: fields in what is said, none in names, not too many.

With a bound on each passage, on the fields in all of them and on each field's value, what a script can
become in a call has a bound too.
"""

from collections.abc import Sequence

from dialer.scripts.problems import Problems
from dialer.scripts.sandbox import read_template
from dialer.scripts.source import Line

MAX_PASSAGE = 4_000
MAX_FIELDS = 500


class Words:
    def __init__(self, custom_fields: frozenset[str], problems: Problems) -> None:
        self._custom_fields = custom_fields
        self._field_count = 0
        self.problems = problems

    def spoken(self, lines: Sequence[Line]) -> str:
        """The lines as one text; a fault in its fields is noted at the line where it stands."""
        text = "\n".join(line.text for line in lines)
        if len(text) > MAX_PASSAGE:
            hint = "nobody listens that long: put a question or an answer in between"
            self.problems.add(lines[0].place, f"a passage of more than {MAX_PASSAGE:,} characters", hint)
            return text
        fields, fault = read_template(text, self._custom_fields)
        if fault:
            self.problems.add(lines[min(fault.line, len(lines)) - 1].place, fault.message, fault.hint)
        self._field_count += len(fields)
        if self._field_count - len(fields) <= MAX_FIELDS < self._field_count:
            self.problems.add(lines[0].place, f"more than {MAX_FIELDS} fields in one script")
        return text

    def fixed(self, line: Line, what: str) -> str:
        """A name or option: the same for every contact."""
        if "{{" in line.text or "{%" in line.text:
            self.problems.add(
                line.place, f"{what} can't hold fields", "it is stored, so it is the same in every call"
            )
        return line.text
