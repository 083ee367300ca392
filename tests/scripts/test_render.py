"""A script for one call: fields filled in, pieces marked by their kind, safe to put into a page."""

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from dialer.domain.script import QuestionType
from dialer.scripts import (
    BACK,
    SAMPLE,
    ContactFields,
    PassageKind,
    RenderedScript,
    load_library,
    render_script,
    script_from_text,
)
from dialer.scripts.parser import parse_script
from tests.scripts.sample import ENDS, HEAD, OPENING, SMALL, problems_of, script_of, with_words

RICH = """
Before {{ contact.first_name or "friend" }}.

> Note: Breathe.
> - and smile

> Word for word (recording notice): This call is **recorded**.

> Word for word: Exactly so.

Ask: roof age, colours

After.

- "I say “{{ contact.city }}”" -> Goodbye

## Question: Roof age
Type: number
Required: yes
Least: 0
Most: 200
Means: time frame

How old is *your* roof, {{ contact.first_name }}?

> Note: Years.

## Question: Colours
Type: several

Which?

- Red
- Green

## Objection: Too dear

Compared to what?

- "All right" → back
- "No" -> goodbye
"""


@pytest.fixture
def rich(tmp_path: Path) -> RenderedScript:
    return render_script(script_of(tmp_path, with_words(RICH)), SAMPLE)


def test_pieces_keep_their_order_and_kind(rich: RenderedScript) -> None:
    step = rich.step("words")
    kinds = PassageKind
    assert [(passage.kind, passage.key) for passage in step.passages] == [
        (kinds.SAY, ""),
        (kinds.NOTE, ""),
        (kinds.WORD_FOR_WORD, "recording_notice"),
        (kinds.WORD_FOR_WORD, "words"),
        (kinds.ASK, "roof_age"),
        (kinds.ASK, "colours"),
        (kinds.SAY, ""),
    ]
    assert step.html == (
        "<p>Before Maria.</p>\n"
        "<p>This call is <strong>recorded</strong>.</p>\n"
        "<p>Exactly so.</p>\n"
        "<p>After.</p>\n"
    )
    assert step.notes == (Markup("<p>Breathe.</p>\n<ul>\n<li>and smile</li>\n</ul>\n"),)
    assert [(answer.label, answer.next) for answer in step.answers] == [("I say “Tacoma", "goodbye")]


def test_questions_carry_what_a_form_needs(rich: RenderedScript) -> None:
    age, colours = rich.step("words").questions
    assert (age.key, age.type, age.required, age.means) == (
        "roof_age",
        QuestionType.NUMBER,
        True,
        "time_frame",
    )
    assert age.label == "How old is <em>your</em> roof, Maria?"
    assert age.note == "<p>Years.</p>\n"
    assert (colours.options, colours.required, colours.means) == (("Red", "Green"), False, "colours")


def test_objections_lead_back_or_on(rich: RenderedScript) -> None:
    (objection,) = rich.objections
    assert (objection.key, objection.title) == ("too_dear", "Too dear")
    assert objection.html == "<p>Compared to what?</p>\n"
    assert [answer.next for answer in objection.answers] == [BACK, "goodbye", "goodbye"]


def test_a_rendered_script_says_what_it_was_made_from(tmp_path: Path) -> None:
    script = script_of(tmp_path, SMALL)
    rendered = render_script(script, SAMPLE)
    assert (rendered.slug, rendered.title, rendered.language) == ("small", "Small script", "en-US")
    assert rendered.version == script.version
    assert [step.key for step in rendered.steps] == ["opening", "goodbye", "do_not_call"]
    assert [step.end for step in rendered.steps] == [None, "not_interested", "do_not_call"]
    assert rendered.opt_out == "do_not_call"


def said(words: str, language: str = "en-US", **fields: object) -> str:
    script, problems = parse_script("x", with_words(words).replace("en-US", language), "x/script.md", {})
    assert script, problems
    return str(render_script(script, replace(SAMPLE, **fields)).step("words").html)  # type: ignore[arg-type] # test names fields freely


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("{{ contact.first_name or 'there' }}", "<p>there</p>\n"),
        ("{{ contact.name }}", "<p>Harbor</p>\n"),
        ("{% if contact.city %}In {{ contact.city }}.{% else %}Hm.{% endif %}", "<p>Hm.</p>\n"),
        ("{{ 'yes' if contact.state == 'WA' else 'no' }}", "<p>no</p>\n"),
        ("a{{ contact.custom.roof_age }}b", "<p>ab</p>\n"),
        ("{{ contact.company | upper }} {{ 'x y' | title }}", "<p>HARBOR X Y</p>\n"),
        ("{# only for the author #}Hello", "<p>Hello</p>\n"),
    ],
)
def test_empty_fields_have_a_tidy_way(words: str, html: str) -> None:
    assert said(words, contact=ContactFields(company="Harbor")) == html


def test_custom_fields_are_found_however_the_list_writes_them() -> None:
    contact = ContactFields(custom={"Roof Age": 12})
    assert said("{{ contact.custom.roof_age }}", contact=contact) == "<p>12</p>\n"


