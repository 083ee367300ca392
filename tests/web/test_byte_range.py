"""Which bytes a request asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.web.byte_range import Unsatisfiable, asked_range

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-", (0, 1000)),
        ("bytes=0-0", (0, 1)),
        ("bytes=200-299", (200, 300)),
        ("bytes=900-5000", (900, 1000)),
        ("bytes=-100", (900, 1000)),
        ("bytes=-5000", (0, 1000)),
        (None, None),
        ("", None),
        ("bytes=-", None),
        ("bytes=300-200", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
    ],
)
def test_one_range_is_understood_and_anything_else_is_the_whole(
    header: str | None, span: tuple[int, int] | None
) -> None:
    assert asked_range(header, SIZE) == span


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_bytes_that_are_not_there(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        asked_range(header, SIZE)


@given(first=st.integers(0, 2000), last=st.integers(0, 2000), size=st.integers(1, 1500))
def test_a_range_lies_in_the_file_and_is_the_one_asked_for(first: int, last: int, size: int) -> None:
    try:
        span = asked_range(f"bytes={first}-{last}", size)
    except Unsatisfiable:
        assert first >= size
        return
    if span is None:
        assert last < first
    else:
        assert span == (first, min(last + 1, size))
        assert 0 <= span[0] < span[1] <= size


@given(st.text(max_size=40))
def test_no_header_breaks_it(header: str) -> None:
    try:
        span = asked_range(header, SIZE)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span[0] < span[1] <= SIZE
