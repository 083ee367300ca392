"""Lists of the 2010 API: pages, their URIs and tokens, and filters by date."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import dropwhile, islice, takewhile
from typing import TypeVar
from urllib.parse import urlencode

from dialer.sandbox.errors import bad_parameter
from dialer.sandbox.forms import Form

DEFAULT_SIZE, LARGEST_SIZE = 50, 1000
AFTER, BEFORE = "PA", "PB"
T = TypeVar("T")
OWN_FIELDS = ("PageSize", "Page", "PageToken")


def page(
    path: str,
    key: str,
    query: Form,
    items: Iterable[T],
    sid_of: Callable[[T], str],
    render: Callable[[T], object],
) -> dict[str, object]:
    """One page. Tokens name the item that the page follows or precedes, so that new calls shift nothing."""
    size = max(1, min(query.number("PageSize", DEFAULT_SIZE, 0, 10**9), LARGEST_SIZE))
    number = query.number("Page", 0, 0, 10**9)
    token = query.text("PageToken")
    found, more = window(items, sid_of, token, number * size, size)
    filters = [(name, value) for name, value in query.pairs() if name not in OWN_FIELDS]

    def uri(number: int, token: str = "") -> str:
        own = [("PageSize", str(size)), ("Page", str(number))] + ([("PageToken", token)] if token else [])
        return f"{path}?{urlencode(filters + own)}"

    start = number * size
    return {
        key: [render(item) for item in found],
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + max(0, len(found) - 1),
        "uri": uri(number, token),
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, AFTER + sid_of(found[-1])) if more and found else None,
        "previous_page_uri": uri(number - 1, BEFORE + sid_of(found[0])) if number and found else None,
    }


def window(
    items: Iterable[T], sid_of: Callable[[T], str], token: str, start: int, size: int
) -> tuple[list[T], bool]:
    """Those on the page, and whether there are more behind it."""
    if token.startswith(BEFORE):
        before = list(takewhile(lambda item: sid_of(item) != token[2:], items))
        return before[-size:], True
    if token.startswith(AFTER):
        rest = islice(dropwhile(lambda item: sid_of(item) != token[2:], items), 1, None)
    else:
        rest = islice(items, start, None)
    found = list(islice(rest, size + 1))
    return found[:size], len(found) > size


def date_filter(query: Form, name: str) -> Callable[[datetime | None], bool]:
    """`Name`, `Name<` and `Name>`, by day (UTC) or by instant; both bounds count themselves in.
    What has no date yet is in no range."""
    bounds = [
        (operator, query.text(name + operator)) for operator in ("", "<", ">") if query.text(name + operator)
    ]
    checks = [_bound(name, operator, text) for operator, text in bounds]
    if not checks:
        return lambda moment: True
    return lambda moment: moment is not None and all(check(moment) for check in checks)


def _bound(name: str, operator: str, text: str) -> Callable[[datetime], bool]:
    try:
        limit = datetime.fromisoformat(text)
    except ValueError:
        raise bad_parameter(name, text) from None
    if len(text) == len("2026-01-31"):
        day = limit.date()
        if operator == "<":
            return lambda moment: moment.date() <= day
        if operator == ">":
            return lambda moment: moment.date() >= day
        return lambda moment: moment.date() == day
    limit = limit if limit.tzinfo else limit.replace(tzinfo=UTC)
    if operator == "<":
        return lambda moment: moment <= limit
    if operator == ">":
        return lambda moment: moment >= limit
    return lambda moment: moment.date() == limit.date()
