"""The sandbox's README names every number that is special in it, and what comes of it."""

from pathlib import Path

import pytest

from dialer.sandbox import config, numbers
from dialer.sandbox.errors import MAGIC_FROM, MAGIC_TO

README = (Path(config.__file__).parent / "README.md").read_text()


@pytest.mark.parametrize("number", [*config.OWNED_NUMBERS, numbers.MAGIC_UNAVAILABLE])
def test_it_names_the_account_s_numbers(number: str) -> None:
    assert f"`{number}`" in README


@pytest.mark.parametrize(
    ("number", "code"),
    [(number, error.code) for magic in (MAGIC_TO, MAGIC_FROM) for number, error in magic.items()],
)
def test_it_names_the_magic_numbers_with_their_refusals(number: str, code: int) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `{number}`"))
    assert f"refused with {code}" in row
