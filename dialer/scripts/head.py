"""The front matter of a script: what it is called, in which language, for whom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dialer.scripts.model import key_of
from dialer.scripts.problems import Place, Problems, did_you_mean
from dialer.scripts.source import Setting

_NEEDED = ("title", "language", "summary", "for")
_CUSTOM_FIELDS, _INBOUND = "custom fields", "inbound opening"
_KNOWN = (*_NEEDED, _CUSTOM_FIELDS, _INBOUND)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True)
class Head:
    title: str
    language: str
    summary: str
    audience: str
    custom_fields: tuple[str, ...]
    inbound_opening: str | None
    """Key of the step that begins a call of theirs."""


def read_head(settings: Mapping[str, Setting], file: str, problems: Problems) -> Head:
    for name, setting in settings.items():
        if name not in _KNOWN:
            problems.add(setting.place, f"unknown setting {name!r}", did_you_mean(name, _KNOWN))
    found = {name: _single(settings, name, file, problems) for name in _NEEDED}
    if found["language"] and not _LANGUAGE.fullmatch(found["language"]):
        problems.add(
            settings["language"].place, f"{found['language']!r} is no language", "such as en-US or es"
        )
    return Head(
        title=found["title"],
        language=found["language"],
        summary=found["summary"],
        audience=found["for"],
        custom_fields=_custom_fields(settings, problems),
        inbound_opening=key_of(_single(settings, _INBOUND, file, problems)) if _INBOUND in settings else None,
    )


def _single(settings: Mapping[str, Setting], name: str, file: str, problems: Problems) -> str:
    setting = settings.get(name)
    value = " ".join(setting.values).strip() if setting and len(setting.values) == 1 else ""
    if not value:
        place = setting.place if setting else Place(file, 1)
        problems.add(
            place, f"the front matter needs one {name!r}", f"write '{name}: …' between the --- lines"
        )
    return value


def _custom_fields(settings: Mapping[str, Setting], problems: Problems) -> tuple[str, ...]:
    setting = settings.get(_CUSTOM_FIELDS)
    if setting is None:
        return ()
    written = [name for value in setting.values for name in value.split(",") if name.strip()]
    names = tuple(dict.fromkeys(key_of(name) for name in written))
    for name in names:
        if not _FIELD_NAME.fullmatch(name):
            problems.add(setting.place, f"{name!r} can't name a field", "use letters a to z, digits and _")
    return names