@pytest.mark.parametrize(
    ("language", "phone", "day"),
    [
        ("en-US", "(206) 555-0142", "Tuesday, March 3"),
        ("en-GB", "+1 206-555-0142", "Tuesday, March 3"),
        ("es", "+1 206-555-0142", "2026-03-03"),
    ],
)
def test_numbers_and_dates_are_written_as_they_are_spoken(language: str, phone: str, day: str) -> None:
    html = said("{{ client.phone }}; {{ today }}", language, today=date(2026, 3, 3))
    assert html == f"<p>{phone}; {day}</p>\n"


def test_a_call_back_number_that_is_none_is_read_as_it_stands() -> None:
    assert said("{{ client.phone }}", client=replace(SAMPLE.client, phone="ask us")) == "<p>ask us</p>\n"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag + "".join(f" {name}" for name, _ in attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


def tags(html: str) -> Tags:
    parser = Tags()
    parser.feed(html)
    parser.close()
    return parser


NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![pixel](http://tracker.example/p.gif)",
    "<http://evil.example>",
    "**bold** _it_ `code` ~~no~~",
    "# heading",
    "1. one",
    "- item\n- item",
    "{{ agent.name }}",
    "&lt;script&gt;",
    "\\<b>",
    "<!-- -->",
    "a\u2028b\u0085c\x00d",
]


@pytest.mark.parametrize("value", NASTY)
@pytest.mark.parametrize("words", ["{{ contact.name }}", "Hi {{ contact.name }}!", "- {{ contact.name }}"])
def test_a_value_stays_words_whatever_signs_are_in_it(value: str, words: str) -> None:
    parsed = tags(said(words, contact=ContactFields(value)))
    assert parsed.found <= {"p", "ul", "li"}
    shown = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    assert shown in parsed.text


@pytest.mark.parametrize("words", [value for value in NASTY if "\x00" not in value and "{{" not in value])
def test_what_a_supervisor_writes_becomes_no_other_html(words: str) -> None:
    found = tags(said(f"Hello {words}")).found
    assert found <= {"p", "ul", "li", "strong", "em"}


SCRIPT, _ = parse_script(
    "x", with_words("*{{ contact.first_name }}* {{ contact.city }}_{{ contact.city }}_"), "x/script.md", {}
)


@given(st.text(max_size=60), st.text(alphabet="<>&\"'*_`[]()!\\#-+. \n1a", max_size=60))
def test_no_value_makes_html_of_its_own(first: str, second: str) -> None:
    assert SCRIPT
    fields = replace(SAMPLE, contact=ContactFields(first_name=first, city=second))
    assert tags(render_script(SCRIPT, fields).step("words").html).found <= {"p", "em"}


@pytest.mark.parametrize("slug", ["b2b-software-first-call", "home-energy-check"])
def test_a_version_is_kept_whole_in_its_source(slug: str) -> None:
    script = load_library(Path("scripts_library")).get(slug)
    again = script_from_text(slug, script.source)
    assert again.version == script.version
    assert render_script(again, SAMPLE) == render_script(script, SAMPLE)


def test_every_change_is_a_new_version(tmp_path: Path) -> None:
    texts = [SMALL, SMALL.replace("Goodbye.", "Bye."), SMALL.replace("Small script", "Smaller script")]
    versions = {script_of(tmp_path / str(number), text).version for number, text in enumerate(texts)}
    snippets = {script_of(tmp_path / name, with_words("Insert: s"), s=name).version for name in ("a", "b")}
    assert len(versions) == 3
    assert len(snippets) == 2


BACK_AGAIN = """\
## Step: They call back
Hello, {{ agent.first_name }} for {{ client.name }}. Thank you for calling back.

- "Go on" -> Goodbye
"""


def with_inbound(opening: str = "They call back", step: str = BACK_AGAIN) -> str:
    head = HEAD.replace("custom fields", f"inbound opening: {opening}\ncustom fields")
    return head + OPENING + "\n" + step + "\n" + ENDS


def test_a_call_of_theirs_begins_with_its_own_step_that_calls_of_ours_never_show(tmp_path: Path) -> None:
    script = script_of(tmp_path, with_inbound())
    ours, theirs = render_script(script, SAMPLE), render_script(script, SAMPLE, is_inbound=True)
    assert [step.key for step in ours.steps] == ["opening", "goodbye", "do_not_call"]
    assert [step.key for step in theirs.steps] == ["they_call_back", "opening", "goodbye", "do_not_call"]


def test_a_script_without_an_inbound_opening_begins_as_ever(tmp_path: Path) -> None:
    script = script_of(tmp_path, HEAD + OPENING + "\n" + ENDS)
    assert render_script(script, SAMPLE, is_inbound=True) == render_script(script, SAMPLE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (with_inbound("They cal back"), "is no step of its own"),
        (with_inbound("Opening"), "is no step of its own"),
        (with_inbound(step=BACK_AGAIN.replace("{{ client.name }}", "us")), "doesn't say for whom"),
        (with_inbound().replace("-> Goodbye", "-> They call back", 1), "leads to the inbound opening"),
    ],
    ids=["no such step", "the first step", "for nobody", "led to"],
)
def test_an_inbound_opening_that_is_none_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert any(told in problem.message for problem in problems_of(tmp_path, text))
