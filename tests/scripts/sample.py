"""A small script without faults, and ways to spoil it or to read it as if from a library."""

from pathlib import Path

from dialer.scripts import Problem, Script, check_script, load_script

HEAD = """\
---
title: Small script
language: en-US
summary: As short as a script can be.
for: Everybody
custom fields: [roof_age]
---
"""

OPENING = """\
## Step: Opening
Hello, this is {{ agent.first_name }}, calling for {{ client.name }}.

- "Go on" -> Goodbye
"""

ENDS = """\
## Step: Goodbye
Goodbye.
End: not_interested

## Step: Do not call
I'll take you off our list.
End: do_not_call
"""

SMALL = HEAD + OPENING + "\n" + ENDS
BODY_STARTS = HEAD.count("\n") + 1


def write(library: Path, text: str | bytes, slug: str = "small", **snippets: str) -> Path:
    folder = library / slug
    folder.mkdir(parents=True)
    (folder / "script.md").write_bytes(text.encode() if isinstance(text, str) else text)
    for name, snippet in snippets.items():
        (library / "_snippets").mkdir(exist_ok=True)
        (library / "_snippets" / f"{name}.md").write_text(snippet, encoding="utf-8")
    return folder


def problems_of(library: Path, text: str | bytes, **snippets: str) -> list[Problem]:
    return check_script(write(library, text, **snippets))


def script_of(library: Path, text: str, **snippets: str) -> Script:
    return load_script(write(library, text, **snippets))


def with_words(words: str) -> str:
    """A script that is sound but for `words`, which stand alone in a step of their own."""
    step = f"## Step: Words\n{words}\n\n* On -> Goodbye\n"
    return HEAD + OPENING.replace("Goodbye", "Words") + "\n" + step + "\n" + ENDS


WORDS_LINE = with_words("@@").split("\n").index("@@") + 1
"""The line on which the words of `with_words` begin."""
