"""A script can neither read what it is not given nor hang or grow: known escapes are refused at the check."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError, UndefinedError

from dialer.scripts import SAMPLE, ContactFields, ScriptFields, render_script
from dialer.scripts.fields import MAX_VALUE, template_values
from dialer.scripts.parser import parse_script
from dialer.scripts.sandbox import fill_in, read_template
from dialer.scripts.source import MAX_SOURCE
from dialer.scripts.words import MAX_FIELDS
from tests.scripts.sample import HEAD, OPENING, SMALL, problems_of, with_words

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ contact.__class__ }}",
    "{{ contact.first_name.__class__.__base__ }}",
    "{{ contact.custom.__dict__ }}",
    "{{ contact.custom.roof_age.__len__ }}",
    "{{ contact['__class__'] }}",
    "{{ contact[['__cl','ass__']|join] }}",
    "{{ contact|attr('__class__') }}",
    "{{ contact.first_name|attr('format') }}",
    "{{ '{0.__class__}'.format(contact) }}",
    "{{ '{a.__class__}'.format_map({'a': contact}) }}",
    "{{ ('{0.__class__}'|string).format(contact) }}",
    "{{ '%s'|format(contact) }}",
    "{{ contact }}",
    "{{ contact.custom }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ config }}",
    "{{ request.application.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ joiner }}",
    "{{ namespace() }}",
    "{{ dict() }}",
    "{{ range(3) }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ url_for }}",
    "{{ loop }}",
    "{{ super() }}",
    "{{ caller() }}",
    "{{ varargs }}",
    "{{ undefined.__class__ }}",
    "{{ [].append(1) }}",
    "{{ {}.update(a=1) }}",
    "{{ contact.first_name.upper() }}",
    "{{ contact.first_name[0] }}",
    "{{ contact.first_name[0:2] }}",
    "{{ (contact, agent) }}",
    "{{ contact.first_name is callable }}",
    "{{ contact.first_name if contact.first_name in ['a'] else 'b' }}",
    "{{ client.name|map('upper')|list }}",
    "{{ client.name|pprint }}",
    "{{ client.name|safe }}",
    "{{ client.name|upper('x') }}",
    "{{ true }}",
    "{{ none }}",
    "{% set x = 1 %}",
    "{% set x %}y{% endset %}",
    "{% for c in contact.first_name %}{{ c }}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call lipsum() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% include '/etc/passwd' %}",
    "{% include 'script.md' ignore missing %}",
    "{% extends 'base.html' %}",
    "{% block b %}{% endblock %}",
    "{% with x = 1 %}{% endwith %}",
    "{% autoescape false %}x{% endautoescape %}",
    "{% debug %}",
    "{% do 1 %}",
    "{% trans %}x{% endtrans %}",
]

GREEDY = [
    "{{ 'a' * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 9999999999 // 1 }}",
    "{{ 'a' ~ 1000000000 }}",
    "{{ range(999999999)|join }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ contact.city|center(1000000000) }}",
    "{{ contact.city.ljust(1000000000) }}",
    "{{ contact.city|indent(1000000000) }}",
    "{{ lipsum(n=100000) }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{{ " + "(" * 1_500 + ")" * 1_500 + " }}",
    "{{ " + "[" * 3_000,
    "{{ " + "not " * 900 + "today }}",
    "{{ " + "today or " * 400 + "today }}",
    "{{ today" + "|upper" * 600 + " }}",
    "{{ today" + ".a" * 1_500 + " }}",
    "{% if today %}" * 150 + "{% endif %}" * 150,
    "{{" * 1_500,
    "{#" * 1_500,
    "{{ today }}" * 2_000,
    '"' * MAX_SOURCE,
    "*_" * 20_000,
]


@pytest.mark.parametrize("words", ESCAPES + GREEDY, ids=lambda words: words[:40])
def test_it_is_refused_at_the_check(tmp_path: Path, words: str) -> None:
    assert problems_of(tmp_path, with_words(words))


@pytest.mark.parametrize(
    "place",
    [
        "> Note: {}",
        "> Word for word: {}",
        "> Word for word ({}): Hello.",
        "- Yes {} -> Goodbye",
        "1. {}",
        "- {}",
        "Ask: it\n\n## Question: It\nType: text\n\n{}",
        "Ask: it\n\n## Question: It\nType: choice\n\nWhich?\n\n- {}\n- B",
        "Ask: it\n\n## Question: It\nType: text\n\nWhich?\n\n> Note: {}",
        "Ask: {}",
        "End: {}",
        "Insert: {}",
        "### {}",
    ],
)
def test_it_is_refused_wherever_it_stands(tmp_path: Path, place: str) -> None:
    step = OPENING.replace('- "Go on"', place.replace("{}", "{{ contact.__class__ }}") + '\n\n- "Go on"')
    assert problems_of(tmp_path / "step", SMALL.replace(OPENING, step))
    objection = "\n## Objection: Why?\n\nSo.\n\n" + place.replace("{}", "{{ contact.__class__ }}")
    assert problems_of(tmp_path / "objection", SMALL + objection)


@pytest.mark.parametrize(
    "source",
    [
        "{{ contact.__class__ }}",
        "{{ contact.first_name.__class__.__mro__ }}",
        "{{ '{0.__class__.__mro__}'.format(contact) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ range(9) }}",
        "{{ agent.salary }}",
    ],
)
def test_behind_the_check_stands_the_sandbox(source: str) -> None:
    values = template_values(SAMPLE, (), "en-US")
    with pytest.raises((SecurityError, UndefinedError)):
        fill_in(source, values, markdown=False)


def test_templates_see_text_and_nothing_else() -> None:
    fields = ScriptFields(
        ContactFields(custom={"roof_age": 12, "Owner Since": SAMPLE, "unasked": "secret"}),
        SAMPLE.agent,
        SAMPLE.client,
        "",
        SAMPLE.today,
    )
    values = template_values(fields, ("roof_age", "owner_since", "items"), "en-US")

    def leaves(value: object) -> list[object]:
        if isinstance(value, SimpleNamespace):
            return [leaf for each in vars(value).values() for leaf in leaves(each)]
        return [value]

    found = [leaf for value in values.values() for leaf in leaves(value)]
    assert {type(leaf) for leaf in found} == {str}
    assert all(len(str(leaf)) <= MAX_VALUE for leaf in found)
    assert "secret" not in found


def test_what_a_script_becomes_has_a_bound() -> None:
    greedy = " ".join(["{{ contact.name }}"] * (MAX_FIELDS - 2))
    parts = [greedy[start : start + 19 * 200] for start in range(0, len(greedy), 19 * 200)]
    script, problems = parse_script("greedy", with_words("\n\n> Note: and\n\n".join(parts)), "s.md", {})
    assert script, problems
    longest = ScriptFields(ContactFields("&" * 100_000), SAMPLE.agent, SAMPLE.client, "", SAMPLE.today)
    step = render_script(script, longest).step("words")
    assert len(step.html) < MAX_SOURCE + MAX_FIELDS * MAX_VALUE * len("&amp;")


TOKENS = st.sampled_from(
    ["{{ ", " }}", "{% if ", " %}", "{% else %}", "{% endif %}", "contact", ".first_name", ".custom",
     ".roof_age", "agent.name", "today", " or ", " and ", "not ", " == ", " < ", "'x'", '"y"', "|upper",
     "|title", " ~ ", "(", ")", "[", "]", "1", " if ", " else ", "{#", "#}", "word ", "\n", "{% raw %}",
     "{% endraw %}", "-", "*", "__class__", "."]
)  # fmt: skip


@given(st.lists(TOKENS, max_size=30).map("".join))
def test_what_passes_the_check_can_be_filled_in(source: str) -> None:
    _, fault = read_template(source, frozenset({"roof_age"}))
    if fault is None:
        for fields in (SAMPLE, ScriptFields(ContactFields(), SAMPLE.agent, SAMPLE.client, "", SAMPLE.today)):
            assert isinstance(
                fill_in(source, template_values(fields, ("roof_age",), "en"), markdown=True), str
            )


@given(st.text())
def test_no_text_breaks_the_check(source: str) -> None:
    read_template("{{" + source, frozenset())
    parse_script("any", HEAD + source, "any/script.md", {})
