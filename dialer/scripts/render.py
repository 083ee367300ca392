"""A script for one call: fields filled in, Markdown made into HTML that may stand in a page as it is.

Raw HTML, links and images are not Markdown here: a script is words, and what a call list holds can't
become anything else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup

from dialer.domain.script import Question, QuestionType
from dialer.scripts.fields import ScriptFields, template_values
from dialer.scripts.model import Answer, Objection, Passage, PassageKind, Script, ScriptQuestion, Step
from dialer.scripts.sandbox import fill_in

_MARKDOWN = MarkdownIt("zero", {"typographer": True}).enable(
    ["list", "emphasis", "escape", "newline", "smartquotes", "balance_pairs", "fragments_join", "text_join"]
)

KEPT_PASSAGES = 4_096


@dataclass(frozen=True, slots=True)
class RenderedQuestion:
    """`label` is what the agent asks, as inline HTML; `question` validates what is answered."""

    question: Question
    label: Markup
    note: Markup

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def type(self) -> QuestionType:
        return self.question.type

    @property
    def options(self) -> tuple[str, ...]:
        return self.question.options

    @property
    def required(self) -> bool:
        return self.question.required

    @property
    def means(self) -> str:
        return self.question.means


@dataclass(frozen=True, slots=True)
class RenderedPassage:
    """One piece in its place: `html` for what is said or noted, `question` for what is asked."""

    kind: PassageKind
    html: Markup
    key: str = ""
    question: RenderedQuestion | None = None


@dataclass(frozen=True, slots=True)
class RenderedAnswer:
    """`next` is a step's key, or `back`; `label` is plain text."""

    label: str
    next: str


@dataclass(frozen=True, slots=True)
class RenderedPart:
    """A step or an objection, its passages in the order in which they are spoken."""

    key: str
    title: str
    passages: tuple[RenderedPassage, ...]
    answers: tuple[RenderedAnswer, ...]

    @property
    def html(self) -> Markup:
        """What is read out, without notes and questions."""
        said = (PassageKind.SAY, PassageKind.WORD_FOR_WORD)
        return _joined(passage.html for passage in self.passages if passage.kind in said)

    @property
    def notes(self) -> tuple[Markup, ...]:
        return tuple(passage.html for passage in self.passages if passage.kind is PassageKind.NOTE)

    @property
    def questions(self) -> tuple[RenderedQuestion, ...]:
        return tuple(passage.question for passage in self.passages if passage.question)


@dataclass(frozen=True, slots=True)
class RenderedStep(RenderedPart):
    """`end` is the disposition suggested when the call ends here."""

    end: str | None


@dataclass(frozen=True, slots=True)
class RenderedObjection(RenderedPart):
    """The page offers the way back to the step it was raised in, whatever the answers."""


@dataclass(frozen=True, slots=True)
class RenderedScript:
    """`opt_out` is the key of the step for "do not call me again", at hand in every step."""

    slug: str
    title: str
    language: str
    version: str
    steps: tuple[RenderedStep, ...]
    objections: tuple[RenderedObjection, ...]
    opt_out: str

    def step(self, key: str) -> RenderedStep:
        return next(step for step in self.steps if step.key == key)


def render_script(script: Script, fields: ScriptFields, *, is_inbound: bool = False) -> RenderedScript:
    """`is_inbound`: they called us, and the script's inbound opening comes first where it has one."""
    renderer = _Renderer(script, template_values(fields, script.custom_fields, script.language))
    return RenderedScript(
        slug=script.slug,
        title=script.title,
        language=script.language,
        version=script.version,
        steps=tuple(renderer.step(step) for step in _in_order(script, is_inbound)),
        objections=tuple(renderer.objection(objection) for objection in script.objections),
        opt_out=script.opt_out,
    )


def _in_order(script: Script, is_inbound: bool) -> Iterable[Step]:
    inbound = [step for step in script.steps if step.key == script.inbound_opening]
    others = [step for step in script.steps if step.key != script.inbound_opening]
    return [*inbound, *others] if is_inbound else others


class _Renderer:
    def __init__(self, script: Script, values: dict[str, object]) -> None:
        self._script = script
        self._values = values

    def step(self, step: Step) -> RenderedStep:
        return RenderedStep(
            step.key, step.title, self._passages(step.passages), self._answers(step.answers), step.end
        )

    def objection(self, objection: Objection) -> RenderedObjection:
        return RenderedObjection(
            objection.key,
            objection.title,
            self._passages(objection.passages),
            self._answers(objection.answers),
        )

    def _answers(self, answers: Iterable[Answer]) -> tuple[RenderedAnswer, ...]:
        return tuple(
            RenderedAnswer(fill_in(answer.label, self._values, markdown=False), answer.next)
            for answer in answers
        )

    def _passages(self, passages: Iterable[Passage]) -> tuple[RenderedPassage, ...]:
        return tuple(self._passage(passage) for passage in passages)

    def _passage(self, passage: Passage) -> RenderedPassage:
        if passage.kind is PassageKind.ASK:
            question = self._question(self._script.questions[passage.key])
            return RenderedPassage(passage.kind, Markup(), passage.key, question)
        return RenderedPassage(passage.kind, self._html(passage.text), passage.key)

    def _question(self, asked: ScriptQuestion) -> RenderedQuestion:
        return RenderedQuestion(asked.question, self._inline(asked.text), self._html(asked.note))

    def _html(self, text: str) -> Markup:
        return _as_html(fill_in(text, self._values, markdown=True))

    def _inline(self, text: str) -> Markup:
        html = _MARKDOWN.renderInline(fill_in(text, self._values, markdown=True))
        return Markup(html)  # noqa: S704 -- the same


@lru_cache(KEPT_PASSAGES)
def _as_html(text: str) -> Markup:
    """Most of a script's words are the same for everybody, and each page shows all of them."""
    return Markup(_MARKDOWN.render(text))  # noqa: S704 -- markdown-it escapes all but the few tags it makes itself


def _joined(pieces: Iterable[Markup]) -> Markup:
    return Markup("").join(pieces)
