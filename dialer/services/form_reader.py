"""Values out of a form, and what is wrong with each of its fields; nothing is raised, everything is told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from dialer.core.errors import Invalid
from dialer.services.numbers import e164

Member = TypeVar("Member", bound=StrEnum)
LEAST_SHARE = 0.001


@dataclass(frozen=True)
class Limit:
    least: int
    most: int
    why: str

    def __str__(self) -> str:
        return f"Between {self.least:,} and {self.most:,}: {self.why}."


class FormReader:
    """Takes values out of a form and remembers what is wrong with each field."""

    def __init__(self, form: Mapping[str, str], limits: Mapping[str, Limit]) -> None:
        self.form = form
        self.limits = limits
        self.errors: dict[str, str] = {}

    def text(self, field: str) -> str:
        return self.form.get(field, "").strip()

    def words(self, field: str, what: str, longest: int) -> str:
        value = self.text(field)
        if not value or len(value) > longest:
            self.errors[field] = f"{what} needs a name of at most {longest} characters."
        return value

    def chosen(self, field: str, options: Sequence[tuple[str, str]], otherwise: str) -> str:
        value = self.text(field)
        if value in dict(options):
            return value
        self.errors[field] = otherwise
        return ""

    def member(self, field: str, kind: type[Member], otherwise: str) -> Member:
        values = [(one.value, "") for one in kind]
        return kind(self.chosen(field, values, otherwise) or values[0][0])

    def number(self, field: str, what: str) -> str:
        value = self.text(field)
        try:
            if not value:
                raise Invalid(f"Give {what}, written like +13125550100.")
            return e164(value)
        except Invalid as error:
            self.errors[field] = str(error)
            return ""

    def ratio(self, field: str, least: float, most: float) -> float:
        value = self.text(field).replace(",", ".")
        if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", value) and least <= float(value) <= most:
            return float(value)
        self.errors[field] = f"A number between {least:g} and {most:g}, such as {(least + most) / 4:g}."
        return least

    def between(self, field: str) -> int:
        value, limit = self.text(field), self.limits[field]
        if re.fullmatch(r"[0-9]{1,6}", value) and limit.least <= int(value) <= limit.most:
            return int(value)
        self.errors[field] = str(limit)
        return limit.least

    def share(self, field: str, most: float, why: str) -> float:
        """Of what is written in per cent."""
        value = self.text(field).removesuffix("%").strip()
        if re.fullmatch(r"[0-9]{1,2}([.][0-9]{1,2})?", value):
            share = round(float(value) / 100, 4)
            if LEAST_SHARE <= share <= most:
                return share
        self.errors[field] = f"Between {LEAST_SHARE:.1%} and {100 * most:.4g}%: {why}."
        return most
