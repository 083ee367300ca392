"""Every fault in a script is told with its file, its line and what would put it right."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.errors import NotFound
from dialer.scripts import Problem, ScriptError, check_script, load_library, load_script
from dialer.scripts.parser import parse_script
from tests.scripts.sample import (
    BODY_STARTS,
    ENDS,
    HEAD,
    OPENING,
    SMALL,
    WORDS_LINE,
    problems_of,
    with_words,
    write,
)


def test_a_sound_script_has_no_problems(tmp_path: Path) -> None:
    assert problems_of(tmp_path, SMALL) == []


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize(
    ("words", "line", "message", "hint"),
    [
        ("Hello {{ contact.frist_name }}", 0, "unknown field 'contact.frist_name'", "contact.first_name"),
        ("One\ntwo {{ contact.email }}\nthree", 1, "unknown field 'contact.email'", ""),
        ("{{ contact.custom.roofage }}", 0, "unknown custom field", "did you mean 'roof_age'"),
        ("{{ contact.custom.colour }}", 0, "unknown custom field", "add colour to 'custom fields'"),
        ("One\n\nthree {{ contact.first_name", 2, "syntax error", ""),
        ("{{ contact.first_name or }}", 0, "syntax error", ""),
        ("{% if contact.city %}\nyes", 0, "syntax error", "{% endif %}"),
        ("{{ contact.first_name | shout }}", 0, "unknown filter 'shout'", "one of"),
        ('{{ contact.first_name | default("x") }}', 0, "unknown filter 'default'", 'or "there"'),
        ('{{ "x" if contact.city }}', 0, "needs an 'else'", "else"),
        ("> Read this aloud.", 0, "is this read out or not?", "Word for word:"),
        ("> Note:", 0, "there are no words here", ""),
        ("> Note: one\n> {{ nobody }}", 1, "unknown field 'nobody'", "one of: agent.first_name"),
        ("### Part two", 0, "no headings inside a step", ""),
        ("Ask: roof", 0, "there is no question 'roof'", "## Question"),
        ("End: lead", -1, "ends the call and has answers too", "step of its own"),
        ("- Yes -> Goodby", 0, "there is no step 'goodby'", "did you mean 'goodbye'"),
        ("- Yes -> Goodbye\n- No", 1, "an answer leads to a step", "->"),
        ("- Yes -> back", 0, "there is no step 'back'", ""),
        ("Insert: nothing", 0, "there is no snippet 'nothing'", ""),
        ("Insert: ../../secret", 0, "there is no snippet", ""),
    ],
)
def test_a_fault_in_a_step(tmp_path: Path, words: str, line: int, message: str, hint: str) -> None:
    problem = problems_of(tmp_path, with_words(words))[0]
    assert (problem.file, problem.line) == ("small/script.md", WORDS_LINE + line)
    assert message in problem.message
    assert hint in problem.hint


QUESTION_LINE = SMALL.count("\n") + 2
CHOICE = "Type: choice\n\nWhich one?\n\n- A\n- B\n"


@pytest.mark.parametrize(
    ("question", "line", "message"),
    [
        ("What is it?\n", 0, "a question begins with its type"),
        ("Type: choise\n\nWhich?\n\n- A\n- B\n", 1, "unknown type 'choise'"),
        ("Means: need\n\nWhich?\n", 0, "the question has no type"),
        ("Type: text\n", 0, "no words to ask it with"),
        ("Type: choice\n\nWhich?\n\n- A\n", 0, "two options or more"),
        ("Type: choice\n\nWhich?\n\n- A\n- A\n- B\n", 0, "the same option stands there twice"),
        ("Type: choice\n\nWhich?\n\n- A\n- {{ contact.city }}\n", 6, "an option can't hold fields"),
        ("Type: date\n\nWhen?\n\n- Now\n- Later\n", 0, "only 'choice' and 'several' have options"),
        ("Type: text\nLeast: 3\n\nWhat?\n", 0, "only 'number' and 'money'"),
        ("Type: number\nLeast: 3\nMost: 2\n\nHow many?\n", 0, "'Least:' is more than 'Most:'"),
        ("Type: number\nLeast: some\n\nHow many?\n", 2, "'Least:' is a number"),
        ("Type: number\nMost: \n\nHow many?\n", 2, "'Most:' is a number"),
        ("Type: text\nRequired: maybe\n\nWhat?\n", 2, "'Required:' is yes or no"),
        ("Type: text\nMeans: !\n\nWhat?\n", 2, "'Means:' is empty"),
        ("Type: text\nColour: red\n\nWhat?\n", 2, "no setting of a question"),
        ("Type: text\nWhat is it?\n", 2, "no setting of a question"),
        ("Type: text\n\nWhat?\n\nAnd what else?\n", 5, "a question is one paragraph"),
        ("Type: text\n\nWhat, {{ contact.name\n", 3, "syntax error"),
    ],
)
def test_a_fault_in_a_question(tmp_path: Path, question: str, line: int, message: str) -> None:
    script = SMALL.replace('- "Go on"', 'Ask: it\n\n- "Go on"')
    problem = problems_of(tmp_path, f"{script}\n## Question: It\n{question}")[0]
    assert message in problem.message
    assert problem.line == QUESTION_LINE + 2 + line


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (HEAD, 1, "the script has no steps"),
        (SMALL.replace("End: do_not_call", "End: lost"), 1, "no step for 'do not call me again'"),
        (SMALL + "\n## Step: Island\nWater.\nEnd: lead\n", QUESTION_LINE, "nobody reaches 'Island'"),
        (SMALL.replace("End: not_interested", ""), 13, "dead end: 'Goodbye' has no answers and no end"),
        (SMALL.replace("End: not_interested", "\n- Again -> Opening"), 8, "from 'Opening' no way leads"),
        (f"{SMALL}\n## Question: Colour\n{CHOICE}", QUESTION_LINE, "nobody asks the question 'colour'"),
        (f"{SMALL}\n## Step: goodbye!\nBye.\nEnd: lead\n", QUESTION_LINE, "two steps are called"),
        (f"{SMALL}\n## Stepp: Other\nBye.\n", QUESTION_LINE, "what is 'Stepp: Other'?"),
        (f"{SMALL}\n## Step: Back\nBye.\nEnd: lead\n", QUESTION_LINE, "the word for the way back"),
        (f"{SMALL}\n## Step: !\nBye.\nEnd: lead\n", QUESTION_LINE, "a name has between 1 and 80"),
        (
            f"{SMALL}\n## Step: For {{{{ contact.name }}}}\nBye.\nEnd: lead\n",
            QUESTION_LINE,
            "a name can't hold",
        ),
        (f"{SMALL}\n## Objection: Why?\nSo.\nEnd: lead\n", QUESTION_LINE, "an objection can't end a call"),
        (f"{SMALL}\n## Objection: Why?\n> Note: Sigh.\n", QUESTION_LINE, "has no reply"),
        (f"{SMALL}\n# Rest\n\nLoose words.\n", QUESTION_LINE + 2, "this belongs to no step"),
        (SMALL.replace("{{ agent.first_name }}", "me"), BODY_STARTS, "doesn't say who is calling"),
        (SMALL.replace("{{ client.name }}", "them"), BODY_STARTS, "doesn't say for whom"),
        (SMALL.replace("End: not_interested", "End:"), 15, "'End:' needs a disposition"),
        (SMALL.replace("End: not_interested", "End: lead\nEnd: lead"), 16, "a step ends once"),
        (SMALL.replace("Goodbye.\n", "Ask: it, it\n") + f"\n## Question: It\n{CHOICE}", 14, "is asked twice"),
    ],
)
def test_a_fault_in_the_flow(tmp_path: Path, text: str, line: int, message: str) -> None:
    problem = problems_of(tmp_path, text)[0]
    assert message in problem.message
    assert problem.line == line


@pytest.mark.parametrize(
    ("head", "line", "message"),
    [
        ("", 1, "the front matter is missing"),
        ("---\ntitle: x\n", 1, "the front matter has no end"),
        (HEAD.replace("title: Small script\n", ""), 1, "needs one 'title'"),
        (HEAD.replace("en-US", "english"), 3, "'english' is no language"),
        (HEAD.replace("Small script", "Windows: first call"), 2, "front matter:"),
        (HEAD.replace("title:", "titel:"), 2, "unknown setting 'titel'"),
        (HEAD.replace("summary:", "title:"), 4, "'title' is given twice"),
        (HEAD.replace("Everybody", "{a: b}"), 5, "plain words"),
        (HEAD.replace("Everybody", "[a, b]"), 5, "needs one 'for'"),
        (HEAD.replace("roof_age", "9lives"), 6, "'9lives' can't name a field"),
        ("---\n- a\n- b\n---\n", 1, "not readable"),
        ("---\n" + "[" * 50_000 + "\n---\n", 1, "not readable"),
        ("---\ntitle: !!python/object/apply:os.system [id, x]\n---\n", 2, "needs one 'title'"),
    ],
)
def test_a_fault_in_the_front_matter(tmp_path: Path, head: str, line: int, message: str) -> None:
    problems = problems_of(tmp_path, head + OPENING + "\n" + ENDS)
    assert any(message in problem.message and problem.line == line for problem in problems), problems


def test_front_matter_words_stay_words(tmp_path: Path) -> None:
    script = load_script(write(tmp_path, SMALL.replace("en-US", "no").replace("Small script", "2026-03-31")))
    assert (script.language, script.title) == ("no", "2026-03-31")


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", 1, "the file is empty"),
        (b"  \n\n", 1, "the file is empty"),
        (SMALL.encode() + "\nAdiós".encode("latin-1"), SMALL.count("\n") + 2, "not UTF-8"),
        (SMALL.encode() + b"\n\x00\x01", SMALL.count("\n") + 2, "control character"),
        (SMALL.encode() + b"a" * 100_000, 1, "longer than 100,000 characters"),
        (SMALL.encode() + b"a" * 1_000_000, 1, "longer than 100,000 characters"),
    ],
)
def test_a_file_that_is_no_script(tmp_path: Path, data: bytes, line: int, message: str) -> None:
    problem = only(problems_of(tmp_path, data))
    assert (problem.file, problem.line) == ("small/script.md", line)
    assert message in problem.message


@pytest.mark.parametrize("text", [SMALL.replace("\n", "\r\n"), "\ufeff" + SMALL, SMALL.replace("\n", "\r")])
def test_editors_of_every_system_write_the_same_script(tmp_path: Path, text: str) -> None:
    plain = load_script(write(tmp_path / "plain", SMALL))
    assert load_script(write(tmp_path / "other", text)).version == plain.version


def test_a_fault_in_a_snippet_is_told_where_it_stands(tmp_path: Path) -> None:
    text = with_words("Insert: price")
    problem = only(problems_of(tmp_path, text, price="Fine.\n{{ contact.wealth }}"))
    assert (problem.file, problem.line) == ("_snippets/price.md", 2)
    binary = only(problems_of(tmp_path / "binary", text, price="Fine.\n\x07"))
    assert (binary.file, binary.line) == ("_snippets/price.md", 2)


def test_snippets_neither_nest_nor_grow(tmp_path: Path) -> None:
    nested = problems_of(tmp_path / "a", with_words("Insert: one"), one="Insert: two", two="Insert: one")
    assert only(nested).message == "a snippet can't insert another one"
    many = problems_of(tmp_path / "b", with_words("Insert: big\n" * 1_000), big="word " * 1_000)
    assert "longer than" in many[0].message


def test_problems_come_all_at_once_but_not_without_end(tmp_path: Path) -> None:
    two = problems_of(tmp_path / "a", with_words("{{ one }}\n\n> Note: {{ two }}"))
    assert [problem.message for problem in two] == ["unknown field 'one'", "unknown field 'two'"]
    many = problems_of(tmp_path / "b", with_words("\n\n".join("> {{ x }}" for _ in range(500)) + "\n\n"))
    assert 0 < len(many) <= 50
    crowd = problems_of(tmp_path / "c", SMALL + "".join(f"\n## Step: S{n}\nEnd: x\n" for n in range(500)))
    assert "more than 300 steps" in " ".join(problem.message for problem in crowd)


def test_load_script_raises_with_every_problem(tmp_path: Path) -> None:
    with pytest.raises(ScriptError) as caught:
        load_script(write(tmp_path, with_words("{{ one }}")))
    assert str(caught.value).startswith(f"small/script.md:{WORDS_LINE}: unknown field 'one'")
    assert len(caught.value.problems) == 1


def test_a_faulty_script_leaves_the_others_usable(tmp_path: Path) -> None:
    write(tmp_path, SMALL, slug="good")
    write(tmp_path, "nonsense", slug="bad")
    (tmp_path / ".hidden").mkdir()
    library = load_library(tmp_path)
    assert library.get("good").title == "Small script"
    assert list(library.problems) == ["bad"]
    with pytest.raises(ScriptError, match=r"bad/script\.md:1: the front matter is missing"):
        library.get("bad")
    with pytest.raises(NotFound):
        library.get("ugly")
    with pytest.raises(NotFound):
        load_library(tmp_path / "nowhere")


def test_folders_and_files_that_are_not_what_they_should_be(tmp_path: Path) -> None:
    assert "can't name a script" in only(check_script(write(tmp_path, SMALL, slug="My Script"))).message
    (tmp_path / "empty").mkdir()
    assert "no such file" in only(check_script(tmp_path / "empty")).message
    (tmp_path / "odd" / "script.md").mkdir(parents=True)
    assert "no such file" in only(check_script(tmp_path / "odd")).message


PIECES = st.sampled_from(
    ["## Step: A", "## Step: B", "## Question: Q", "## Objection: O", "# x", "> Note: n", "> n",
     "- a -> b", "- a", "Ask: q", "End: lead", "End: do_not_call", "{{ agent.name }}", "{% if today %}",
     "{{", "}}", "---", "Type: choice", "Required: yes", "", "* * *", "1. one", "\t- x -> a", "```", "<b>",
     "Insert: s", HEAD]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=20), max_size=40))
def test_whatever_is_written_gets_a_script_or_problems(pieces: list[str]) -> None:
    text = HEAD + "\n".join(pieces)
    script, problems = parse_script("any", text, "any/script.md", {"s": "- a -> b"})
    assert (script is None) == bool(problems)
    last = text.count("\n") + text.count("\r") + 1
    assert all(1 <= problem.line <= last for problem in problems)
