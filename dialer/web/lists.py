"""What the pages of long lists share: which page is asked for, and what the filters above it say.

An address is typed, kept and sent on: a page that is none leads to the nearest one that is, and a filter
that can't be meant is told at its field instead of being passed over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

Found = TypeVar("Found")
MOST_DIGITS = 9
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True)
class Cut:
    """The rows of one page; `told` is what the macro `pagination` needs."""

    offset: int
    size: int
    told: dict[str, Any]


class Pages:
    """Which page of a long list is asked for, counted from 1."""

    def __init__(self, page: str = "") -> None:
        self._said = page

    def of(self, total: int, size: int, href: str) -> Cut:
        """The page of `total` rows nearest to the one asked for; `href` ends where the page's number goes."""
        pages = max(1, -(-total // size))
        digits = self._said.strip()
        too_many = digits.isdigit() and len(digits) > MOST_DIGITS
        page = pages if too_many else min(max(1, whole_number(digits) or 1), pages)
        return Cut((page - 1) * size, size, {"page": page, "pages": pages, "total": total, "page_href": href})


class Filters:
    """What a list's filters say; `errors` has, by field, what can't be meant."""

    def __init__(self, path: str, **said: str) -> None:
        self.path = path
        self.said = {name: text.strip() for name, text in said.items()}
        self.errors: dict[str, str] = {}

    @property
    def status(self) -> int:
        return 422 if self.errors else 200

    def href(self) -> str:
        """Ends where the page's number goes."""
        given = {name: text for name, text in self.said.items() if text}
        return f"{self.path}?{urlencode(given | {'page': ''})}"

    def chosen(self, name: str, find: Callable[[str], Found | None], what: str) -> Found | None:
        """What the word of filter `name` stands for; None without one, and for one that nobody knows."""
        word = self.said[name]
        found = find(word) if word else None
        if word and found is None:
            self.errors[name] = f"There is no {what} “{shortened(word)}”. Choose one."
        return found

    def day(self, name: str) -> date | None:
        word = self.said[name]
        try:
            day = date.fromisoformat(word) if word else None
        except ValueError:
            self.errors[name] = f"“{shortened(word)}” is no day. Write one as 2026-11-22."
            return None
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            self.errors[name] = f"Days from {FIRST_DAY} to {LAST_DAY} can be asked for."
            return None
        return day


def whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def shortened(word: str) -> str:
    return word if len(word) <= 40 else f"{word[:39]}…"
