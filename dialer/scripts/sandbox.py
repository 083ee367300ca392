"""The part of Jinja2 that scripts may use: known fields, `or`, `if`, comparisons and a few filters.

Jinja2's sandbox is the second wall. The first is a list of the only nodes a script may be made of: with no
loop, call, arithmetic or macro there is nothing that could read elsewhere, hang or grow. What comes out is
bounded by the length of the source, the number of fields in it and the length of a field.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dialer.scripts.fields import CUSTOM, KNOWN_FIELDS
from dialer.scripts.problems import did_you_mean

MAX_DEPTH = 20
FILTERS = ("capitalize", "lower", "title", "trim", "upper")

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.And, nodes.Or,
    nodes.Not, nodes.Compare, nodes.Operand, nodes.Concat, nodes.Filter, nodes.Name, nodes.Getattr,
    nodes.Const,
)  # fmt: skip

_REFUSED = {
    nodes.For: "loops",
    nodes.Macro: "macros",
    nodes.CallBlock: "macros",
    nodes.Call: "calls with ( )",
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.Include: "{% include %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% import %}",
    nodes.Extends: "{% extends %}",
    nodes.Block: "{% block %}",
    nodes.Getitem: "brackets [ ]",
    nodes.List: "lists",
    nodes.Tuple: "lists",
    nodes.Dict: "lists",
    nodes.Test: "'is' tests",
    nodes.BinExpr: "arithmetic",
    nodes.UnaryExpr: "arithmetic",
}
_WHAT_MAY_BE = "a script may use fields in {{ }}, 'or', {% if %} and the filters " + ", ".join(FILTERS)


@dataclass(frozen=True, slots=True)
class TemplateFault:
    line: int
    message: str
    hint: str = ""


class _Refused(Exception):
    """Carries a fault from the depth of a template to `read_template`."""

    def __init__(self, node: nodes.Node, message: str, hint: str = _WHAT_MAY_BE) -> None:
        line = node.lineno or 1  # some nodes have none, whatever their type says
        self.fault = TemplateFault(line, message, hint)


_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")


def _escape_markdown(value: object) -> str:
    """A value is words, whatever signs are in it: a name like *Bob* or <Bob> stays as it is."""
    return _MARKDOWN.sub(r"\\\1", str(value))


def _environment(finalize: Callable[[object], str]) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, finalize=finalize, cache_size=0
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment


_MARKDOWN_ENVIRONMENT = _environment(_escape_markdown)
_PLAIN_ENVIRONMENT = _environment(str)


@lru_cache(maxsize=4096)
def _compiled(source: str, markdown: bool) -> Template:
    return (_MARKDOWN_ENVIRONMENT if markdown else _PLAIN_ENVIRONMENT).from_string(source)


def fill_in(source: str, values: dict[str, object], *, markdown: bool) -> str:
    """`source` with its fields filled in; values are escaped where the result is to be read as Markdown.

    Only for a source that `read_template` found no fault in.
    """
    if "{" not in source:
        return source
    return _compiled(source, markdown).render(values)


def read_template(source: str, custom_fields: frozenset[str]) -> tuple[list[str], TemplateFault | None]:
    """The fields in `source`, such as `contact.city`, each as often as it stands there; or what is wrong."""
    if "{" not in source:
        return [], None
    fields: list[str] = []
    try:
        _check_node(_PLAIN_ENVIRONMENT.parse(source), custom_fields, fields, MAX_DEPTH)
        _compiled(source, True)
    except _Refused as refused:
        return [], refused.fault
    except TemplateSyntaxError as error:
        message = error.message or "not readable"
        return [], TemplateFault(error.lineno, f"syntax error: {message}", _syntax_hint(message))
    except RecursionError:
        return [], TemplateFault(1, "too deeply nested", _WHAT_MAY_BE)
    return fields, None


def _path(node: nodes.Node) -> str:
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    if not isinstance(node, nodes.Name):
        raise _Refused(node, "only a field may stand before a dot")
    return ".".join([node.name, *reversed(parts)])


def _check_node(node: nodes.Node, custom_fields: frozenset[str], fields: list[str], depth: int) -> None:
    if depth == 0:
        raise _Refused(node, "too deeply nested")
    if isinstance(node, nodes.Name | nodes.Getattr):
        fields.append(_path(node))
        _check_field(node, fields[-1], custom_fields)
        return
    _check_kind(node)
    for child in node.iter_child_nodes():
        _check_node(child, custom_fields, fields, depth - 1)


def _check_kind(node: nodes.Node) -> None:
    if not isinstance(node, _ALLOWED):
        what = next((word for kind, word in _REFUSED.items() if isinstance(node, kind)), type(node).__name__)
        raise _Refused(node, f"scripts can't use {what}")
    if isinstance(node, nodes.Filter):
        _check_filter(node)
    if isinstance(node, nodes.CondExpr) and node.expr2 is None:
        raise _Refused(
            node, "an 'if' inside {{ }} needs an 'else'", 'write {{ "…" if contact.city else "…" }}'
        )
    if isinstance(node, nodes.Const) and not isinstance(node.value, str):
        raise _Refused(node, f"{node.value!r} is not text", 'put text between quotes: "…"')
    if isinstance(node, nodes.Compare) and any(operand.op not in ("eq", "ne") for operand in node.ops):
        raise _Refused(node, "scripts compare with == and != only")


def _check_filter(node: nodes.Filter) -> None:
    if node.name not in FILTERS:
        hint = (
            'for an empty field write {{ contact.first_name or "there" }}'
            if node.name in ("default", "d")
            else ""
        )
        raise _Refused(node, f"unknown filter {node.name!r}", hint or did_you_mean(node.name, FILTERS))
    if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise _Refused(node, f"the filter {node.name!r} takes nothing in ( )")


def _check_field(node: nodes.Node, path: str, custom_fields: frozenset[str]) -> None:
    if path in KNOWN_FIELDS:
        return
    if path.startswith(CUSTOM):
        name = path.removeprefix(CUSTOM)
        if name not in custom_fields:
            hint = did_you_mean(
                name, custom_fields, f"add {name} to 'custom fields' at the top of the script"
            )
            raise _Refused(node, f"unknown custom field {path!r}", hint)
        return
    raise _Refused(node, f"unknown field {path!r}", did_you_mean(path, KNOWN_FIELDS))


def _syntax_hint(message: str) -> str:
    if "end of template" in message or "endif" in message:
        return "each {% if %} needs its {% endif %} in the same piece of text, each {{ its }}"
    return "fields are written {{ contact.first_name }}, conditions {% if contact.city %} … {% endif %}"
