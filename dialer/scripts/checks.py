"""Checks how a script hangs together: every answer leads somewhere, every step is reached and can end."""

from collections.abc import Iterable, Mapping, Sequence

from dialer.domain.script import DO_NOT_CALL
from dialer.scripts.model import BACK, Objection, Passage, PassageKind, Step
from dialer.scripts.problems import Place, Problems, did_you_mean
from dialer.scripts.sandbox import read_template

_OPT_OUT_HINT = (
    "add a step that promises it, with a line 'End: do_not_call'; it is one key away in every step"
)


def check_flow(
    file: str,
    steps: Sequence[Step],
    objections: Sequence[Objection],
    questions: Mapping[str, Place],
    inbound: str | None,
    problems: Problems,
) -> None:
    """`questions` has the place of every question by its key; `inbound` is the key of the inbound opening."""
    if not steps:
        problems.add(Place(file, 1), "the script has no steps", "begin with '## Step: Opening'")
        return
    if inbound is not None:
        _check_inbound(file, steps, objections, inbound, problems)
    leads_astray = _check_targets(steps, objections, problems)
    _check_ends(steps, problems)
    _check_asked([*steps, *objections], questions, problems)
    if not any(step.end == DO_NOT_CALL for step in steps):
        problems.add(Place(file, 1), "no step for 'do not call me again'", _OPT_OUT_HINT)
    if not leads_astray:
        _check_reached(steps, objections, inbound, problems)
        _check_can_end(steps, problems)


def check_opening(opening: Step, custom_fields: frozenset[str], problems: Problems) -> None:
    """Whoever is called learns first who calls and for whom."""
    said = (PassageKind.SAY, PassageKind.WORD_FOR_WORD)
    words = [passage.text for passage in opening.passages if passage.kind in said]
    used = {field for text in words for field in read_template(text, custom_fields)[0]}
    if not used & {"agent.name", "agent.first_name"}:
        problems.add(
            opening.place, f"{opening.title!r} doesn't say who is calling", "use {{ agent.first_name }}"
        )
    if "client.name" not in used:
        problems.add(
            opening.place, f"{opening.title!r} doesn't say for whom you call", "use {{ client.name }}"
        )


def _check_targets(steps: Sequence[Step], objections: Sequence[Objection], problems: Problems) -> bool:
    known = {step.key for step in steps}
    astray = False
    parts: list[Step | Objection] = [*steps, *objections]
    for part in parts:
        allowed = known | {BACK} if isinstance(part, Objection) else known
        for answer in part.answers:
            if answer.next not in allowed:
                astray = True
                problems.add(
                    answer.place, f"there is no step {answer.next!r}", did_you_mean(answer.next, allowed)
                )
    return astray


def _check_ends(steps: Sequence[Step], problems: Problems) -> None:
    for step in steps:
        if step.end is None and not step.answers:
            hint = "add answers such as - \"Yes\" -> Name of a step, or a line 'End: lead'"
            problems.add(step.place, f"dead end: {step.title!r} has no answers and no end", hint)
        if step.end is not None and step.answers:
            hint = "move the end into a step of its own"
            problems.add(step.place, f"{step.title!r} ends the call and has answers too", hint)


def _check_inbound(
    file: str, steps: Sequence[Step], objections: Sequence[Objection], inbound: str, problems: Problems
) -> None:
    """It is a step of its own, which calls of ours never show."""
    if inbound not in {step.key for step in steps[1:]}:
        hint = did_you_mean(inbound, [step.key for step in steps[1:]], "name a step other than the first")
        problems.add(Place(file, 1), f"the inbound opening {inbound!r} is no step of its own", hint)
    parts: list[Step | Objection] = [*steps, *objections]
    for part in parts:
        for answer in part.answers:
            if answer.next == inbound:
                hint = "only a call of theirs begins there; let it lead to another step"
                problems.add(answer.place, "an answer leads to the inbound opening", hint)


def _check_reached(
    steps: Sequence[Step], objections: Sequence[Objection], inbound: str | None, problems: Problems
) -> None:
    """The openings, the opt-out step and what objections lead to are always at hand."""
    by_key = {step.key: step for step in steps}
    ahead = [steps[0].key, *(step.key for step in steps if step.end == DO_NOT_CALL)]
    ahead += [inbound] if inbound in by_key else []
    ahead += [answer.next for objection in objections for answer in objection.answers if answer.next != BACK]
    reached: set[str] = set()
    while ahead:
        key = ahead.pop()
        if key not in reached:
            reached.add(key)
            ahead += [answer.next for answer in by_key[key].answers]
    for step in steps:
        if step.key not in reached:
            problems.add(
                step.place, f"nobody reaches {step.title!r}", "let an answer lead to it, or delete it"
            )


def _check_can_end(steps: Sequence[Step], problems: Problems) -> None:
    """Each step without an end has a way to one; otherwise the agent goes round in circles."""
    ending = {step.key for step in steps if step.end is not None or not step.answers}
    grown = True
    while grown:
        more = {s.key for s in steps if s.key not in ending and any(a.next in ending for a in s.answers)}
        ending |= more
        grown = bool(more)
    for step in steps:
        if step.key not in ending:
            problems.add(step.place, f"dead end: from {step.title!r} no way leads to an end")


def _check_asked(
    parts: Iterable[Step | Objection], questions: Mapping[str, Place], problems: Problems
) -> None:
    asked: set[str] = set()
    for part in parts:
        here: set[str] = set()
        for passage in _asks(part.passages):
            if passage.key not in questions:
                hint = did_you_mean(passage.key, questions, "write it down under '## Question: …'")
                problems.add(passage.place, f"there is no question {passage.key!r}", hint)
            elif passage.key in here:
                problems.add(passage.place, f"{passage.key!r} is asked twice in {part.title!r}")
            here.add(passage.key)
        asked |= here
    for key, place in questions.items():
        if key not in asked:
            problems.add(place, f"nobody asks the question {key!r}", f"add a line 'Ask: {key}' to a step")


def _asks(passages: Iterable[Passage]) -> list[Passage]:
    return [passage for passage in passages if passage.kind is PassageKind.ASK]
