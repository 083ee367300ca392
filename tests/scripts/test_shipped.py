"""The scripts that come with the product, and the guide to writing them, keep what they promise."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dialer.cli import app
from dialer.domain.disposition import DEFAULT_DISPOSITIONS
from dialer.domain.lead import Qualification
from dialer.scripts import (
    SAMPLE,
    AgentFields,
    ClientFields,
    ContactFields,
    ScriptFields,
    load_library,
    render_script,
)
from tests.scripts.sample import problems_of

LIBRARY = Path("scripts_library")
SLUGS = ("b2b-software-first-call", "home-energy-check")
BARE = ScriptFields(ContactFields(), AgentFields("Dana"), ClientFields("Northwind"), "", SAMPLE.today)


def test_the_library_has_no_faults() -> None:
    library = load_library(LIBRARY)
    assert library.problems == {}
    assert tuple(library.scripts) == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
def test_a_shipped_script_is_complete_enough_to_sell_with(slug: str) -> None:
    script = load_library(LIBRARY).get(slug)
    assert {q.question.means for q in script.questions.values()} >= {each.value for each in Qualification}
    assert len(script.objections) >= 8
    ends = {step.end for step in script.steps} - {None}
    assert ends >= {"lead", "callback", "not_interested", "do_not_call", "wrong_number", "agent_machine"}
    assert ends <= {row.code for row in DEFAULT_DISPOSITIONS if row.by_agent}


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("fields", [SAMPLE, BARE], ids=["all known", "nothing known"])
def test_a_shipped_script_reads_well_for_every_contact(slug: str, fields: ScriptFields) -> None:
    rendered = render_script(load_library(LIBRARY).get(slug), fields)
    for part in (*rendered.steps, *rendered.objections):
        assert part.html or part.questions
        for text in (part.html, *part.notes, *(question.label for question in part.questions)):
            assert not re.search(r"[{}]|  | [,.?!]|,,|undefined|None", text), text


@pytest.mark.parametrize("slug", SLUGS)
def test_the_opening_names_the_caller_the_client_and_the_way_out(slug: str) -> None:
    opening = render_script(load_library(LIBRARY).get(slug), SAMPLE).steps[0]
    assert "Dana Whitfield" in opening.html
    assert "Northwind Example" in opening.html
    assert "take you off our list" in opening.html
    assert "do_not_call" in {answer.next for answer in opening.answers}


def test_the_script_of_the_guide_works_as_it_is_printed(tmp_path: Path) -> None:
    guide = (LIBRARY / "README.md").read_text(encoding="utf-8").partition("### 6.")[0]
    script = "\n".join(re.findall(r"^```\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE))
    assert problems_of(tmp_path, script) == []
    broken = script.replace("contact.first_name", "contact.firstname")
    assert [str(problem) for problem in problems_of(tmp_path / "broken", broken)] == [
        "small/script.md:10: unknown field 'contact.firstname' (did you mean 'contact.first_name'?)"
    ]


def test_the_checker_tells_good_from_faulty(tmp_path: Path) -> None:
    command = CliRunner()
    good = command.invoke(app, ["scripts", "check", str(LIBRARY)])
    assert good.exit_code == 0
    assert "0 problems" in good.stderr
    (tmp_path / "nothing").mkdir()
    faulty = command.invoke(app, ["scripts", "check", str(tmp_path)])
    assert faulty.exit_code == 1
    assert "nothing/script.md:1: there is no such file" in faulty.stderr


def test_names_longer_than_any_screen_do_no_harm() -> None:
    long = replace(SAMPLE, contact=ContactFields(first_name="Anna " * 5_000, company="\0" * 9_000))
    for script in load_library(LIBRARY).scripts.values():
        assert sum(len(part.html) for part in render_script(script, long).steps) < 100_000
